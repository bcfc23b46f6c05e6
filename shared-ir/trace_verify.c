/* Checks a trace: every index, the types, that values are computed before they are used, that
 * snapshots fit the resume points that they name. */
#include "check.h"
#include "trace.h"

#include "../runtime/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct Verifier {
    IrChecker checker;
    const Trace *t;
    uint32_t defined; /* instructions before this one may be referred to */
    uint32_t loop;    /* the LOOP, or UINT32_MAX */
    uint32_t *needs;  /* by snapshot: 1 + the last instruction that it needs */
} Verifier;

static uint8_t type_of(const void *context, IrRef ref) {
    const Verifier *v = context;
    uint32_t index = ir_index(ref);
    if (ref == IR_NONE)
        return IR_VOID;
    if ((ref & IR_KIND_MASK) == IR_CONST)
        return index < v->t->const_count ? v->t->consts[index].type : (uint8_t)IR_VOID;
    if ((ref & IR_KIND_MASK) != IR_INSN || index >= v->defined)
        return IR_VOID;
    const IrInsn *insn = &v->t->insns[index];
    return ir_has_result(insn) && insn->type < IR_TYPE_COUNT ? insn->type : (uint8_t)IR_VOID;
}

static bool check_consts(Verifier *v) {
    const Trace *t = v->t;
    for (uint32_t i = 0; i < t->const_count; i++) {
        const TraceConst *c = &t->consts[i];
        if (c->type == IR_VOID || c->type >= IR_TYPE_COUNT)
            return check_fail(&v->checker, "constant %" PRIu32 " has no type", i);
        if (c->bits & ~ir_type_mask(c->type))
            return check_fail(&v->checker, "constant %" PRIu32 " is wider than its type", i);
        if (c->symbol == UINT32_MAX)
            continue;
        if (c->type != IR_PTR || c->symbol >= t->module->symbol_count ||
            c->bits != (uintptr_t)t->module->symbols[c->symbol])
            return check_fail(&v->checker, "constant %" PRIu32 " is not the symbol's address", i);
    }
    return true;
}

/* ---- snapshots ------------------------------------------------------------------------------ */

static void need(Verifier *v, uint32_t snapshot, IrRef ref) {
    if (!trace_is_const(ref) && v->needs[snapshot] <= ir_index(ref))
        v->needs[snapshot] = ir_index(ref) + 1;
}

static bool check_refs(Verifier *v, uint32_t snapshot, uint32_t first, uint32_t count) {
    if (!check_range(first, count, v->t->snapshot_value_count))
        return check_fail(&v->checker, "values are outside of the list");
    for (uint32_t i = first; i < first + count; i++) {
        IrRef ref = v->t->snapshot_values[i];
        if (ref == IR_NONE)
            continue;
        if (!check_value(&v->checker, ref, IR_TYPE_COUNT, "a value"))
            return false;
        need(v, snapshot, ref);
    }
    return true;
}

static bool check_pending(Verifier *v, uint32_t snapshot) {
    const Trace *t = v->t;
    const TraceSnapshot *s = &t->snapshots[snapshot];
    if (s->pending_count > TRACE_MAX_PENDING)
        return check_fail(&v->checker, "too many pending stores");
    if (!check_range(s->pending, s->pending_count, t->pending_count))
        return check_fail(&v->checker, "pending stores are outside of the list");
    for (uint32_t i = s->pending; i < s->pending + s->pending_count; i++) {
        const IrInsn *store = &t->pending[i];
        if (store->op != IR_STORE || (store->c & IR_VOLATILE))
            return check_fail(&v->checker, "what is pending is no plain store");
        if (!check_insn(&v->checker, store))
            return false;
        need(v, snapshot, store->a);
        need(v, snapshot, store->b);
    }
    return true;
}

/* The type that the module gives value `number` of a function. */
static uint8_t aot_type(const AotModule *m, const AotFunction *f, uint32_t number) {
    if (number < f->arg_count)
        return (uint8_t)m->strings[f->arg_types + number];
    return m->insns[f->first_insn + number - f->arg_count].type;
}

