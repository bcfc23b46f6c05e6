/* What an exit stores, as both the lowering and the exits' code see it. */
#ifndef YK_TRACE_EXIT_VALUES_H
#define YK_TRACE_EXIT_VALUES_H

#include "llvm.h"

/* The slots of a snapshot without frames; IR_NONE: none is passed. Whoever executes a bytecode anew
 * knows its greens. */
static inline uint32_t exit_slots(const Trace *t, const TraceSnapshot *s, IrRef *values) {
    for (uint32_t i = 0; i < TRACE_VECTOR_SLOTS; i++) {
        bool green = i - YK_GREEN_SLOT < t->module->green_count;
        values[i] =
            green && (s->flags & TRACE_RESTART) ? IR_NONE : t->snapshot_values[s->vector + i];
    }
    return TRACE_VECTOR_SLOTS;
}

/* The values of a snapshot in the order of YkFrame.values, or the slots; IR_NONE: nothing is
 * stored. Returns how many, or UINT32_MAX if there are more than YK_EXIT_VALUES. */
static inline uint32_t exit_values(const Trace *t, uint32_t snapshot, IrRef *values) {
    const TraceSnapshot *s = &t->snapshots[snapshot];
    uint32_t count = 0;
    if (s->frame_count == 0)
        return exit_slots(t, s, values);
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *f = &t->frames[s->frames + i];
        if (f->value_count > YK_EXIT_VALUES - count)
            return UINT32_MAX;
        for (uint32_t j = 0; j < f->value_count; j++)
            values[count++] = t->snapshot_values[f->values + j];
    }
    return count;
}

/* Index of a value among those that are not constants, each taken once: the order in which LLVM is
 * told of them. `live` holds the `*count` found so far; a new one is appended. */
static inline uint32_t exit_live_index(IrRef *live, uint32_t *count, IrRef value) {
    uint32_t i = 0;
    while (i < *count && live[i] != value)
        i++;
    if (i == *count)
        live[(*count)++] = value;
    return i;
}

static inline bool exit_is_live(IrRef value) {
    return value != IR_NONE && !trace_is_const(value);
}

/* Values that an exit needs, at most: what it saves, address and value of its pending stores. */
#define EXIT_LIVES (YK_EXIT_VALUES + 2 * TRACE_MAX_PENDING)

/* All of them in that order, [EXIT_LIVES]; `values` are those of exit_values. */
static inline uint32_t exit_lives(const Trace *t, uint32_t snapshot, const IrRef *values,
                                  uint32_t value_count, IrRef *live) {
    const TraceSnapshot *s = &t->snapshots[snapshot];
    uint32_t count = 0;
    for (uint32_t i = 0; i < value_count; i++)
        if (exit_is_live(values[i]))
            exit_live_index(live, &count, values[i]);
    for (uint32_t i = 0; i < s->pending_count; i++) {
        const IrInsn *store = &t->pending[s->pending + i];
        if (exit_is_live(store->a))
            exit_live_index(live, &count, store->a);
        if (exit_is_live(store->b))
            exit_live_index(live, &count, store->b);
    }
    return count;
}

#endif
