/* Snapshots: where and with which values the interpreter goes on when a guard fails.
 *
 * The functions around the innermost are at the blocks behind their calls; the value of such a call
 * is what the function above will return, so it is left out and its place noted. */
#include "../runtime/memory.h"
#include "build_internal.h"

#include <string.h>

bool build_phi(Builder *b, const IrInsn *phi, uint32_t pred, IrRef *value) {
    for (uint32_t i = 0; i < phi->b; i++)
        if (b->m->extras[phi->a + 2 * i] == pred) {
            *value = build_operand(b, b->m->extras[phi->a + 2 * i + 1], phi->type);
            return true;
        }
    return build_fail(b, YK_ABORT_DIVERGED);
}

/* One frame's live values at `block`, in the scratch list; `edge`: coming from the block in
 * execution, so that phis are evaluated for it. Only the frame on top can be on an edge. */
static bool live_values(Builder *b, BuildFrame *frame, uint32_t block, bool edge,
                        uint16_t *result) {
    const AotBlock *target = &b->m->blocks[block];
    if (target->resume == AOT_NO_RESUME)
        return build_fail(b, YK_ABORT_DIVERGED);
    *result = UINT16_MAX;
    b->scratch_count = 0;
    for (uint32_t i = 0; i < target->live_count; i++) {
        uint32_t n = b->m->extras[target->lives + i];
        IrRef value = frame->values[n];
        if (frame->result == n) {
            *result = (uint16_t)i;
            value = IR_NONE;
        } else if (edge && n >= frame->f->arg_count) {
            uint32_t insn = n - frame->f->arg_count + frame->f->first_insn;
            if (insn - target->first < target->count && b->m->insns[insn].op == IR_PHI &&
                !build_phi(b, &b->m->insns[insn], frame->block, &value))
                return false;
        }
        if (!build_scratch(b, value))
            return false;
    }
    return true;
}

/* How many values all frames have, with that on top at `block`. */
static uint32_t count_values(const Builder *b, uint32_t block) {
    uint32_t count = b->m->blocks[block].live_count;
    for (uint32_t i = 0; i + 1 < b->depth; i++)
        count += b->m->blocks[b->frames[i].block].live_count;
    return count;
}

/* Appends all frames, that on top at `block`, to a snapshot. */
static bool snapshot_at(Builder *b, uint32_t s, uint32_t block, bool edge) {
    if (count_values(b, block) > YK_EXIT_VALUES)
        return build_fail(b, YK_ABORT_VALUES);
    for (uint32_t i = 0; i < b->depth; i++) {
        BuildFrame *frame = &b->frames[i];
        bool top = i + 1 == b->depth;
        uint32_t at = top ? block : frame->block;
        uint16_t result;
        if (!live_values(b, frame, at, top && edge, &result))
            return false;
        TraceFrame entry = {.function = (uint32_t)(frame->f - b->m->functions),
                            .block = at,
                            .value_count = (uint16_t)b->scratch_count,
                            .result = result,
                            .frame_offset = frame->buffer};
        trace_snapshot_frame(b->t, s, entry, b->scratch);
    }
    return true;
}

/* The interpreter looks anew at what is guarded, or the snapshot has both sides. */
static void may_be_forced(Builder *b, uint32_t snapshot) {
    if (b->r->forcible && !b->t->out_of_memory)
        b->t->snapshots[snapshot].flags |= TRACE_FORCIBLE;
}

bool build_snapshot_here(Builder *b, uint32_t *snapshot) {
    uint32_t block = build_top(b)->block;
    if (b->insn != build_first(b, block))
        return build_fail(b, YK_ABORT_DIVERGED);
    *snapshot = trace_snapshot_begin(b->t, b->merge);
    if (!snapshot_at(b, *snapshot, block, false))
        return false;
    may_be_forced(b, *snapshot);
    return true;
}

bool build_snapshot_edge(Builder *b, uint32_t block, uint32_t taken, uint32_t *snapshot) {
    *snapshot = trace_snapshot_begin(b->t, b->merge);
    if (!snapshot_at(b, *snapshot, block, true))
        return false;
    if (!b->r->forcible || count_values(b, block) + count_values(b, taken) > YK_EXIT_VALUES)
        return true;
    may_be_forced(b, *snapshot);
    return snapshot_at(b, *snapshot, taken, true);
}

static bool had_effect(const Builder *b, uint32_t since) {
    for (uint32_t i = since; i < b->t->insn_count; i++) {
        const IrInsn *insn = &b->t->insns[i];
        bool load = insn->op == IR_LOAD && !(insn->c & IR_VOLATILE);
        if (!load && !ir_is_pure(insn) && insn->op != IR_GUARD && insn->op != IR_MERGE)
            return true;
    }
    return false;
}

bool build_note_restart(Builder *b) {
    BuildRestart *restart = &b->restarts[b->merge];
    BuildFrame *body = &b->frames[0];
    uint16_t result;
    if (restart->known || restart->none)
        return true;
    if (b->depth != 1 || had_effect(b, restart->insns)) {
        restart->none = true;
        return true;
    }
    if (b->m->blocks[body->block].resume == AOT_NO_RESUME)
        return true;
    if (!live_values(b, body, body->block, false, &result))
        return false;
    uint32_t count = b->restart_value_count + b->scratch_count;
    if (count > b->restart_value_capacity) {
        IrRef *grown = memory_reallocate(b->restart_values, 2 * count * sizeof *grown);
        if (grown == NULL)
            return build_fail(b, YK_ABORT_NO_MEMORY);
        b->restart_values = grown;
        b->restart_value_capacity = 2 * count;
    }
    restart->known = b->scratch_count <= YK_EXIT_VALUES;
    restart->none = !restart->known;
    restart->block = body->block;
    restart->values = b->restart_value_count;
    restart->value_count = b->scratch_count;
    if (b->scratch_count != 0)
        memcpy(b->restart_values + restart->values, b->scratch,
               b->scratch_count * sizeof *b->scratch);
    b->restart_value_count = count;
    return true;
}

void build_restarts(Builder *b) {
    for (uint32_t i = 0; i < b->r->merge_count; i++) {
        const BuildRestart *restart = &b->restarts[i];
        if (!restart->known)
            continue;
        uint32_t s = trace_snapshot_begin(b->t, i);
        TraceFrame frame = {.function = b->m->body,
                            .block = restart->block,
                            .value_count = (uint16_t)restart->value_count,
                            .result = UINT16_MAX,
                            .frame_offset = 0};
        trace_snapshot_frame(b->t, s, frame, b->restart_values + restart->values);
        b->t->snapshots[s].flags = TRACE_RESTART;
        may_be_forced(b, s);
    }
}

uint32_t build_snapshot_vector(Builder *b) {
    uint32_t snapshot = trace_snapshot_begin(b->t, b->merge);
    trace_snapshot_vector(b->t, snapshot, b->vector);
    may_be_forced(b, snapshot);
    return snapshot;
}
