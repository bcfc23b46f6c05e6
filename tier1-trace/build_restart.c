/* Where a bytecode may be executed anew instead of going on in its midst.
 *
 * A guard that fails must lead to what the interpreter would do. If the bytecode has had no effect
 * so far, it may simply be executed from its merge point again: the snapshot is the state vector
 * there, which all such guards of the bytecode share. That is far cheaper than the values that live
 * in the midst of it: the vector is at hand, tier 0 goes on with it in the same registers, and no
 * other value is kept alive for the exit. (As in LuaJIT, whose snapshots are always between two
 * bytecodes.)
 *
 * What may have been executed, because doing it twice is doing it once:
 *
 *   pure operations, loads; calls that only read. The second time they see the same memory. What a
 *       volatile load sees may have changed meanwhile; then it has changed a little earlier
 *   stores to frame buffers. The functions whose locals these are have been called by this
 *       bytecode: the second execution has locals of its own
 *   other stores, if nothing in front of them may have read these bytes: the second execution does
 *       not see that they are written already, takes the same path and stores the same values. So
 *       the interpreter may note where it is (savedpc) before it looks at operands. Behind a
 *       volatile load this does not hold: the second execution may take another path */
#include "../shared-ir/alias.h"
#include "build_internal.h"

#define MAX_LOOKED_AT 500u /* instructions; each store is compared with all loads before it */

void build_restart_begin(Builder *b) {
    b->restart = trace_snapshot_begin(b->t, b->merge);
    trace_snapshot_vector(b->t, b->restart, b->vector);
    if (!b->t->out_of_memory)
        b->t->snapshots[b->restart].flags = TRACE_RESTART;
    build_forcible(b, b->restart);
    b->restart_from = b->restart_to = b->t->insn_count;
    b->restart_reads_all = b->restart_reads_volatile = false;
}

typedef struct Place {
    IrRef base;
    uint64_t offset; /* modulo 2^64 */
    uint32_t class, size;
} Place;

static Place place_of(const Trace *t, const IrInsn *access) {
    Place place = {.base = access->a,
                   .offset = (uint64_t)(int64_t)(int16_t)access->aux,
                   .class = access->c & ~IR_VOLATILE,
                   .size = ir_type_bytes[access->type]};
    while (!trace_is_const(place.base)) {
        const IrInsn *insn = &t->insns[ir_index(place.base)];
        if (insn->op != IR_PTRADD || !trace_is_const(insn->b))
            break;
        place.offset += trace_bits(t, insn->b);
        place.base = insn->a;
    }
    return place;
}

static bool in_frame_buffer(const Trace *t, const Place *place) {
    return !trace_is_const(place->base) && t->insns[ir_index(place->base)].op == IR_FRAME;
}

static bool may_overlap(const Trace *t, const Place *x, const Place *y) {
    if (x->base == y->base)
        return x->offset - y->offset < y->size || y->offset - x->offset < x->size;
    return ir_classes_alias(t->module, x->class, y->class);
}

static bool may_store_again(const Builder *b, uint32_t store) {
    const Trace *t = b->t;
    const IrInsn *insn = &t->insns[store];
    if (insn->c & IR_VOLATILE)
        return false;
    Place to = place_of(t, insn);
    if (in_frame_buffer(t, &to))
        return true;
    if (b->restart_reads_all || b->restart_reads_volatile ||
        store - b->restart_from > MAX_LOOKED_AT)
        return false;
    for (uint32_t i = b->restart_from; i < store; i++)
        if (t->insns[i].op == IR_LOAD) {
            Place from = place_of(t, &t->insns[i]);
            if (may_overlap(t, &to, &from))
                return false;
        }
    return true;
}

static bool may_do_again(Builder *b, uint32_t number) {
    const IrInsn *insn = &b->t->insns[number];
    switch (insn->op) {
    case IR_LOAD:
        b->restart_reads_volatile |= (insn->c & IR_VOLATILE) != 0;
        return true;
    case IR_STORE:
        return may_store_again(b, number);
    case IR_CALL:
        b->restart_reads_all |= !ir_is_pure(insn);
        return (insn->aux & (IR_MAY_ANYTHING | IR_OWN_MEMORY) & ~(IR_MAY_READ | IR_MAY_THROW)) == 0;
    case IR_GUARD:
    case IR_MERGE:
        return true;
    default:
        return ir_is_pure(insn);
    }
}

bool build_restart_here(Builder *b) {
    while (b->restart != UINT32_MAX && b->restart_to < b->t->insn_count)
        if (!may_do_again(b, b->restart_to++))
            b->restart = UINT32_MAX;
    return b->restart != UINT32_MAX;
}
