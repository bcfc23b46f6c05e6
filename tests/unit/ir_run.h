/* An interpreter of the ahead-of-time form, and one of traces, for tests without compiled code.
 * Include it once in a test.
 *
 * run_function does what the clones of a function do (AotClone): with `record`, as the recording
 * clone, else as the resuming one, which calls the functions of the program natively, as compiled
 * code would. run_trace executes a trace up to the exit that it takes; values of exits have room
 * for YK_EXIT_VALUES. Both call run_at_volatile_load before each volatile load, so that a test can
 * let an event happen at the same moment in both. Calls have at most four arguments, which are
 * integers or pointers. What is undefined is garbage. */
#ifndef YK_IR_RUN_H
#define YK_IR_RUN_H

#include "shared-ir/evaluate.h"
#include "shared-ir/trace.h"
#include "tier1-trace/record.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_MAX_VALUES = 4096 };
/* A result that AotCloneResult does not have: a call that never returns has been executed. */
enum { RUN_THROWN = 100 };
static const uint64_t run_undefined = UINT64_C(0xa5a5a5a5deadbeef);

typedef void RunEvent(void *address);
static RunEvent *run_at_volatile_load;

static uint64_t run_load(uint8_t type, uint64_t address, bool is_volatile) {
    uint64_t bits = 0;
    if (is_volatile && run_at_volatile_load != NULL)
        run_at_volatile_load((void *)(uintptr_t)address);
    memcpy(&bits, (const void *)(uintptr_t)address, ir_type_bytes[type]);
    return bits & ir_type_mask(type);
}

static void run_store(uint8_t type, uint64_t address, uint64_t bits) {
    memcpy((void *)(uintptr_t)address, &bits, ir_type_bytes[type]);
}

/* A function of the program, whatever its type. */
__attribute__((no_sanitize("function"))) static uint64_t
run_native(uint64_t callee, const uint64_t *arguments, uint8_t type) {
    typedef uint64_t Function(uint64_t, uint64_t, uint64_t, uint64_t);
    Function *function = (Function *)(uintptr_t)callee;
    uint64_t result = function(arguments[0], arguments[1], arguments[2], arguments[3]);
    return type == IR_VOID ? 0 : result & ir_type_mask(type);
}

/* An instruction other than FRAME and CALL, with the bits of its operands. */
static uint64_t run_straight(const IrInsn *insn, const uint64_t bits[3]) {
    uint64_t result = 0, address = bits[0] + (uint64_t)(int64_t)(int16_t)insn->aux;
    if (insn->op == IR_LOAD)
        return run_load(insn->type, address, (insn->c & IR_VOLATILE) != 0);
    if (insn->op == IR_STORE)
        run_store(insn->type, address, bits[1]);
    else
        cr_assert(ir_evaluate(insn, bits[0], bits[1], bits[2], &result), "%s is undefined",
                  ir_op_names[insn->op]);
    return result;
}

/* ---- functions ------------------------------------------------------------------------------ */

typedef struct RunFunction {
    const AotModule *m;
    const AotFunction *f;
    uint64_t values[RUN_MAX_VALUES];
    uint8_t *frame;
    bool record;
} RunFunction;

static uint32_t run_function(const AotModule *m, uint32_t function, bool record, uint32_t entry,
                             const uint64_t *lives, uint64_t *result, uint8_t *frame);

static uint64_t run_value(const RunFunction *r, IrRef ref) {
    if (ref == IR_NONE)
        return run_undefined;
    switch (ref & IR_KIND_MASK) {
    case IR_CONST:
        return r->m->consts[ir_index(ref)].bits;
    case IR_SYMBOL:
        return (uintptr_t)r->m->symbols[ir_index(ref)];
    default:
        return r->values[ref];
    }
}

static uint32_t run_number(const RunFunction *r, uint32_t insn) {
    return insn - r->f->first_insn + r->f->arg_count;
}

static uint64_t run_call(const RunFunction *r, const IrInsn *call, bool *thrown) {
    uint64_t arguments[4] = {0}, callee = run_value(r, call->a), result = 0;
    const AotFunction *f = aot_function_at(r->m, (const void *)(uintptr_t)callee);
    cr_assert_leq(call->c, 4);
    for (uint32_t i = 0; i < call->c; i++)
        arguments[i] = run_value(r, r->m->extras[call->b + i]);
    bool recorded = r->record && f != NULL && !(f->flags & AOT_OUTLINED);
    if (r->record && (call->a & IR_KIND_MASK) == IR_INSN) {
        const void *plain = (const void *)(uintptr_t)callee;
        recorded = yk_record_callee(plain) != plain;
    }
    if (!recorded) {
        *thrown = (call->aux & IR_NEVER_RETURNS) != 0;
        return run_native(callee, arguments, call->type);
    }
    uint8_t *frame = malloc(f->frame_size + 1);
    uint32_t how =
        run_function(r->m, (uint32_t)(f - r->m->functions), true, 0, arguments, &result, frame);
    free(frame);
    *thrown = how == RUN_THROWN;
    return result;
}

