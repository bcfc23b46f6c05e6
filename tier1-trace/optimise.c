/* The order of the passes. */
#include "opt.h"

#include <stdlib.h>
#include <string.h>

/* Between passes, where asserts are on: a trace that breaks the rules is our own fault. */
static void check(const Trace *t) {
#ifndef NDEBUG
    char *error = NULL;
    bool ok = trace_verify(t, &error);
    if (!ok && error != NULL && strcmp(error, "out of memory") != 0) {
        fprintf(stderr, "yk: optimiser: %s\n", error);
        trace_print(stderr, t);
        abort();
    }
    if (!ok)
        free(error);
#else
    (void)t;
#endif
}

static void dump_trace(FILE *dump, const char *title, const Trace *t) {
    if (dump == NULL)
        return;
    fprintf(dump, "-- %s: %u instructions\n", title, (unsigned)t->insn_count);
    trace_print(dump, t);
}

static void copy_header(Trace *out, const Trace *in) {
    for (uint32_t i = 0; i < in->merge_count; i++)
        trace_merge(out, in->merges[i].pc, in->merges[i].unit);
    out->frame_bytes = in->frame_bytes;
    out->side = in->side;
}

static bool is_looped(const Trace *t) {
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (t->insns[i].op == IR_LOOP)
            return true;
    return false;
}

/* Everything that goes forwards. NULL: no memory. */
static Trace *forward(const Trace *in, unsigned passes) {
    Optimiser o;
    if (!opt_open(&o, in, passes))
        return NULL;
    Trace *out = o.out;
    copy_header(out, in);
    opt_walk(&o);
    bool loop = false;
    if (in->end == TRACE_LOOP && (passes & OPT_PEEL) && !out->out_of_memory)
        loop = opt_peel(&o);
    if (!out->out_of_memory) {
        bool raw = in->end == TRACE_LOOP && !(passes & OPT_PEEL);
        out->end = loop || raw ? TRACE_LOOP : in->end == TRACE_LOOP ? TRACE_EXIT : in->end;
        out->end_snapshot = loop || in->end_snapshot == UINT32_MAX
                                ? UINT32_MAX
                                : opt_snapshot(&o, in->end_snapshot);
    }
    opt_close(&o);
    if (out->out_of_memory) {
        trace_free(out);
        return NULL;
    }
    return out;
}

/* Everything that goes backwards, and sharing exits. False: no memory. */
static bool backward(Trace *t, unsigned passes) {
    if (passes & OPT_DEAD) {
        if (!opt_dead(t, passes))
            return false;
        check(t);
    }
    if ((passes & OPT_DEAD) && (passes & OPT_SINK)) {
        if (!opt_sink(t))
            return false;
        check(t);
    }
    if (passes & OPT_SHARE)
        opt_share(t);
    check(t);
    return true;
}

Trace *optimise_trace_with(Trace *trace, unsigned passes, FILE *dump) {
    check(trace);
    dump_trace(dump, "recorded", trace);
    if (!is_looped(trace)) {
        Trace *out = forward(trace, passes);
        trace_free(trace);
        if (out == NULL)
            return NULL;
        trace = out;
        check(trace);
        dump_trace(dump, "forward passes", trace);
    }
    if (passes & OPT_GUARDS)
        opt_guards(trace);
    if (!backward(trace, passes)) {
        trace_free(trace);
        return NULL;
    }
    dump_trace(dump, "optimised", trace);
    return trace;
}

Trace *optimise_trace(Trace *trace, FILE *dump) {
    return optimise_trace_with(trace, OPT_ALL, dump);
}
