/* Following a recording through the ahead-of-time form; see build.h.
 *
 * The builder executes the interpreter's functions symbolically: `values` of each frame maps what
 * the function computes to what the trace computes, often a constant. The recorded blocks say which
 * way each branch went; a branch whose condition is no constant becomes a guard. Whatever does not
 * fit the recording ends the building (YK_ABORT_DIVERGED): a trace is right or is not made.
 *
 * Requires: rules of the form (shared-ir/aot.h). Reads memory of the interpreter only inside of the
 * ranges that its author declared immutable, and constants of the program. */
#include "../runtime/memory.h"
#include "build_internal.h"

#include <string.h>

bool build_fail(Builder *b, enum YkAbort why) {
    if (b->abort == YK_ABORT_NONE)
        b->abort = (uint8_t)why;
    return false;
}

bool build_take_block(Builder *b, uint32_t block) {
    if (b->block_pos >= b->block_end || b->r->blocks[b->block_pos] != block)
        return build_fail(b, YK_ABORT_DIVERGED);
    b->block_pos++;
    return true;
}

bool build_take_value(Builder *b, uint64_t *value) {
    if (b->value_pos >= b->r->value_count)
        return build_fail(b, YK_ABORT_DIVERGED);
    *value = b->r->values[b->value_pos++];
    return true;
}

uint32_t build_first(const Builder *b, uint32_t block) {
    uint32_t i = b->m->blocks[block].first;
    while (b->m->insns[i].op == IR_PHI)
        i++;
    return i;
}

bool build_scratch(Builder *b, IrRef value) {
    if (b->scratch_count == b->scratch_capacity) {
        uint32_t capacity = b->scratch_capacity != 0 ? 2 * b->scratch_capacity : 64;
        IrRef *grown = memory_reallocate(b->scratch, capacity * sizeof *grown);
        if (grown == NULL)
            return build_fail(b, YK_ABORT_NO_MEMORY);
        b->scratch = grown;
        b->scratch_capacity = capacity;
    }
    b->scratch[b->scratch_count++] = value;
    return true;
}

/* Goes on in a successor of the block in execution: phis at once, then the rest. */
static bool enter(Builder *b, uint32_t block) {
    if (!build_take_block(b, block))
        return false;
    BuildFrame *top = build_top(b);
    uint32_t first = b->m->blocks[block].first, end = build_first(b, block);
    b->scratch_count = 0;
    for (uint32_t i = first; i < end; i++) {
        IrRef value;
        if (!build_phi(b, &b->m->insns[i], top->block, &value) || !build_scratch(b, value))
            return false;
    }
    for (uint32_t i = first; i < end; i++)
        top->values[build_number(top, i)] = b->scratch[i - first];
    top->block = block;
    b->insn = end;
    return true;
}

static bool is_unreachable(const Builder *b, uint32_t block) {
    return b->m->insns[b->m->blocks[block].first].op == IR_UNREACHABLE;
}

static bool branch(Builder *b, const IrInsn *insn) {
    IrRef condition = build_operand(b, insn->a, IR_I1);
    if (trace_is_const(condition))
        return enter(b, trace_bits(b->t, condition) != 0 ? insn->b : insn->c);
    if (b->block_pos >= b->block_end)
        return build_fail(b, YK_ABORT_DIVERGED);
    uint32_t taken = b->r->blocks[b->block_pos];
    if (taken != insn->b && taken != insn->c)
        return build_fail(b, YK_ABORT_DIVERGED);
    uint32_t other = taken == insn->b ? insn->c : insn->b, snapshot;
    /* A branch to UNREACHABLE is a promise of the program's. */
    if (other != taken && !is_unreachable(b, other) &&
        (!build_snapshot_edge(b, other, taken, &snapshot) ||
         !build_guard(b, condition, taken == insn->b, snapshot)))
        return false;
    return enter(b, taken);
}

/* A case's constant and block; the default's block is at extras[list]. */
static uint64_t case_value(const Builder *b, const IrInsn *insn, uint32_t i) {
    return b->m->consts[ir_index(b->m->extras[insn->b + 1 + 2 * i])].bits;
}
static uint32_t case_block(const Builder *b, const IrInsn *insn, uint32_t i) {
    return b->m->extras[insn->b + 2 + 2 * i];
}