/* The block that a terminator leads to. */
static uint32_t run_target(const RunFunction *r, const IrInsn *insn) {
    const uint32_t *list = r->m->extras + insn->b;
    if (insn->op == IR_BR)
        return insn->a;
    uint64_t value = run_value(r, insn->a);
    if (insn->op == IR_CONDBR)
        return value & 1 ? insn->b : insn->c;
    for (uint32_t i = 0; i < insn->c; i++)
        if (run_value(r, list[2 * i + 1]) == value)
            return list[2 * i + 2];
    return list[0];
}

/* Evaluates the phis of a block, all at once, coming from `from` (UINT32_MAX: only counts them);
 * returns the first instruction behind them. */
static uint32_t run_phis(RunFunction *r, uint32_t from, uint32_t to) {
    uint64_t values[64];
    uint32_t first = r->m->blocks[to].first, count = 0;
    for (; r->m->insns[first + count].op == IR_PHI; count++) {
        const IrInsn *phi = &r->m->insns[first + count];
        cr_assert_lt(count, 64);
        for (uint32_t j = 0; j < phi->b; j++)
            if (r->m->extras[phi->a + 2 * j] == from)
                values[count] = run_value(r, r->m->extras[phi->a + 2 * j + 1]);
    }
    for (uint32_t i = 0; from != UINT32_MAX && i < count; i++)
        r->values[run_number(r, first + i)] = values[i];
    return first + count;
}

/* An instruction that ends no block; false: it does not come back. */
static bool run_insn(RunFunction *r, uint32_t index) {
    const IrInsn *insn = &r->m->insns[index];
    const char *letters = ir_op_operands[insn->op];
    const uint32_t operands[3] = {insn->a, insn->b, insn->c};
    uint64_t bits[3] = {0}, *value = &r->values[run_number(r, index)];
    bool thrown = false;
    for (unsigned i = 0; i < 3; i++)
        if (letters[i] == 'v')
            bits[i] = run_value(r, operands[i]);
    if (insn->op == IR_FRAME)
        *value = (uintptr_t)(r->frame + insn->a);
    else if (insn->op == IR_CALL)
        *value = run_call(r, insn, &thrown);
    else
        *value = run_straight(insn, bits);
    if ((insn->op == IR_PROMOTE || insn->op == IR_CONSTANT_OF || insn->op == IR_INTO) && r->record)
        yk_record_value(*value);
    return !thrown;
}

static uint32_t run_leave(const RunFunction *r, const IrInsn *insn, uint64_t *result) {
    uint64_t slots[64];
    switch (insn->op) {
    case IR_RET:
        *result = run_value(r, insn->a);
        return AOT_RETURNED;
    case IR_EXIT_RETURN:
        *result = run_value(r, insn->a);
        return AOT_BODY_RETURN;
    case IR_EXIT_MERGE:
    case IR_EXIT_BYPASS:
        for (uint32_t i = 0; i < insn->b; i++)
            slots[i] = run_value(r, r->m->extras[insn->a + i]);
        memcpy(result, slots, insn->b * sizeof *slots);
        return insn->op == IR_EXIT_MERGE ? AOT_BODY_MERGE : AOT_BODY_BYPASS;
    default:
        return RUN_THROWN;
    }
}

/* The values that are there at an entry; returns the block. */
static uint32_t run_entry(RunFunction *r, uint32_t entry, const uint64_t *lives) {
    const AotFunction *f = r->f;
    uint32_t block = f->first_block;
    for (uint32_t i = 0; i < RUN_MAX_VALUES; i++)
        r->values[i] = run_undefined;
    if (entry == 0) {
        memcpy(r->values, lives, f->arg_count * sizeof *lives);
        return block;
    }
    while (r->m->blocks[block].resume != entry)
        cr_assert_lt(++block, f->first_block + f->block_count);
    for (uint32_t i = 0; i < r->m->blocks[block].live_count; i++)
        r->values[r->m->extras[r->m->blocks[block].lives + i]] = lives[i];
    for (uint32_t i = 0; i < f->insn_count; i++) /* addresses of locals are in no list */
        if (r->m->insns[f->first_insn + i].op == IR_FRAME)
            run_insn(r, f->first_insn + i);
    return block;
}

static uint32_t run_function(const AotModule *m, uint32_t function, bool record, uint32_t entry,
                             const uint64_t *lives, uint64_t *result, uint8_t *frame) {
    RunFunction *r = malloc(sizeof *r);
    r->m = m;
    r->f = &m->functions[function];
    r->frame = frame;
    r->record = record;
    cr_assert_leq(r->f->arg_count + r->f->insn_count, RUN_MAX_VALUES);
    uint32_t block = run_entry(r, entry, lives), from = UINT32_MAX, how;
    for (;;) {
        uint32_t index = run_phis(r, from, block);
        bool thrown = false;
        if (record)
            yk_record_block(block);
        while (!thrown && !(ir_op_flags[m->insns[index].op] & IR_FLAG_TERMINATOR))
            thrown = !run_insn(r, index++);
        const IrInsn *last = &m->insns[index];
        if (thrown || (last->op != IR_BR && last->op != IR_CONDBR && last->op != IR_SWITCH)) {
            how = thrown ? (uint32_t)RUN_THROWN : run_leave(r, last, result);
            break;
        }
        from = block;
        block = run_target(r, last);
    }
    free(r);
    return how;
}

