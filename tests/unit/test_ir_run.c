/* From the ahead-of-time form to optimised traces and out of them again, without compiled code: the
 * fixture's interpreter runs little programs from random states of memory. Traces are recorded by
 * interpreting its functions as the recording clones would run, built, optimised, executed, and
 * left by its resuming clones. Memory, calls and vector must be what they are without traces. So
 * the whole semantics of docs/ir.md is at work here. */
#include "ir_fixture.h"
#include "ir_run.h"
#include "runtime/memory.h"
#include "tier1-trace/build.h"
#include "tier1-trace/optimise.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

enum { INCREMENT, GET, BACK, RETURN, CALL };
const YkStencilTable yk_stencil_table = {.version = YK_TABLE_VERSION, .pc_step = 1};

#define I(opcode, number) ((uint32_t)(number) << 7 | (opcode))
enum { WORLDS = 60, PROGRAM_LENGTH = 6, MAX_BYTECODES = 40 };

/* Each jumps back to its start. INCREMENT and GET or CALL need different things in base[0]. */
static const uint32_t programs[][PROGRAM_LENGTH] = {
    {I(INCREMENT, 0), I(BACK, 8)}, {I(INCREMENT, 0), I(INCREMENT, 1), I(INCREMENT, 2), I(BACK, 16)},
    {I(GET, 0), I(BACK, 8)},       {I(GET, 0), I(GET, 0), I(BACK, 12)},
    {I(CALL, 0), I(BACK, 8)},      {I(CALL, 0), I(CALL, 0), I(CALL, 0), I(BACK, 16)},
};
enum { PROGRAMS = sizeof programs / sizeof *programs };

static uint64_t state;
static uint32_t below(uint32_t n) {
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state >> 33) % n;
}

/* ---- the world that the interpreter changes -------------------------------------------------- */

typedef struct World {
    FixtureState L;
    FixtureCall ci;
    FixtureValue base[4];
    FixtureTable table;
    FixtureValue array[4];
    FixtureValue nil;
    unsigned observed, failed, loads_left;
} World;
static World world;
static uint32_t program[PROGRAM_LENGTH];

static void hook(void *address) {
    /* Once, and then the loads are not counted any more: a bytecode that is executed anew has more.
     */
    if (world.loads_left != UINT_MAX && world.loads_left-- == 0)
        *(int32_t *)address = 1;
}

static void make_world(uint32_t first_opcode) {
    memset(&world, 0, sizeof world);
    world.loads_left = below(12);
    world.table.limit = below(3) ? 4 : below(5);
    world.table.array = world.array;
    for (int i = 0; i < 4; i++) {
        world.array[i].value.i = below(4) ? 2 : (int64_t)below(4);
        world.array[i].tag = below(8) ? TAG_INTEGER : TAG_NIL;
    }
    world.base[0].tag = below(6) ? TAG_INTEGER : TAG_TABLE;
    world.base[0].value.i = below(100);
    if (first_opcode == GET)
        world.base[0].value.p = &world.table;
    if (first_opcode == CALL)
        world.base[0].value.p = (void *)(uintptr_t)fixture_builtin;
    world.base[1].value.i = below(6);
    world.base[2].value.p = &world.table;
    fixture_nil = (FixtureValue){.tag = below(3) ? TAG_INTEGER : TAG_NIL};
    fixture_observed = fixture_failed = 0;
}

static World save(void) {
    world.nil = fixture_nil;
    world.observed = fixture_observed;
    world.failed = fixture_failed;
    return world;
}

static void restore(const World *from) {
    world = *from;
    fixture_nil = from->nil;
    fixture_observed = from->observed;
    fixture_failed = from->failed;
}

static void start(uint64_t *slots) {
    memset(slots, 0, TRACE_VECTOR_SLOTS * sizeof *slots);
    slots[0] = (uintptr_t)&world.L;
    slots[1] = (uintptr_t)&world.ci;
    slots[2] = (uintptr_t)world.base;
    slots[4] = (uintptr_t)program;
    slots[5] = (uintptr_t)fixture_nowhere;
}

/* ---- clones ---------------------------------------------------------------------------------- */

