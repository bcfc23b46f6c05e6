/* The walk forwards: each instruction of `in` is emitted with its operands replaced; guards teach.
 *
 * Requires: nothing. In the second copy of a loop the map of the PARAMs is set.
 * Keeps: which exit is taken, with which values and memory.
 * Breaks: numbers of instructions and snapshots; only snapshots of guards that stay are copied. */
#include "opt.h"

#include "../runtime/memory.h"

IrRef opt_use(const Optimiser *o, IrRef ref) {
    if (ref == IR_NONE)
        return IR_NONE;
    if (trace_is_const(ref)) {
        const TraceConst *c = &o->in->consts[ir_index(ref)];
        IrRef copy = trace_const(o->out, c->type, c->bits);
        if (c->symbol != UINT32_MAX && !o->out->out_of_memory)
            o->out->consts[ir_index(copy)].symbol = c->symbol;
        return copy;
    }
    return opt_resolve(o, o->map[ir_index(ref)]);
}

static IrInsn use_operands(const Optimiser *o, IrInsn insn) {
    const char *letters = ir_op_operands[insn.op];
    if (letters[0] == 'v')
        insn.a = opt_use(o, insn.a);
    if (letters[1] == 'v')
        insn.b = opt_use(o, insn.b);
    if (letters[2] == 'v')
        insn.c = opt_use(o, insn.c);
    return insn;
}

uint32_t opt_snapshot(Optimiser *o, uint32_t number) {
    const Trace *in = o->in;
    const TraceSnapshot *s = &in->snapshots[number];
    uint32_t copy = trace_snapshot_begin(o->out, s->merge);
    IrRef fixed[64], *values = fixed;
    uint32_t capacity = sizeof fixed / sizeof *fixed;
    for (uint32_t i = 0; i < s->frame_count; i++) {
        TraceFrame frame = in->frames[s->frames + i];
        if (frame.value_count > capacity) {
            if (values != fixed)
                memory_free(values);
            capacity = frame.value_count;
            values = memory_allocate(capacity * sizeof *values);
            if (values == NULL) {
                o->out->out_of_memory = true;
                return 0;
            }
        }
        for (uint32_t j = 0; j < frame.value_count; j++)
            values[j] = opt_use(o, in->snapshot_values[frame.values + j]);
        trace_snapshot_frame(o->out, copy, frame, values);
    }
    if (s->frame_count == 0) {
        for (uint32_t j = 0; j < TRACE_VECTOR_SLOTS; j++)
            values[j] = opt_use(o, in->snapshot_values[s->vector + j]);
        trace_snapshot_vector(o->out, copy, values);
    }
    for (uint32_t i = 0; i < s->pending_count; i++)
        trace_snapshot_pending(o->out, copy, use_operands(o, in->pending[s->pending + i]));
    if (!o->out->out_of_memory)
        o->out->snapshots[copy].flags = s->flags;
    if (values != fixed)
        memory_free(values);
    return copy;
}

static IrRef strip_negation(const Optimiser *o, IrRef condition, bool *expected) {
    while ((o->passes & OPT_FOLD) && !trace_is_const(condition)) {
        IrInsn x = opt_resolve_operands(o, o->out->insns[ir_index(condition)]);
        if (x.op != IR_XOR || !trace_is_const(x.b) || trace_bits(o->out, x.b) != 1)
            break;
        condition = x.a;
        *expected = !*expected;
    }
    return condition;
}

static void guard(Optimiser *o, IrInsn insn) {
    bool expected = insn.b != 0;
    insn.a = strip_negation(o, opt_use(o, insn.a), &expected);
    insn.b = expected;
    if (trace_is_const(insn.a)) {
        if (trace_bits(o->out, insn.a) == insn.b)
            return;
        o->contradiction = true;
    }
    insn.c = opt_snapshot(o, insn.c);
    opt_append(o, insn);
    if (!trace_is_const(insn.a))
        opt_learn(o, insn.a, insn.b != 0);
}

static IrRef call(Optimiser *o, IrInsn insn) {
    IrRef fixed[16], *args = fixed;
    if (insn.c > sizeof fixed / sizeof *fixed) {
        args = memory_allocate(insn.c * sizeof *args);
        if (args == NULL) {
            o->out->out_of_memory = true;
            return 0;
        }
    }
    for (uint32_t i = 0; i < insn.c; i++)
        args[i] = opt_use(o, o->in->extras[insn.b + i]);
    insn.a = opt_use(o, insn.a);
    IrRef value = opt_call(o, insn, args);
    if (args != fixed)
        memory_free(args);
    return value;
}

void opt_walk(Optimiser *o) {
    const Trace *in = o->in;
    for (uint32_t i = 0; i < in->insn_count && !o->out->out_of_memory; i++) {
        IrInsn insn = in->insns[i];
        switch (insn.op) {
        case IR_GUARD:
            guard(o, insn);
            break;
        case IR_MERGE:
            opt_append(o, insn);
            break;
        case IR_CALL:
            o->map[i] = call(o, insn);
            break;
        case IR_LOAD:
            o->map[i] = opt_load(o, use_operands(o, insn));
            break;
        case IR_STORE:
            opt_store(o, use_operands(o, insn));
            break;
        case IR_PARAM:
            if (o->map[i] == IR_NONE)
                o->map[i] = opt_emit(o, insn);
            break;
        default:
            o->map[i] = opt_emit(o, use_operands(o, insn));
            break;
        }
    }
}
