/* Guards that are strengthened so that later ones are superfluous.
 *
 * An interpreter looks at a tag more than once: one bytecode loads a value and checks that it is
 * not nil, the next that it is a table. If the first check is for a table at once, the second is
 * gone. So the equality is tested earlier, in the place of what it implies.
 *
 * The earlier guard fails in more cases then, and leaves before the interpreter would have found
 * anything odd. It may do so if it leaves to execute the bytecode anew (TRACE_RESTART): that is
 * right at any time. And it has nothing to wait for: the value that the later guard compares is the
 * one that the earlier condition is computed from.
 *
 * A guard at the end of a bytecode, on the next pc, stays: it also finds out whether there is that
 * bytecode still (lower.c).
 *
 * Requires: any trace.
 * Keeps: what the trace does, but for exits TRACE_RESTART that are taken where it would have gone
 *   on.
 * Breaks: nothing. What is superfluous becomes an operation that nobody uses, for opt_dead.c.
 * Linear: backwards; for each value the guard behind that says which number it is.
 *
 * LuaJIT's IR has such checks once, because its bytecodes load with the type that they expect. */
#include "opt.h"

#include "../runtime/memory.h"
#include "../shared-ir/evaluate.h"

enum { MAX_CHAIN = 8, NO_GUARD = 0 };

typedef struct Guards {
    Trace *t;
    uint32_t *uses;   /* by instruction */
    uint32_t *equals; /* by instruction: the guard that its value is a number, + 1; or NO_GUARD */
} Guards;

static void use(Guards *g, IrRef ref) {
    if (ref != IR_NONE && !trace_is_const(ref))
        g->uses[ir_index(ref)]++;
}

/* Uses by what is needed itself. Backwards: only an LPHI is used by what stands in front of it. */
static void count_uses(Guards *g) {
    const Trace *t = g->t;
    for (uint32_t i = 0; i < t->snapshot_value_count; i++)
        use(g, t->snapshot_values[i]);
    for (uint32_t i = t->insn_count; i-- > 0;) {
        const IrInsn *insn = &t->insns[i];
        const uint32_t operands[3] = {insn->a, insn->b, insn->c};
        bool load = insn->op == IR_LOAD && !(insn->c & IR_VOLATILE);
        if ((load || ir_is_pure(insn)) && g->uses[i] == 0)
            continue;
        for (unsigned j = 0; j < 3; j++)
            if (ir_op_operands[insn->op][j] == 'v')
                use(g, operands[j]);
        for (uint32_t j = 0; insn->op == IR_CALL && j < insn->c; j++)
            use(g, t->extras[insn->b + j]);
    }
}

/* The value that is the same number, but for zeros in front, and the number. */
static IrRef strip_extension(const Trace *t, IrRef value, uint64_t *bits) {
    for (;;) {
        const IrInsn *insn = &t->insns[ir_index(value)];
        if (insn->op != IR_ZEXT || trace_is_const(insn->a) ||
            *bits > ir_type_mask((uint8_t)insn->aux))
            return value;
        value = insn->a;
    }
}

/* The value that is found to be a number by a guard, or IR_NONE. */
static IrRef compared(const Trace *t, const IrInsn *guard, uint64_t *bits) {
    if (trace_is_const(guard->a) || guard->b == 0)
        return IR_NONE;
    const IrInsn *condition = &t->insns[ir_index(guard->a)];
    if (condition->op != IR_EQ || trace_is_const(condition->a) || !trace_is_const(condition->b))
        return IR_NONE;
    *bits = trace_bits(t, condition->b);
    return strip_extension(t, condition->a, bits);
}

/* The one operand that is no constant, or IR_NONE. */
static IrRef only_operand(const IrInsn *insn) {
    const uint32_t operands[3] = {insn->a, insn->b, insn->c};
    IrRef only = IR_NONE;
    if (!(ir_op_flags[insn->op] & IR_FLAG_PURE))
        return IR_NONE;
    for (unsigned i = 0; i < 3; i++)
        if (ir_op_operands[insn->op][i] == 'v' && !trace_is_const(operands[i])) {
            if (only != IR_NONE)
                return IR_NONE;
            only = operands[i];
        }
    return only;
}

/* What the last of a chain of operations is if the operand of the first has these bits. */
static bool compute(const Trace *t, const uint32_t *chain, unsigned length, uint64_t *bits) {
    while (length-- > 0) {
        const IrInsn *insn = &t->insns[chain[length]];
        const uint32_t operands[3] = {insn->a, insn->b, insn->c};
        uint64_t in[3] = {0};
        for (unsigned i = 0; i < 3; i++)
            if (ir_op_operands[insn->op][i] == 'v')
                in[i] = trace_is_const(operands[i]) ? trace_bits(t, operands[i]) : *bits;
        if (!ir_evaluate(insn, in[0], in[1], in[2], bits))
            return false;
    }
    return true;
}

/* The later guard takes the place of this one, if it implies it. */
static bool strengthen(Guards *g, IrInsn *guard, const uint32_t *chain, unsigned length,
                       IrRef value) {
    Trace *t = g->t;
    IrInsn *later = &t->insns[g->equals[ir_index(value)] - 1];
    uint64_t bits;
    if (compared(t, later, &bits) != value || !compute(t, chain, length, &bits) ||
        (bits != 0) != (guard->b != 0))
        return false;
    compared(t, later, &bits);
    uint8_t type = trace_type(t, value);
    IrRef number = trace_const(t, type, bits);
    if (t->out_of_memory)
        return false;
    t->insns[ir_index(guard->a)] =
        (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = type, .a = value, .b = number};
    guard->b = 1;
    *later = (IrInsn){.op = IR_AND, .type = IR_I1, .a = later->a, .b = later->a};
    return true;
}

/* Looks for a later guard on what the condition is computed from. */
static void visit(Guards *g, uint32_t number) {
    IrInsn *guard = &g->t->insns[number];
    const TraceSnapshot *snapshot = &g->t->snapshots[guard->c];
    uint32_t chain[MAX_CHAIN];
    unsigned length = 0;
    IrRef value = guard->a;
    bool may_change = (snapshot->flags & TRACE_RESTART) != 0 && !trace_is_const(value) &&
                      g->uses[ir_index(value)] == 1;
    while (may_change && length < MAX_CHAIN) {
        chain[length++] = ir_index(value);
        value = only_operand(&g->t->insns[ir_index(value)]);
        if (value == IR_NONE)
            break;
        if (g->equals[ir_index(value)] != NO_GUARD && strengthen(g, guard, chain, length, value))
            break;
    }
    uint64_t bits;
    value = compared(g->t, guard, &bits);
    if (value != IR_NONE && (snapshot->frame_count != 0 || (snapshot->flags & TRACE_RESTART)))
        g->equals[ir_index(value)] = number + 1;
}

void opt_guards(Trace *t) {
    uint32_t count = t->insn_count;
    Guards g = {.t = t,
                .uses = memory_allocate_zeroed((count + 1) * sizeof *g.uses),
                .equals = memory_allocate_zeroed((count + 1) * sizeof *g.equals)};
    if (g.uses != NULL && g.equals != NULL) {
        count_uses(&g);
        for (uint32_t i = count; i-- > 0;)
            if (t->insns[i].op == IR_GUARD)
                visit(&g, i);
    }
    memory_free(g.uses);
    memory_free(g.equals);
}