static IrRef equals_case(Builder *b, const IrInsn *insn, IrRef value, uint32_t i) {
    IrRef constant = trace_const(b->t, (uint8_t)insn->aux, case_value(b, insn, i));
    return build_emit(
        b, (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = insn->aux, .a = value, .b = constant});
}

/* Guards that a switch goes to `taken`; a failing one executes the switch anew. */
static bool guard_switch(Builder *b, const IrInsn *insn, IrRef value, uint32_t taken) {
    uint32_t snapshot;
    if (!build_snapshot_here(b, &snapshot))
        return false;
    bool is_default = b->m->extras[insn->b] == taken;
    IrRef any = IR_NONE;
    for (uint32_t i = 0; i < insn->c; i++) {
        if ((case_block(b, insn, i) == taken) == is_default ||
            (is_default && is_unreachable(b, case_block(b, insn, i))))
            continue;
        IrRef equal = equals_case(b, insn, value, i);
        if (trace_is_const(equal)) {
            /* The folder knows more about the value than the recording needs. */
            if (trace_bits(b->t, equal) == 0)
                continue;
            return !is_default || build_fail(b, YK_ABORT_DIVERGED);
        }
        if (is_default) {
            if (!build_guard(b, equal, false, snapshot))
                return false;
        } else {
            any = any == IR_NONE
                      ? equal
                      : build_emit(b, (IrInsn){.op = IR_OR, .type = IR_I1, .a = any, .b = equal});
        }
    }
    if (is_default)
        return true;
    return any != IR_NONE ? build_guard(b, any, true, snapshot) : build_fail(b, YK_ABORT_DIVERGED);
}

static bool switch_(Builder *b, const IrInsn *insn) {
    IrRef value = build_operand(b, insn->a, (uint8_t)insn->aux);
    if (trace_is_const(value)) {
        uint32_t target = b->m->extras[insn->b];
        for (uint32_t i = 0; i < insn->c; i++)
            if (case_value(b, insn, i) == trace_bits(b->t, value)) {
                target = case_block(b, insn, i);
                break;
            }
        return enter(b, target);
    }
    if (b->block_pos >= b->block_end)
        return build_fail(b, YK_ABORT_DIVERGED);
    uint32_t taken = b->r->blocks[b->block_pos];
    return guard_switch(b, insn, value, taken) && enter(b, taken);
}

/* The promoted value was recorded: it is a constant from here on. */
static bool promote(Builder *b, const IrInsn *insn) {
    BuildFrame *top = build_top(b);
    uint64_t recorded;
    IrRef value = build_operand(b, insn->a, insn->type), result = value;
    if (!build_take_value(b, &recorded))
        return false;
    bool wanted = insn->b == IR_NONE || trace_is_const(build_operand(b, insn->b, IR_I64));
    if (trace_is_const(value)) {
        if (trace_bits(b->t, value) != recorded)
            return build_fail(b, YK_ABORT_DIVERGED);
    } else if (wanted && !ir_is_float(insn->type)) {
        uint32_t snapshot;
        result = trace_const(b->t, insn->type, recorded);
        IrRef equal = build_emit(
            b, (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = insn->type, .a = value, .b = result});
        if (!build_snapshot_here(b, &snapshot) || !build_guard(b, equal, true, snapshot))
            return false;
    }
    top->values[build_number(top, b->insn)] = result;
    b->insn++;
    return true;
}

/* Known from the recording if what it is a constant of is a constant. */
static bool constant_of(Builder *b, const IrInsn *insn) {
    BuildFrame *top = build_top(b);
    uint64_t recorded;
    if (!build_take_value(b, &recorded))
        return false;
    IrRef key = build_operand(b, insn->b, IR_I64);
    top->values[build_number(top, b->insn)] = trace_is_const(key)
                                                  ? trace_const(b->t, insn->type, recorded)
                                                  : build_operand(b, insn->a, insn->type);
    b->insn++;
    return true;
}

/* An instruction without control flow, copied with the trace's operands. */
static bool straight(Builder *b, const IrInsn *insn) {
    BuildFrame *top = build_top(b);
    IrInsn copy = *insn;
    const char *letters = ir_op_operands[insn->op];
    if (ir_op_forms[insn->op] != 'B')
        return build_fail(b, YK_ABORT_DIVERGED);
    if (letters[0] == 'v')
        copy.a = build_operand(b, insn->a, build_operand_type(insn, 0));
    if (letters[1] == 'v')
        copy.b = build_operand(b, insn->b, build_operand_type(insn, 1));
    if (letters[2] == 'v')
        copy.c = build_operand(b, insn->c, build_operand_type(insn, 2));
    if (insn->op == IR_FRAME)
        copy.a += top->buffer;
    top->values[build_number(top, b->insn)] = build_emit(b, copy);
    b->insn++;
    return true;
}

