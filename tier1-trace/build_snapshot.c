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

static bool snapshot_at(Builder *b, uint32_t block, bool edge, uint32_t *snapshot) {
    if (build_restart_here(b)) {
        *snapshot = b->restart;
        return true;
    }
    uint32_t s = *snapshot = trace_snapshot_begin(b->t, b->merge), total = 0;
    for (uint32_t i = 0; i < b->depth; i++) {
        BuildFrame *frame = &b->frames[i];
        bool top = i + 1 == b->depth;
        uint32_t at = top ? block : frame->block;
        uint16_t result;
        if (!live_values(b, frame, at, top && edge, &result))
            return false;
        total += b->scratch_count;
        if (total > YK_EXIT_VALUES)
            return build_fail(b, YK_ABORT_VALUES);
        TraceFrame entry = {.function = (uint32_t)(frame->f - b->m->functions),
                            .block = at,
                            .value_count = (uint16_t)b->scratch_count,
                            .result = result,
                            .frame_offset = frame->buffer};
        trace_snapshot_frame(b->t, s, entry, b->scratch);
    }
    return true;
}

bool build_snapshot_here(Builder *b, uint32_t *snapshot) {
    uint32_t block = build_top(b)->block;
    if (b->insn != build_first(b, block))
        return build_fail(b, YK_ABORT_DIVERGED);
    return snapshot_at(b, block, false, snapshot);
}

bool build_snapshot_edge(Builder *b, uint32_t block, uint32_t *snapshot) {
    return snapshot_at(b, block, true, snapshot);
}

uint32_t build_snapshot_vector(Builder *b) {
    uint32_t snapshot = trace_snapshot_begin(b->t, b->merge);
    trace_snapshot_vector(b->t, snapshot, b->vector);
    return snapshot;
}