/* One of `count` frames of a side, the body's first. */
static bool check_frame(Verifier *v, uint32_t snapshot, uint32_t first, uint32_t index,
                        uint32_t count) {
    const Trace *t = v->t;
    const AotModule *m = t->module;
    const TraceFrame *frame = &t->frames[first + index];
    IrChecker *checker = &v->checker;
    if (frame->function >= m->function_count || (index == 0) != (frame->function == m->body))
        return check_fail(checker, "the body comes first and only there");
    const AotFunction *f = &m->functions[frame->function];
    if (index != 0 && (f->flags & AOT_OUTLINED))
        return check_fail(checker, "a function that is never inlined");
    if (frame->block - f->first_block >= f->block_count ||
        m->blocks[frame->block].resume == AOT_NO_RESUME)
        return check_fail(checker, "@%" PRIu32 " is no resume point of the function", frame->block);
    const AotBlock *block = &m->blocks[frame->block];
    if (frame->value_count != block->live_count)
        return check_fail(checker, "@%" PRIu32 " has %" PRIu32 " live values, not %u", frame->block,
                          block->live_count, frame->value_count);
    if (frame->frame_offset % 16 != 0 ||
        !check_range(frame->frame_offset, f->frame_size, t->frame_bytes))
        return check_fail(checker, "frame buffer outside of the area");
    if (!check_refs(v, snapshot, frame->values, frame->value_count))
        return false;
    const IrRef *values = t->snapshot_values + frame->values;
    for (uint32_t i = 0; i < frame->value_count; i++)
        if (values[i] != IR_NONE &&
            !check_value(checker, values[i], aot_type(m, f, m->extras[block->lives + i]),
                         "a live value"))
            return false;
    if (frame->result == UINT16_MAX)
        return true;
    if (index + 1 == count || frame->result >= frame->value_count)
        return check_fail(checker, "no such result");
    if (values[frame->result] != IR_NONE)
        return check_fail(checker, "the result is there already");
    const TraceFrame *next = frame + 1;
    uint32_t number = m->extras[block->lives + frame->result];
    if (number < f->arg_count || m->insns[f->first_insn + number - f->arg_count].op != IR_CALL)
        return check_fail(checker, "the result is not that of a call");
    if (next->function >= m->function_count ||
        m->functions[next->function].return_type != aot_type(m, f, number))
        return check_fail(checker, "the next function returns another type");
    return true;
}

static bool check_snapshot(Verifier *v, uint32_t number) {
    const TraceSnapshot *s = &v->t->snapshots[number];
    v->defined = v->t->insn_count;
    if (s->merge >= v->t->merge_count)
        return check_fail(&v->checker, "no such merge");
    if (!check_pending(v, number))
        return false;
    if (s->frame_count == 0)
        return check_refs(v, number, s->vector, TRACE_VECTOR_SLOTS);
    if (s->flags & TRACE_RESTART)
        return check_fail(&v->checker, "frames where the bytecode is to be executed anew");
    if (!check_range(s->frames, s->frame_count, v->t->frame_count))
        return check_fail(&v->checker, "frames are outside of the list");
    uint32_t count = trace_exit_frames(v->t, number), taken = s->frame_count - count;
    for (uint32_t i = 0; i < count; i++)
        if (!check_frame(v, number, s->frames, i, count))
            return false;
    for (uint32_t i = 0; i < taken; i++)
        if (!check_frame(v, number, s->frames + count, i, taken))
            return false;
    return true;
}

/* ---- instructions --------------------------------------------------------------------------- */

static bool check_guard(Verifier *v, const IrInsn *insn) {
    if (insn->b > 1)
        return check_fail(&v->checker, "guards are for 0 or 1");
    if (insn->c >= v->t->snapshot_count)
        return check_fail(&v->checker, "no such snapshot");
    if (v->needs[insn->c] > v->defined)
        return check_fail(&v->checker, "the snapshot needs %%%" PRIu32 ", which comes later",
                          v->needs[insn->c] - 1);
    return true;
}

static bool check_lphi(Verifier *v, uint32_t number, const IrInsn *insn) {
    uint8_t before = v->t->insns[number - (number != 0)].op;
    if (v->loop == UINT32_MAX || (before != IR_LOOP && before != IR_LPHI))
        return check_fail(&v->checker, "not directly behind the loop's head");
    if (!trace_is_const(insn->a) && ir_index(insn->a) >= v->loop)
        return check_fail(&v->checker, "operand a is not computed before the loop");
    return true;
}