/* The interpreter's function returns, which ends the trace; b->vector has its result then. */
static bool leave(Builder *b, const IrInsn *insn) {
    if (!b->r->returned)
        return build_fail(b, YK_ABORT_RETURNED);
    if (b->depth != 1 || b->merge + 1 != b->r->merge_count)
        return build_fail(b, YK_ABORT_DIVERGED);
    for (uint32_t i = 0; i < YK_VECTOR_SLOTS; i++)
        b->vector[i] = IR_NONE;
    if (insn->a != IR_NONE)
        b->vector[YK_GREEN_SLOT] = build_operand(b, insn->a, IR_I64);
    return true;
}

/* Executes until the body's next merge point; its vector is in b->vector then. */
static bool run(Builder *b) {
    for (;;) {
        const IrInsn *insn = &b->m->insns[b->insn];
        bool fine;
        switch (insn->op) {
        case IR_BR:
            fine = enter(b, insn->a);
            break;
        case IR_CONDBR:
            fine = branch(b, insn);
            break;
        case IR_SWITCH:
            fine = switch_(b, insn);
            break;
        case IR_PROMOTE:
            fine = promote(b, insn);
            break;
        case IR_CONSTANT_OF:
            fine = constant_of(b, insn);
            break;
        case IR_INTO:
            fine = build_into(b, insn);
            break;
        case IR_CALL:
            fine = build_call(b, insn);
            break;
        case IR_RET:
            fine = build_return(b, insn);
            break;
        case IR_UNREACHABLE:
            return build_fail(b, YK_ABORT_NEVER_RETURNS);
        case IR_EXIT_RETURN:
            return leave(b, insn);
        case IR_EXIT_BYPASS:
            return build_fail(b, YK_ABORT_BYPASS);
        case IR_EXIT_MERGE: {
            const uint8_t *types = (const uint8_t *)b->m->strings + build_top(b)->f->arg_types;
            if (b->depth != 1 || insn->b > YK_VECTOR_SLOTS || b->block_pos != b->block_end)
                return build_fail(b, YK_ABORT_DIVERGED);
            for (uint32_t i = 0; i < YK_VECTOR_SLOTS; i++) {
                IrRef ref = i < insn->b ? b->m->extras[insn->a + i] : IR_NONE;
                b->vector[i] = ref == IR_NONE ? IR_NONE : build_operand(b, ref, types[i]);
            }
            return true;
        }
        default:
            fine = straight(b, insn);
        }
        if (!fine || b->abort != YK_ABORT_NONE)
            return false;
        if (b->t->out_of_memory)
            return build_fail(b, YK_ABORT_NO_MEMORY);
        if (b->t->insn_count > YK_TRACE_MAX_INSNS)
            return build_fail(b, YK_ABORT_TOO_LONG);
    }
}

static const uint8_t *body_types(const Builder *b) {
    return (const uint8_t *)b->m->strings + b->m->functions[b->m->body].arg_types;
}

/* Of lists the optimiser knows more (opt_list.c) than that two pointers are equal. */
static bool is_link(const Builder *b, const IrInsn *load) {
    for (uint32_t i = 0; load->op == IR_LOAD && i < b->m->class_count; i++)
        if (b->m->classes[i].back != 0 && (load->c == i || load->c == b->m->classes[i].back))
            return true;
    return false;
}

/* Pointers that have come back to what they were at the trace's entry: the base of a frame that a
 * function has returned to, say, which it has loaded anew. A guard makes them the parameters that
 * the trace knows all about. */
