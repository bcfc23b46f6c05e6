/* Snapshots: where and with which values the interpreter goes on when a guard fails: if the
 * bytecode cannot be executed anew (build_restart.c), in the functions that are inlined there.
 *
 * The functions around the innermost are at the blocks behind their calls; the value of such a call
 * is what the function above will return, so it is left out and its place noted. */
#include "../runtime/memory.h"
#include "build_internal.h"

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
static bool add_frames(Builder *b, uint32_t s, uint32_t block, bool edge) {
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

static bool snapshot_at(Builder *b, uint32_t block, bool edge, uint32_t *snapshot) {
    *snapshot = build_restart_here(b) ? b->restart : trace_snapshot_begin(b->t, b->merge);
    return *snapshot == b->restart || add_frames(b, *snapshot, block, edge);
}

void build_forcible(Builder *b, uint32_t snapshot) {
    if (b->r->forcible && !b->t->out_of_memory)
        b->t->snapshots[snapshot].flags |= TRACE_FORCIBLE;
}

bool build_snapshot_here(Builder *b, uint32_t *snapshot) {
    uint32_t block = build_top(b)->block;
    if (b->insn != build_first(b, block))
        return build_fail(b, YK_ABORT_DIVERGED);
    if (!snapshot_at(b, block, false, snapshot))
        return false;
    build_forcible(b, *snapshot);
    return true;
}

bool build_snapshot_edge(Builder *b, uint32_t block, uint32_t taken, uint32_t *snapshot) {
    if (!snapshot_at(b, block, true, snapshot))
        return false;
    if (*snapshot == b->restart || !b->r->forcible ||
        count_values(b, block) + count_values(b, taken) > YK_EXIT_VALUES)
        return true;
    build_forcible(b, *snapshot);
    return add_frames(b, *snapshot, taken, true);
}

uint32_t build_snapshot_vector(Builder *b) {
    uint32_t snapshot = trace_snapshot_begin(b->t, b->merge);
    trace_snapshot_vector(b->t, snapshot, b->vector);
    build_forcible(b, snapshot);
    return snapshot;
}
