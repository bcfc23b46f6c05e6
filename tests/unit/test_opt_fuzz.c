/* The optimiser against an interpreter of traces: random traces, executed before and after
 * optimisation from several states, must take the same exit, with the same values, memory and
 * calls. A failure prints the seed; YK_FUZZ_SEED runs that one (YK_FUZZ_COUNT: how many from there
 * on), and shows the trace. */
#include "tier1-trace/optimise.h"
#include "trace_random.h"

#include <criterion/criterion.h>
#include <inttypes.h>

enum { STATES = 4, LIMIT = 200000 };

typedef struct Totals {
    uint64_t traces, runs, skipped, exits, finished, thrown, iterations, before, after, loops,
        at_merge, added, pending;
} Totals;

static bool same(const InterpResult *a, const InterpResult *b) {
    return a->end == b->end && a->id == b->id && a->value_count == b->value_count &&
           a->log == b->log && a->events == b->events &&
           memcmp(a->values, b->values, a->value_count * sizeof *a->values) == 0 &&
           memcmp(a->objects, b->objects, sizeof a->objects) == 0 &&
           memcmp(a->frames, b->frames, sizeof a->frames) == 0;
}

static void show_words(const char *what, const void *a, const void *b, size_t size) {
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t x, y;
        memcpy(&x, (const char *)a + i, 8);
        memcpy(&y, (const char *)b + i, 8);
        if (x != y)
            fprintf(stderr, "  %s %zu: %" PRIx64 ", not %" PRIx64 "\n", what, i / 8, y, x);
    }
}

static void show(const InterpResult *a, const InterpResult *b) {
    fprintf(stderr, "before: end %d exit %" PRIu32 " events %" PRIu32 " iterations %" PRIu32 "\n",
            a->end, a->id, a->events, a->iterations);
    fprintf(stderr, "after:  end %d exit %" PRIu32 " events %" PRIu32 " iterations %" PRIu32 "\n",
            b->end, b->id, b->events, b->iterations);
    if (a->value_count == b->value_count)
        show_words("value", a->values, b->values, a->value_count * sizeof *a->values);
    show_words("word of objects", a->objects, b->objects, sizeof a->objects);
    show_words("word of frames", a->frames, b->frames, sizeof a->frames);
}

static void verify(const Trace *t, uint64_t seed, const char *when) {
    char *error = NULL;
    bool ok = trace_verify(t, &error);
    if (!ok)
        trace_print(stderr, t);
    cr_assert(ok, "seed %" PRIu64 ": %s: %s", seed, when, error);
}

static void check(uint64_t seed, unsigned passes, bool verbose, Totals *totals) {
    random_seed(seed);
    uint32_t length = 12 + (one_in(3) ? below(150) : below(40));
    bool loop = !one_in(3);
    Trace *before = random_trace(seed, length, loop);
    verify(before, seed, "before");
    Trace *after =
        optimise_trace_with(random_trace(seed, length, loop), passes, verbose ? stderr : NULL);
    cr_assert_not_null(after);
    verify(after, seed, "after");
    totals->traces++;
    totals->before += before->insn_count;
    totals->after += after->insn_count;
    totals->loops += after->end == TRACE_LOOP;
    totals->pending += after->pending_count;
    /* No loop: then one iteration only, for at a merge point the contents of frame buffers are
     * lost. */
    loop = loop && after->end == TRACE_LOOP && (passes & OPT_PEEL);
    for (unsigned state = 0; state < STATES; state++) {
        InterpResult expected, actual;
        uint64_t vector[TRACE_VECTOR_SLOTS];
        random_memory(seed + state, vector);
        interp_run(before, loop, vector, LIMIT, NULL, &expected);
        random_memory(seed + state, vector);
        interp_run(after, loop, vector, LIMIT, NULL, &actual);
        bool at_merge = actual.end == INTERP_EXIT && actual.at_merge;
        totals->at_merge += at_merge;
        if (at_merge && !same(&expected, &actual)) { /* an exit that the optimiser added */
            totals->added++;
            random_memory(seed + state, vector);
            interp_run(before, loop, vector, LIMIT, &actual, &expected);
        }
        totals->runs++;
        if (expected.end == INTERP_UNDEFINED || expected.signalling ||
            expected.end == INTERP_LIMIT) {
            totals->skipped++;
            continue;
        }
        totals->exits += expected.end == INTERP_EXIT;
        totals->finished += expected.end == INTERP_FINISHED;
        totals->thrown += expected.end == INTERP_THROWN;
        totals->iterations += expected.iterations;
        bool ok = same(&expected, &actual);
        if (!ok) {
            if (!verbose)
                trace_print(stderr, before);
            trace_print(stderr, after);
            show(&expected, &actual);
        }
        cr_assert(ok, "seed %" PRIu64 ", state %u, passes %u: another outcome", seed, state,
                  passes);
    }
    trace_free(before);
    trace_free(after);
}