static bool check_place(Verifier *v, uint32_t number) {
    const Trace *t = v->t;
    const IrInsn *insn = &t->insns[number];
    switch (insn->op) {
    case IR_PARAM:
    case IR_INHERIT:
        if (t->side != (insn->op == IR_INHERIT))
            return check_fail(&v->checker, "in the wrong kind of trace");
        if (insn->op == IR_PARAM && insn->a >= TRACE_VECTOR_SLOTS)
            return check_fail(&v->checker, "no such slot");
        return v->loop == UINT32_MAX || check_fail(&v->checker, "in the loop");
    case IR_FRAME:
        return insn->a <= t->frame_bytes || check_fail(&v->checker, "outside of the area");
    case IR_MERGE:
        return insn->a < t->merge_count || check_fail(&v->checker, "no such merge");
    case IR_GUARD:
        return check_guard(v, insn);
    case IR_LOOP:
        if (v->loop != UINT32_MAX)
            return check_fail(&v->checker, "a second loop");
        v->loop = number;
        return t->end == TRACE_LOOP || check_fail(&v->checker, "in a trace that is no loop");
    case IR_LPHI:
        return check_lphi(v, number, insn);
    default:
        return true;
    }
}

static bool check_one(Verifier *v, uint32_t number) {
    IrInsn insn = v->t->insns[number];
    v->defined = number;
    if (insn.op == IR_LPHI) {
        v->defined = v->t->insn_count;
        if (!check_value(&v->checker, insn.b, insn.type, "operand b"))
            return false;
        v->defined = number;
        insn.b = insn.a; /* has been checked; check_insn would refuse a later one */
    }
    return check_insn(&v->checker, &insn) && check_place(v, number);
}

static bool check_end(Verifier *v) {
    const Trace *t = v->t;
    if (t->end != TRACE_LOOP && t->end != TRACE_EXIT && t->end != TRACE_RETURN)
        return check_fail(&v->checker, "no such end");
    if (t->end_snapshot == UINT32_MAX && v->loop != UINT32_MAX)
        return true; /* the LPHIs say it all */
    if (t->end_snapshot >= t->snapshot_count)
        return check_fail(&v->checker, "no such snapshot");
    if (t->snapshots[t->end_snapshot].frame_count != 0)
        return check_fail(&v->checker, "the last snapshot is not at a merge point");
    if (t->snapshots[t->end_snapshot].pending_count != 0)
        return check_fail(&v->checker, "stores are pending at the end");
    return true;
}

static bool verify(Verifier *v, char **error) {
    const Trace *t = v->t;
    int length;
    if (t->out_of_memory) {
        length = asprintf(error, "the trace has run out of memory");
    } else if (!check_consts(v)) {
        length = asprintf(error, "%s", v->checker.text);
    } else {
        for (uint32_t i = 0; i < t->snapshot_count; i++)
            if (!check_snapshot(v, i)) {
                length = asprintf(error, "#%" PRIu32 ": %s", i, v->checker.text);
                goto failed;
            }
        for (uint32_t i = 0; i < t->insn_count; i++)
            if (!check_one(v, i)) {
                uint8_t op = t->insns[i].op;
                length = asprintf(error, "%%%" PRIu32 " (%s): %s", i,
                                  op < IR_OP_COUNT ? ir_op_names[op] : "?", v->checker.text);
                goto failed;
            }
        if (check_end(v))
            return true;
        length = asprintf(error, "end: %s", v->checker.text);
    }
failed:
    if (length < 0)
        *error = NULL;
    return false;
}

bool trace_verify(const Trace *t, char **error) {
    Verifier v = {.t = t, .loop = UINT32_MAX};
    v.checker = (IrChecker){.module = t->module,
                            .context = &v,
                            .type_of = type_of,
                            .form = 'T',
                            .extras = t->extras,
                            .extra_count = t->extra_count};
    *error = NULL;
    v.needs = memory_allocate_zeroed((t->snapshot_count + 1) * sizeof *v.needs);
    if (v.needs == NULL) {
        *error = strdup("out of memory");
        return false;
    }
    bool fine = verify(&v, error);
    memory_free(v.needs);
    return fine;
}
