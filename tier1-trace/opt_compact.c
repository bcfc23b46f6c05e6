/* Dead code: what nothing needs that has an effect goes, and what stays moves together, in place.
 *
 * Requires: snapshots that belong to one guard each, or to the end.
 * Keeps: what guards, calls and accesses to memory do.
 * Breaks: numbers of instructions and snapshots. */
#include "opt.h"

#include "../runtime/memory.h"
#include <string.h>

typedef struct Compact {
    Trace *t;
    bool *live;      /* by instruction */
    uint32_t *stack; /* live instructions whose operands have not been looked at */
    uint32_t depth;
    uint32_t *number;          /* by instruction: the new one, IR_NONE: dead */
    uint32_t *snapshot_number; /* by snapshot, UINT32_MAX: nobody's */
} Compact;

static bool has_effects(const IrInsn *insn) {
    switch (insn->op) {
    case IR_LOAD:
        return (insn->c & IR_VOLATILE) != 0;
    case IR_CALL:
        return !ir_is_pure(insn);
    case IR_STORE:
    case IR_GUARD:
    case IR_LOOP:
    case IR_MERGE:
        return true;
    default:
        return false;
    }
}

/* ---- liveness ------------------------------------------------------------------------------- */

static void need(Compact *c, IrRef ref) {
    if (ref == IR_NONE || trace_is_const(ref) || c->live[ir_index(ref)])
        return;
    c->live[ir_index(ref)] = true;
    c->stack[c->depth++] = ir_index(ref);
}

static void need_snapshot(Compact *c, uint32_t number) {
    const Trace *t = c->t;
    const TraceSnapshot *s = &t->snapshots[number];
    for (uint32_t i = 0; i < s->pending_count; i++) {
        need(c, t->pending[s->pending + i].a);
        need(c, t->pending[s->pending + i].b);
    }
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *frame = &t->frames[s->frames + i];
        for (uint32_t j = 0; j < frame->value_count; j++)
            need(c, t->snapshot_values[frame->values + j]);
    }
    if (s->frame_count == 0)
        for (uint32_t j = 0; j < TRACE_VECTOR_SLOTS; j++)
            need(c, t->snapshot_values[s->vector + j]);
}

static void need_operands(Compact *c, const IrInsn *insn) {
    const IrRef operands[] = {insn->a, insn->b, insn->c};
    for (unsigned i = 0; i < 3; i++) {
        char letter = ir_op_operands[insn->op][i];
        if (letter == 'v')
            need(c, operands[i]);
        else if (letter == 's')
            need_snapshot(c, operands[i]);
        else if (letter == 'l')
            for (uint32_t j = 0; j < insn->c; j++)
                need(c, c->t->extras[operands[i] + j]);
    }
}

/* Marks what is needed by what has effects. */
static void mark(Compact *c, const bool *removed) {
    Trace *t = c->t;
    memset(c->live, 0, t->insn_count * sizeof *c->live);
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (has_effects(&t->insns[i]) && !(removed != NULL && removed[i])) {
            c->live[i] = true;
            c->stack[c->depth++] = i;
            while (c->depth != 0)
                need_operands(c, &t->insns[c->stack[--c->depth]]);
        }
    if (t->end_snapshot != UINT32_MAX)
        need_snapshot(c, t->end_snapshot);
    while (c->depth != 0)
        need_operands(c, &t->insns[c->stack[--c->depth]]);
}

/* ---- the rest moves together ---------------------------------------------------------------- */

static IrRef moved(const Compact *c, IrRef ref) {
    return ref == IR_NONE || trace_is_const(ref) ? ref : c->number[ir_index(ref)];
}

static void find_numbers(Compact *c) {
    const Trace *t = c->t;
    uint32_t count = 0;
    memset(c->snapshot_number, 0xff, t->snapshot_count * sizeof *c->snapshot_number);
    for (uint32_t i = 0; i < t->insn_count; i++) {
        c->number[i] = c->live[i] ? count++ : IR_NONE;
        if (c->live[i] && t->insns[i].op == IR_GUARD)
            c->snapshot_number[t->insns[i].c] = 0;
    }
    if (t->end_snapshot != UINT32_MAX)
        c->snapshot_number[t->end_snapshot] = 0;
}

/* A list of values goes to `*to`, which moves behind it. */
static uint32_t move_values(const Compact *c, uint32_t from, uint32_t count, uint32_t *to) {
    IrRef *values = c->t->snapshot_values;
    for (uint32_t i = 0; i < count; i++)
        values[*to + i] = moved(c, values[from + i]);
    *to += count;
    return *to - count;
}