/* ---- traces --------------------------------------------------------------------------------- */

typedef struct RunTrace {
    const Trace *t;
    uint64_t *values;
    uint8_t *frames;
    uint64_t slots[TRACE_VECTOR_SLOTS]; /* of the entry */
    uint64_t inherited[YK_EXIT_VALUES]; /* of a side trace */
} RunTrace;

static uint64_t run_ref(const RunTrace *r, IrRef ref) {
    if (ref == IR_NONE)
        return run_undefined;
    return trace_is_const(ref) ? trace_bits(r->t, ref) : r->values[ref];
}

static uint64_t run_trace_insn(const RunTrace *r, const IrInsn *insn) {
    const char *letters = ir_op_operands[insn->op];
    const uint32_t operands[3] = {insn->a, insn->b, insn->c};
    uint64_t bits[3] = {0}, arguments[4] = {0};
    for (unsigned i = 0; i < 3; i++)
        if (letters[i] == 'v')
            bits[i] = run_ref(r, operands[i]);
    switch (insn->op) {
    case IR_PARAM:
        return r->slots[insn->a] & ir_type_mask(insn->type);
    case IR_INHERIT:
        return r->inherited[insn->a] & ir_type_mask(insn->type);
    case IR_FRAME:
        return (uintptr_t)(r->frames + insn->a);
    case IR_CALL:
        cr_assert_leq(insn->c, 4);
        for (uint32_t i = 0; i < insn->c; i++)
            arguments[i] = run_ref(r, r->t->extras[insn->b + i]);
        return run_native(bits[0], arguments, insn->type);
    case IR_MERGE:
        return 0;
    default:
        return run_straight(insn, bits);
    }
}

/* Executes the pending stores of a snapshot and stores its values as machine code does, a vector in
 * `slots`; returns the snapshot.
 */
static uint32_t run_save(const RunTrace *r, uint32_t snapshot, uint64_t *slots, uint64_t *values) {
    const TraceSnapshot *s = &r->t->snapshots[snapshot];
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->pending_count; i++)
        run_trace_insn(r, &r->t->pending[s->pending + i]);
    for (uint32_t i = 0; s->frame_count == 0 && i < TRACE_VECTOR_SLOTS; i++)
        slots[i] = run_ref(r, r->t->snapshot_values[s->vector + i]);
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *frame = &r->t->frames[s->frames + i];
        for (uint32_t j = 0; j < frame->value_count; j++)
            values[count++] = run_ref(r, r->t->snapshot_values[frame->values + j]);
    }
    return snapshot;
}

/* The LPHIs behind a LOOP take their values, all at once; returns the last one's number. */
static uint32_t run_lphis(const RunTrace *r, uint32_t loop, bool first) {
    uint64_t next[256];
    uint32_t count = 0;
    for (uint32_t i = loop + 1; i < r->t->insn_count && r->t->insns[i].op == IR_LPHI; i++) {
        cr_assert_lt(count, 256);
        next[count++] = run_ref(r, first ? r->t->insns[i].a : r->t->insns[i].b);
    }
    memcpy(r->values + loop + 1, next, count * sizeof *next);
    return loop + count;
}

/* Enters a trace with the slots (one with INHERITs: with the values of its parent's exit, in
 * `values`) and runs it until it leaves: a loop until a guard fails, but one without LOOP once.
 * Returns the snapshot; its values are in `values`, its vector in `slots`. */
__attribute__((unused)) static uint32_t run_trace(const Trace *t, uint64_t *slots, uint64_t *values,
                                                  uint8_t *frames) {
    RunTrace *r = calloc(1, sizeof *r);
    uint32_t loop = UINT32_MAX, left = t->end_snapshot;
    r->t = t;
    r->frames = frames;
    r->values = calloc(t->insn_count + 1, sizeof *r->values);
    memcpy(r->slots, slots, sizeof r->slots);
    if (t->side)
        memcpy(r->inherited, values, sizeof r->inherited);
    for (uint32_t i = 0; i < t->insn_count || loop != UINT32_MAX; i++) {
        if (i == t->insn_count)
            i = run_lphis(r, loop, false) + 1;
        const IrInsn *insn = &t->insns[i];
        if (insn->op == IR_LOOP) {
            loop = i;
            i = run_lphis(r, loop, true);
        } else if (insn->op == IR_GUARD) {
            if (run_ref(r, insn->a) == insn->b)
                continue;
            left = insn->c;
            break;
        } else {
            r->values[i] = run_trace_insn(r, insn);
        }
    }
    run_save(r, left, slots, values);
    free(r->values);
    free(r);
    return left;
}

#endif
