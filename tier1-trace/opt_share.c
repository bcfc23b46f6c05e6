/* Guards whose exits are the same share one: all that execute the same bytecode anew, as long as
 * they find the state vector in the same values and have the same stores to do. A shared exit is
 * made once: its machine code, its countdown, its side trace.
 *
 * The builder's guards share snapshots already. But passes that say what is to be done at an exit
 * need one snapshot for each guard, so the forward walk copies them, and this pass comes last.
 *
 * Requires: any trace.
 * Keeps: everything.
 * Breaks: numbers of snapshots; there are none left that nothing needs.
 * Linear: a guard is compared with the one in front of it. */
#include "opt.h"

#include "../runtime/memory.h"

#include <string.h>

static bool are_equal(const Trace *t, uint32_t a, uint32_t b) {
    const TraceSnapshot *x = &t->snapshots[a], *y = &t->snapshots[b];
    return (x->flags & TRACE_RESTART) && x->flags == y->flags && x->merge == y->merge &&
           x->pending_count == y->pending_count &&
           memcmp(t->snapshot_values + x->vector, t->snapshot_values + y->vector,
                  TRACE_VECTOR_SLOTS * sizeof *t->snapshot_values) == 0 &&
           (x->pending_count == 0 || memcmp(t->pending + x->pending, t->pending + y->pending,
                                            x->pending_count * sizeof *t->pending) == 0);
}

static void use_equal(Trace *t) {
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < t->insn_count; i++) {
        IrInsn *insn = &t->insns[i];
        if (insn->op != IR_GUARD)
            continue;
        if (last != UINT32_MAX && are_equal(t, last, insn->c))
            insn->c = last;
        last = insn->c;
    }
}

/* Snapshots that are needed, one behind the other. */
static void renumber(Trace *t, uint32_t *number) {
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (t->insns[i].op == IR_GUARD)
            number[t->insns[i].c] = 1;
    if (t->end_snapshot != UINT32_MAX)
        number[t->end_snapshot] = 1;
    uint32_t count = 0;
    for (uint32_t s = 0; s < t->snapshot_count; s++)
        if (number[s] != 0) {
            number[s] = count;
            t->snapshots[count++] = t->snapshots[s];
        }
    t->snapshot_count = count;
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (t->insns[i].op == IR_GUARD)
            t->insns[i].c = number[t->insns[i].c];
    if (t->end_snapshot != UINT32_MAX)
        t->end_snapshot = number[t->end_snapshot];
}

void opt_share(Trace *t) {
    uint32_t *number = memory_allocate_zeroed((t->snapshot_count + 1) * sizeof *number);
    if (number == NULL)
        return;
    use_equal(t);
    renumber(t, number);
    memory_free(number);
}