static void fuzz(uint64_t seed, uint64_t count, unsigned passes) {
    const char *one = getenv("YK_FUZZ_SEED"), *many = getenv("YK_FUZZ_COUNT");
    if (many != NULL)
        count = strtoull(many, NULL, 0);
    if (one != NULL) {
        seed = strtoull(one, NULL, 0);
        count = many != NULL ? count : 1;
    }
    Totals t = {0};
    for (uint64_t i = 0; i < count; i++)
        check(seed + i, passes, one != NULL && many == NULL, &t);
    fprintf(stderr,
            "seeds %" PRIu64 "+%" PRIu64 ", passes %u: %" PRIu64 " loops, %" PRIu64
            " runs: %" PRIu64 " skipped, %" PRIu64 " exits, %" PRIu64
            " of them at a merge, %" PRIu64 " added, %" PRIu64 " ends, %" PRIu64 " throws, %" PRIu64
            " iterations; %" PRIu64 " -> %" PRIu64 " instructions, %" PRIu64 " pending stores\n",
            seed, count, passes, t.loops, t.runs, t.skipped, t.exits, t.at_merge, t.added,
            t.finished, t.thrown, t.iterations, t.before, t.after, t.pending);
    /* A test that skips everything would find nothing. */
    if (one == NULL && passes == OPT_ALL && count >= 1000) {
        cr_expect_gt(t.exits, t.runs / 3);
        cr_expect_gt(t.at_merge, t.runs / 200);
        cr_expect_gt(t.iterations, t.runs / 2);
        cr_expect_gt(t.loops, t.traces / 4);
        cr_expect_lt(t.skipped, t.runs / 4);
        if (random_regions)
            cr_expect_gt(t.pending, random_slots ? 2 * t.traces : t.traces / 20);
        else
            cr_expect_eq(t.pending, 0);
    }
}

Test(opt_fuzz, all_passes) {
    fuzz(1, 20000, OPT_ALL);
}

Test(opt_fuzz, arrays) {
    random_arrays = true;
    fuzz(7000001, 6000, OPT_ALL);
    random_low = true;
    fuzz(8000001, 6000, OPT_ALL);
}

Test(opt_fuzz, slots) {
    random_slots = true;
    random_declare_regions();
    fuzz(9000001, 18000, OPT_ALL);
    fuzz(9500001, 3000, OPT_DEAD | OPT_STORES | OPT_SINK | OPT_PEEL);
}

Test(opt_fuzz, regions) {
    random_declare_regions();
    fuzz(11000001, 20000, OPT_ALL);
}

Test(opt_fuzz, keys) {
    random_declare_regions();
    random_declare_keys();
    fuzz(12000001, 20000, OPT_ALL);
    fuzz(12500001, 6000, OPT_ALL & ~OPT_FACTS);
}

Test(opt_fuzz, lists) {
    random_declare_lists();
    fuzz(10000001, 20000, OPT_ALL);
}

Test(opt_fuzz, without_folding) {
    fuzz(1000001, 3000, OPT_ALL & ~OPT_FOLD);
}

Test(opt_fuzz, without_numbering) {
    fuzz(2000001, 3000, OPT_ALL & ~OPT_NUMBER);
}

Test(opt_fuzz, without_facts) {
    fuzz(3000001, 3000, OPT_ALL & ~OPT_FACTS);
}

Test(opt_fuzz, without_forwarding) {
    fuzz(4000001, 3000, OPT_ALL & ~OPT_FORWARD);
}

Test(opt_fuzz, without_peeling) {
    fuzz(5000001, 3000, OPT_ALL & ~OPT_PEEL);
}

Test(opt_fuzz, forward_only) {
    fuzz(6000001, 3000, OPT_ALL & ~(OPT_DEAD | OPT_STORES));
}