static bool guard_same(Builder *b, const RecordedMerge *merge) {
    for (uint32_t i = 0; i < YK_GREEN_SLOT; i++) {
        IrRef value = b->vector[i], entry = b->entry[i];
        if (!(merge->same & 1u << i) || entry == IR_NONE || value == IR_NONE || value == entry ||
            trace_is_const(value) || trace_type(b->t, value) != IR_PTR ||
            is_link(b, &b->t->insns[ir_index(value)]))
            continue;
        /* Of x + n == entry the optimiser learns more if it reads x == entry - n. */
        IrInsn sum = b->t->insns[ir_index(value)];
        IrRef other = entry;
        if (sum.op == IR_PTRADD && trace_is_const(sum.b)) {
            value = sum.a;
            other =
                build_emit(b, (IrInsn){.op = IR_PTRADD,
                                       .type = IR_PTR,
                                       .a = entry,
                                       .b = trace_const(b->t, IR_I64, -trace_bits(b->t, sum.b))});
        }
        IrRef equal = build_emit(
            b, (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = IR_PTR, .a = value, .b = other});
        if (!build_guard(b, equal, true, build_snapshot_vector(b)))
            return false;
        b->vector[i] = entry;
    }
    return true;
}

/* b->vector is at `merge`: all greens follow from the pc. */
static bool arrive(Builder *b, const RecordedMerge *merge) {
    const uint64_t *greens = merge->greens.value;
    const uint8_t *types = body_types(b);
    IrRef pc = b->vector[YK_GREEN_SLOT];
    if (pc == IR_NONE)
        return build_fail(b, YK_ABORT_DIVERGED);
    if (trace_is_const(pc)) {
        if (trace_bits(b->t, pc) != greens[0])
            return build_fail(b, YK_ABORT_DIVERGED);
    } else {
        IrRef expected = trace_const(b->t, types[YK_GREEN_SLOT], greens[0]);
        IrRef equal = build_emit(
            b,
            (IrInsn){
                .op = IR_EQ, .type = IR_I1, .aux = types[YK_GREEN_SLOT], .a = pc, .b = expected});
        if (!build_guard(b, equal, true, build_snapshot_vector(b)))
            return false;
    }
    for (uint32_t i = 0; i < b->m->green_count; i++)
        b->vector[YK_GREEN_SLOT + i] = trace_const(b->t, types[YK_GREEN_SLOT + i], greens[i]);
    return guard_same(b, merge);
}

/* A bytecode of the recording begins. */
static void begin_merge(Builder *b, uint32_t merge) {
    const Recording *r = b->r;
    const RecordedMerge *m = &r->merges[merge];
    b->merge = merge;
    b->restart = UINT32_MAX;
    b->block_end = merge + 1 < r->merge_count ? r->merges[merge + 1].block : r->block_count;
    if (b->block_end > r->block_count)
        b->block_end = r->block_count;
    trace_append(b->t, (IrInsn){.op = IR_MERGE,
                                .type = IR_VOID,
                                .a = trace_merge(b->t, m->greens.value[0], m->unit)});
}

/* ... with b->vector, at the start of the body. */
static bool begin_body(Builder *b) {
    BuildFrame *body = &b->frames[0];
    build_restart_begin(b);
    body->block = body->f->first_block;
    const uint8_t *types = body_types(b);
    for (uint32_t i = 0; i < YK_VECTOR_SLOTS; i++)
        body->values[i] = b->vector[i] != IR_NONE ? b->vector[i] : trace_const(b->t, types[i], 0);
    b->insn = build_first(b, body->block);
    return build_take_block(b, body->block);
}

static uint32_t slot_bit(IrRef ref) {
    return ref < YK_VECTOR_SLOTS ? 1u << ref : 0;
}

/* Slots of the vector that some bytecode reads, as bits: the others are undefined. */
static uint32_t used_slots(const AotModule *m) {
    const AotFunction *body = &m->functions[m->body];
    uint32_t used = 0;
    for (uint32_t i = 0; i < body->insn_count; i++) {
        const IrInsn *insn = &m->insns[body->first_insn + i];
        const uint32_t operands[3] = {insn->a, insn->b, insn->c};
        const char *letters = ir_op_operands[insn->op];
        for (unsigned j = 0; j < 3; j++)
            if (letters[j] == 'v')
                used |= slot_bit(operands[j]);
        if (insn->op == IR_CALL)
            for (uint32_t j = 0; j < insn->c; j++)
                used |= slot_bit(m->extras[insn->b + j]);
        else if (insn->op == IR_PHI)
            for (uint32_t j = 0; j < insn->b; j++)
                used |= slot_bit(m->extras[insn->a + 2 * j + 1]);
        else if (insn->op == IR_EXIT_MERGE || insn->op == IR_EXIT_BYPASS)
            for (uint32_t j = 0; j < insn->b; j++)
                used |= slot_bit(m->extras[insn->a + j]);
    }
    return used;
}