#define CLONES(X) X(BODY) X(GET_INT) X(BUILTIN)
#define X(name)                                                                                    \
    static uint32_t resume_##name(uint32_t entry, const uint64_t *lives, uint64_t *result,         \
                                  uint8_t *frame) {                                                \
        return run_function(&fixture, F_##name, false, entry, lives, result, frame);               \
    }                                                                                              \
    static uint32_t record_##name(uint32_t entry, const uint64_t *lives, uint64_t *result,         \
                                  uint8_t *frame) {                                                \
        return run_function(&fixture, F_##name, true, entry, lives, result, frame);                \
    }
CLONES(X)
#undef X

static const void *symbols[S_COUNT + 6];
static uint32_t symbol_names[S_COUNT + 6], symbol_functions[S_COUNT + 6];

static void set_up(void) {
    uint32_t next = S_COUNT;
    memcpy(symbols, fixture_symbols, sizeof fixture_symbols);
    memcpy(symbol_names, fixture_symbol_names, sizeof fixture_symbol_names);
    memset(symbol_functions, 0xff, sizeof symbol_functions);
    memcpy(symbol_functions, fixture_symbol_functions, sizeof fixture_symbol_functions);
#define X(name)                                                                                    \
    symbols[next] = (const void *)(uintptr_t)resume_##name;                                        \
    fixture_functions[F_##name].resume = next++;                                                   \
    symbols[next] = (const void *)(uintptr_t)record_##name;                                        \
    fixture_functions[F_##name].record = next++;
    CLONES(X)
#undef X
    fixture.symbols = symbols;
    fixture.symbol_names = symbol_names;
    fixture.symbol_functions = symbol_functions;
    fixture.symbol_count = next;
    run_at_volatile_load = hook;
    char *error;
    cr_assert(aot_verify(&fixture, &error), "%s", error);
}
TestSuite(ir_run, .init = set_up);

/* ---- running --------------------------------------------------------------------------------- */

typedef struct Outcome {
    uint32_t how; /* an AotCloneResult or RUN_THROWN */
    uint64_t slots[TRACE_VECTOR_SLOTS];
    World world;
} Outcome;

static YkFrame *new_frame(void) {
    struct {
        YkFrame frame;
        YkTraceArea area;
    } *both = calloc(1, sizeof *both);
    both->frame.area = &both->area;
    return &both->frame;
}

/* Without traces, from merge point to merge point until something else happens. */
static uint32_t interpret(YkFrame *frame, uint32_t how) {
    while (how == AOT_BODY_MERGE)
        how = resume_BODY(0, frame->slots, frame->slots, frame->area->frames);
    return how;
}

static void note(const YkFrame *frame, uint32_t how, Outcome *out) {
    static const uint8_t used[] = {0, 1, 2, 4, 5};
    memset(out, 0, sizeof *out);
    out->how = how;
    for (size_t i = 0; how != RUN_THROWN && i < sizeof used; i++)
        out->slots[used[i]] = frame->slots[used[i]];
    out->world = save();
}

typedef struct Traces {
    Trace *root, *sides[64]; /* by exit of the root, NULL: none */
    Exit *exits, *side_exits[64];
} Traces;

static uint64_t exits_taken, sides_taken, restarts, loops;

/* Once through the trace, and on without. */
static uint32_t run_with(const Traces *traces, YkFrame *frame) {
    uint32_t left = run_trace(traces->root, frame->slots, frame->area->values, frame->area->frames);
    const Exit *exit = &traces->exits[left];
    exits_taken++;
    if (left < 64 && traces->sides[left] != NULL) {
        left =
            run_trace(traces->sides[left], frame->slots, frame->area->values, frame->area->frames);
        exit = &traces->side_exits[exit->snapshot][left];
        sides_taken++;
    }
    return interpret(frame, exit_resume(frame, exit, EXIT_RESUME));
}

static void add_merge(Recording *r, const YkFrame *frame, RecordedMerge *merge) {
    *merge = (RecordedMerge){.block = r->block_count};
    merge->greens.value[0] = frame->slots[4];
    merge->greens.value[1] = frame->slots[5];
    merge->greens.range[0] = (YkRange){(uintptr_t)program, sizeof program};
}

/* Goes on recording at a merge point until the program's start; false: left before. */
static bool record_bytecodes(Recording *r, YkFrame *frame) {
    for (int i = 0; i < MAX_BYTECODES; i++) {
        RecordedMerge merge;
        add_merge(r, frame, &merge);
        if (r->block_count != 0 && frame->slots[4] == (uintptr_t)program) {
            r->end = merge;
            return true;
        }
        cr_assert(recording_add_merge(r, &merge));
        if (record_BODY(0, frame->slots, frame->slots, frame->area->frames) != AOT_BODY_MERGE)
            return false;
    }
    return false;
}

static Trace *build(const Recording *r, const Trace *parent, bool optimise) {
    enum YkAbort why;
    char *error;
    cr_assert_eq(r->abort, YK_ABORT_NONE);
    Trace *t = build_trace(&fixture, r, parent, &why);
    cr_assert(t != NULL, "%s", abort_texts[why]);
    cr_assert(trace_verify(t, &error), "%s", error);
    if (optimise)
        t = optimise_trace(t, NULL);
    cr_assert_not_null(t);
    cr_assert(trace_verify(t, &error), "%s", error);
    return t;
}

/* Records the program from the world as it is. */
static bool record_root(Traces *traces, bool optimise) {
    YkFrame *frame = new_frame();
    static Recording r;
    start(frame->slots);
    recording_clear(&r);
    recording_begin(&r, &fixture);
    bool recorded = record_bytecodes(&r, frame);
    recording_end();
    if (recorded) {
        traces->root = build(&r, NULL, optimise);
        loops += traces->root->end == TRACE_LOOP;
        traces->exits = exits_make(traces->root, NULL);
        cr_assert_not_null(traces->exits);
    }
    free(frame);
    return recorded;
}

/* The rest of the bytecode that the exit has left, or all of it, is recorded. */
static uint32_t finish_bytecode(YkFrame *frame, const Exit *exit) {
    return exit->restarts ? record_BODY(0, frame->slots, frame->slots, frame->area->frames)
                          : exit_resume(frame, exit, EXIT_RECORD);
}

/* Runs the trace and records what follows the exit that it takes. */
static void record_side(Traces *traces, bool optimise) {
    YkFrame *frame = new_frame();
    static Recording r;
    RecordedMerge merge;
    start(frame->slots);
    const uint32_t left =
        run_trace(traces->root, frame->slots, frame->area->values, frame->area->frames);
    const Exit *exit = &traces->exits[left];
    const TraceMerge *at = &traces->root->merges[traces->root->snapshots[left].merge];
    recording_clear(&r);
    recording_begin(&r, &fixture);
    if (!exit->restarts) {
        start(frame->slots);
        frame->slots[4] = at->pc;
    }
    add_merge(&r, frame, &merge);
    cr_assert(recording_add_merge(&r, &merge));
    r.exit = exit;
    bool recorded = left < 64 && traces->sides[left] == NULL &&
                    (exit->frame_count != 0 || exit->restarts) &&
                    finish_bytecode(frame, exit) == AOT_BODY_MERGE && record_bytecodes(&r, frame);
    recording_end();
    restarts += recorded && exit->restarts;
    if (recorded) {
        traces->sides[left] = build(&r, traces->root, optimise);
        traces->side_exits[left] = exits_make(traces->sides[left], NULL);
        cr_assert_not_null(traces->side_exits[left]);
    }
    free(frame);
}

static void free_traces(Traces *traces) {
    for (int i = 0; i < 64; i++) {
        trace_free(traces->sides[i]);
        memory_free(traces->side_exits[i]);
    }
    trace_free(traces->root);
    memory_free(traces->exits);
}

static void check_program(uint32_t number, uint64_t seed, bool optimise, unsigned sides) {
    Traces traces = {0};
    state = seed;
    memcpy(program, programs[number], sizeof program);
    uint32_t first = program[0] & 127;
    builtin_has_effect(seed & 1);
    do
        make_world(first);
    while (!record_root(&traces, optimise));
    for (unsigned i = 0; i < sides; i++) {
        make_world(first);
        record_side(&traces, optimise);
    }
    YkFrame *frame = new_frame();
    for (int i = 0; i < WORLDS; i++) {
        static Outcome expected, actual;
        make_world(first);
        World before = save();
        start(frame->slots);
        note(frame, interpret(frame, AOT_BODY_MERGE), &expected);
        restore(&before);
        start(frame->slots);
        note(frame, run_with(&traces, frame), &actual);
        bool same = actual.how == expected.how &&
                    memcmp(actual.slots, expected.slots, sizeof actual.slots) == 0 &&
                    memcmp(&actual.world, &expected.world, sizeof actual.world) == 0;
        if (!same) {
            trace_print(stderr, traces.root);
            fprintf(stderr,
                    "expected: %" PRIu32 " [%" PRIi64 " %" PRIi64 " %" PRIi64 "] pc %" PRIx64 "\n"
                    "but:      %" PRIu32 " [%" PRIi64 " %" PRIi64 " %" PRIi64 "] pc %" PRIx64 "\n",
                    expected.how, expected.world.base[0].value.i, expected.world.base[1].value.i,
                    expected.world.base[2].value.i, expected.slots[4], actual.how,
                    actual.world.base[0].value.i, actual.world.base[1].value.i,
                    actual.world.base[2].value.i, actual.slots[4]);
        }
        cr_assert(same, "program %" PRIu32 " seed %" PRIu64 " world %d%s", number, seed, i,
                  optimise ? ", optimised" : "");
    }
    free(frame);
    free_traces(&traces);
}

static void check_all(bool optimise, unsigned sides) {
    for (uint32_t i = 0; i < PROGRAMS; i++)
        for (uint64_t seed = 1; seed <= 25; seed++)
            check_program(i, seed * 7919, optimise, sides);
    cr_assert_gt(exits_taken, 1000);
    cr_assert_gt(loops, 50, "only %" PRIu64 " traces are loops", loops);
    cr_assert(sides == 0 || sides_taken > 500, "only %" PRIu64 " side traces were entered",
              sides_taken);
    cr_assert(sides == 0 || restarts > 100, "only %" PRIu64 " bytecodes were executed anew",
              restarts);
}

Test(ir_run, traces_as_built) {
    check_all(false, 0);
}

Test(ir_run, optimised_traces) {
    check_all(true, 0);
}

Test(ir_run, side_traces_as_built) {
    check_all(false, 12);
}

Test(ir_run, optimised_side_traces) {
    check_all(true, 12);
}

/* The form of the fixture's functions computes what the functions do. */
Test(ir_run, functions_are_what_their_form_says) {
    state = 1;
    for (unsigned i = 0; i < 2000; i++) {
        make_world(CALL);
        uint64_t arguments[2] = {(uintptr_t)&world.L, (uintptr_t)world.base}, result;
        uint8_t frame[16];
        World before = save();
        uint32_t how = run_function(&fixture, F_BUILTIN, false, 0, arguments, &result, frame);
        World after = save();
        cr_assert_eq(how, AOT_RETURNED);
        restore(&before);
        int32_t expected = fixture_builtin(&world.L, world.base);
        World other = save();
        cr_assert_eq((uint32_t)expected, result);
        cr_assert_eq(memcmp(&after, &other, sizeof after), 0);
        uint64_t get[2] = {(uintptr_t)&world.table, below(6)};
        how = run_function(&fixture, F_GET_INT, false, 0, get, &result, frame);
        cr_assert_eq(result, (uintptr_t)fixture_get_int(&world.table, (int64_t)get[1]));
    }
}

/* Entering at a resume point goes on where the function was. */
Test(ir_run, resuming) {
    make_world(GET);
    world.table.limit = 4;
    uint64_t lives[2] = {(uintptr_t)&world.table, 2}, result;
    cr_assert_eq(resume_GET_INT(1, lives, &result, NULL), AOT_RETURNED);
    cr_assert_eq(result, (uintptr_t)&world.array[2]);
    cr_assert_eq(resume_GET_INT(2, lives, &result, NULL), AOT_RETURNED);
    cr_assert_eq(result, (uintptr_t)&fixture_nil);
}