/* Snapshots and what belongs to them stay in order. */
static void move_snapshots(Compact *c) {
    Trace *t = c->t;
    uint32_t snapshots = 0, frames = 0, values = 0, pending = 0;
    for (uint32_t s = 0; s < t->snapshot_count; s++) {
        if (c->snapshot_number[s] == UINT32_MAX)
            continue;
        c->snapshot_number[s] = snapshots;
        TraceSnapshot *to = &t->snapshots[snapshots++];
        *to = t->snapshots[s];
        uint32_t first = frames;
        for (uint32_t i = 0; i < to->frame_count; i++) {
            TraceFrame frame = t->frames[to->frames + i];
            frame.values = move_values(c, frame.values, frame.value_count, &values);
            t->frames[frames++] = frame;
        }
        to->frames = first;
        if (to->frame_count == 0)
            to->vector = move_values(c, to->vector, TRACE_VECTOR_SLOTS, &values);
        for (uint32_t i = 0; i < to->pending_count; i++) {
            IrInsn store = t->pending[to->pending + i];
            store.a = moved(c, store.a);
            store.b = moved(c, store.b);
            t->pending[pending + i] = store;
        }
        to->pending = pending;
        pending += to->pending_count;
    }
    t->snapshot_count = snapshots;
    t->frame_count = frames;
    t->snapshot_value_count = values;
    t->pending_count = pending;
    if (t->end_snapshot != UINT32_MAX)
        t->end_snapshot = c->snapshot_number[t->end_snapshot];
}

static void move_insns(Compact *c) {
    Trace *t = c->t;
    uint32_t count = 0, extras = 0;
    for (uint32_t i = 0; i < t->insn_count; i++) {
        if (!c->live[i])
            continue;
        IrInsn insn = t->insns[i];
        const char *letters = ir_op_operands[insn.op];
        if (letters[0] == 'v')
            insn.a = moved(c, insn.a);
        if (letters[1] == 'v')
            insn.b = moved(c, insn.b);
        if (letters[2] == 'v')
            insn.c = moved(c, insn.c);
        else if (letters[2] == 's')
            insn.c = c->snapshot_number[insn.c];
        if (letters[1] == 'l') {
            for (uint32_t j = 0; j < insn.c; j++)
                t->extras[extras + j] = moved(c, t->extras[insn.b + j]);
            insn.b = extras;
            extras += insn.c;
        }
        t->insns[count++] = insn;
    }
    t->extra_count = extras;
    t->insn_count = count;
}

bool opt_in_order(const Trace *t) {
    uint32_t frames = 0, values = 0, extras = 0, pending = 0;
    for (uint32_t s = 0; s < t->snapshot_count; s++) {
        const TraceSnapshot *snapshot = &t->snapshots[s];
        if (snapshot->frame_count != 0 && snapshot->frames < frames)
            return false;
        frames = snapshot->frames + snapshot->frame_count;
        for (uint32_t i = 0; i < snapshot->frame_count; i++) {
            const TraceFrame *frame = &t->frames[snapshot->frames + i];
            if (frame->value_count != 0 && frame->values < values)
                return false;
            values = frame->value_count != 0 ? frame->values + frame->value_count : values;
        }
        if (snapshot->frame_count == 0) {
            if (snapshot->vector < values)
                return false;
            values = snapshot->vector + TRACE_VECTOR_SLOTS;
        }
        if (snapshot->pending_count != 0 && snapshot->pending < pending)
            return false;
        pending =
            snapshot->pending_count != 0 ? snapshot->pending + snapshot->pending_count : pending;
    }
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (t->insns[i].op == IR_CALL && t->insns[i].c != 0) {
            if (t->insns[i].b < extras)
                return false;
            extras = t->insns[i].b + t->insns[i].c;
        }
    return true;
}

bool opt_compact(Trace *t, const bool *removed) {
    Compact compact = {.t = t}, *c = &compact;
    size_t count = (size_t)t->insn_count + 1;
    c->live = memory_allocate(count * sizeof *c->live);
    c->stack = memory_allocate(count * sizeof *c->stack);
    c->number = memory_allocate(count * sizeof *c->number);
    c->snapshot_number = memory_allocate((t->snapshot_count + 1) * sizeof *c->snapshot_number);
    bool ok =
        c->live != NULL && c->stack != NULL && c->number != NULL && c->snapshot_number != NULL;
    if (ok) {
        mark(c, removed);
        find_numbers(c);
        move_snapshots(c);
        move_insns(c);
    }
    memory_free(c->live);
    memory_free(c->stack);
    memory_free(c->number);
    memory_free(c->snapshot_number);
    return ok;
}
