/* Pointers that the author has said to point into a region (yk_either), such as that of an upvalue
 * whose variable is still on the stack.
 *
 * To know the region is not enough where the trace's own variables lie in it: a store through the
 * pointer could change each of them. But the trace has a pointer into the region among its
 * parameters, below which it seldom looks: the base of the frame that it begins in. The recording
 * tells where the pointer pointed; a guard says so of all later executions:
 *
 *   what the trace has accessed by its parameter   at a certain distance from it: the pointer is
 * the parameter and a constant. So it is with a function that the trace has inlined, which changes
 *       a variable of its caller's
 *   below the parameter   the value INTO with that bound, which the optimiser can tell from what is
 *       at or above the parameter (opt_alias.c)
 *   elsewhere, as on the stack of another coroutine   nothing is said but the region. A guard would
 *       only make a trace for each such place
 *
 * The optimiser takes the guard out of loops. */
#include "build_internal.h"
#include "opt_alias.h"

/* Whether `offset` from a value of the trace lies in what it has accessed by that so far. */
static bool is_accessed(Builder *b, IrRef home, uint64_t offset) {
    const Trace *t = b->t;
    for (; b->reach_to < t->insn_count; b->reach_to++) {
        const IrInsn *insn = &t->insns[b->reach_to];
        IrRef base;
        int64_t at;
        if (insn->op != IR_LOAD && insn->op != IR_STORE)
            continue;
        alias_address(t, insn->a, &base, &at);
        at += (int16_t)insn->aux;
        if (base == home && at >= 0 && (uint64_t)at >= b->reach)
            b->reach = (uint64_t)at + 1;
    }
    return offset < b->reach;
}

/* The parameter that points into the region, and its value in the recording; IR_NONE: there is
 * none, or it is not known. */
static IrRef find_home(const Builder *b, uint32_t region, uint64_t *start) {
    if (!b->r->has_slots || region == 0)
        return IR_NONE;
    for (uint32_t i = 0; i < YK_GREEN_SLOT; i++)
        if (b->m->slot_regions[i] == region && b->entry[i] != IR_NONE &&
            !trace_is_const(b->entry[i])) {
            *start = b->r->slots[i];
            return b->entry[i];
        }
    return IR_NONE;
}

static bool guard(Builder *b, uint8_t op, IrRef x, IrRef y) {
    uint32_t snapshot;
    IrRef condition =
        build_emit(b, (IrInsn){.op = op, .type = IR_I1, .aux = IR_PTR, .a = x, .b = y});
    return build_snapshot_here(b, &snapshot) && build_guard(b, condition, true, snapshot);
}

static IrRef add(Builder *b, IrRef pointer, uint64_t bytes) {
    return build_emit(b, (IrInsn){.op = IR_PTRADD,
                                  .type = IR_PTR,
                                  .a = pointer,
                                  .b = trace_const(b->t, IR_I64, bytes)});
}

bool build_into(Builder *b, const IrInsn *insn) {
    BuildFrame *top = build_top(b);
    uint64_t recorded, start = 0;
    IrRef value = build_operand(b, insn->a, IR_PTR), result;
    if (!build_take_value(b, &recorded))
        return false;
    IrRef home = find_home(b, insn->c, &start);
    IrInsn into = {
        .op = IR_INTO, .type = IR_PTR, .a = value, .b = trace_const(b->t, IR_PTR, 0), .c = insn->c};
    if (trace_is_const(value)) {
        result = value;
    } else if (home != IR_NONE && is_accessed(b, home, recorded - start)) {
        result = add(b, home, recorded - start);
        if (!guard(b, IR_EQ, value, result))
            return false;
    } else if (home != IR_NONE && recorded < start && start - recorded >= insn->aux) {
        /* Below what is next to the parameter, too, if it is: frames have something there. */
        bool room = start - recorded >= 2 * (uint64_t)insn->aux;
        into.aux = insn->aux;
        into.b = room ? add(b, home, -(uint64_t)insn->aux) : home;
        if (!guard(b, IR_ULE, add(b, value, insn->aux), into.b))
            return false;
        result = build_emit(b, into);
    } else {
        result = build_emit(b, into);
    }
    top->values[build_number(top, b->insn)] = result;
    b->insn++;
    return true;
}