/* The vector of a trace that is entered at a merge point, by an exit with the vector `parent` or,
 * NULL, in front of the recording's first bytecode. */
static void take_vector(Builder *b, const IrRef *parent) {
    const uint8_t *types = body_types(b);
    uint32_t used = parent == NULL ? used_slots(b->m) : 0;
    for (uint32_t i = 0; i < YK_VECTOR_SLOTS; i++) {
        uint32_t green = i - YK_GREEN_SLOT;
        IrInsn param = {.op = IR_PARAM, .type = types[i], .a = i};
        if (parent != NULL)
            b->vector[i] = build_parents_value(b, parent[i], param);
        else if (green < b->m->green_count)
            b->vector[i] = trace_const(b->t, types[i], b->r->merges[0].greens.value[green]);
        else
            b->vector[i] = used & 1u << i ? trace_append(b->t, param) : IR_NONE;
        b->entry[i] = b->vector[i];
    }
}

static bool push_body(Builder *b) {
    return build_push(b, &b->m->functions[b->m->body], 0);
}

static bool begin_root(Builder *b) {
    take_vector(b, NULL);
    begin_merge(b, 0);
    return push_body(b) && begin_body(b) && run(b);
}

/* The bytecode that the parent has left: from its merge point on, or only to its end, which may be
 * here. */
static bool begin_side(Builder *b) {
    uint32_t number = b->r->exit->snapshot;
    if (b->parent == NULL || number >= b->parent->snapshot_count)
        return build_fail(b, YK_ABORT_DIVERGED);
    const TraceSnapshot *snapshot = &b->parent->snapshots[number];
    if (snapshot->frame_count == 0) {
        take_vector(b, b->parent->snapshot_values + snapshot->vector);
        begin_merge(b, 0);
        return push_body(b) && (!(snapshot->flags & TRACE_RESTART) || (begin_body(b) && run(b)));
    }
    b->t->side = true;
    begin_merge(b, 0);
    if (!build_inherit(b, snapshot))
        return false;
    const BuildFrame *top = build_top(b);
    b->insn = build_first(b, top->block);
    return build_take_block(b, top->block) && run(b);
}

static enum TraceEnd end_of(const Recording *r) {
    if (r->returned)
        return TRACE_RETURN;
    bool loop = r->exit == NULL && r->end.greens.value[0] == r->merges[0].greens.value[0];
    return loop ? TRACE_LOOP : TRACE_EXIT;
}

static bool follow(Builder *b) {
    const Recording *r = b->r;
    const AotFunction *body = &b->m->functions[b->m->body];
    if (r->merge_count == 0 || body->arg_count != YK_VECTOR_SLOTS ||
        b->m->green_count > YK_MAX_GREENS)
        return build_fail(b, YK_ABORT_DIVERGED);
    if (!(r->exit != NULL ? begin_side(b) : begin_root(b)))
        return false;
    for (uint32_t i = 1; i < r->merge_count; i++) {
        if (!arrive(b, &r->merges[i]))
            return false;
        begin_merge(b, i);
        if (!begin_body(b) || !run(b))
            return false;
    }
    if (!r->returned && !arrive(b, &r->end))
        return false;
    if (b->block_pos != r->block_count || b->value_pos != r->value_count)
        return build_fail(b, YK_ABORT_DIVERGED);
    b->t->end_snapshot = build_snapshot_vector(b);
    b->t->end = (uint8_t)end_of(r);
    return !b->t->out_of_memory || build_fail(b, YK_ABORT_NO_MEMORY);
}

Trace *build_trace(const AotModule *module, const Recording *r, const Trace *parent,
                   enum YkAbort *why) {
    Builder b = {.m = module, .r = r, .parent = parent, .t = trace_new(module)};
    for (uint32_t i = 0; i < YK_VECTOR_SLOTS; i++)
        b.entry[i] = IR_NONE;
    b.abort = b.t == NULL ? YK_ABORT_NO_MEMORY : r->abort;
    if (b.abort == YK_ABORT_NONE)
        follow(&b);
    while (b.depth > 0)
        build_pop(&b);
    memory_free(b.scratch);
    *why = (enum YkAbort)b.abort;
    if (b.abort == YK_ABORT_NONE)
        return b.t;
    trace_free(b.t);
    return NULL;
}
