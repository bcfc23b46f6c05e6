/* Running what a failed guard has left to do, and the table that says what that is.
 *
 * The innermost function goes first, from its resume point; what it returns becomes a live value of
 * the function around it, which then goes on behind its call; the body comes last and ends at the
 * next merge point. The values lie in frame->area->values, which nothing else of this activation
 * uses while clones run; the clones may call anything, also back into native code, which has
 * activations of its own. */
#include "exit.h"
#include "../runtime/memory.h"
#include "../tier1-trace/recorder.h"

#include <stddef.h>

/* Before it is run. */
static AotClone choose(const ExitFrame *frame, uint32_t depth, enum ExitClones clones) {
    if (clones == EXIT_RESUME)
        return frame->resume;
    recording_in(depth, frame->frame_end);
    return clones == EXIT_RECORD ? frame->record : replay_clone(recorder_module(), frame->function);
}

uint32_t exit_resume(YkFrame *frame, const Exit *exit, enum ExitClones clones) {
    uint64_t *slots = frame->slots;
    if (exit->frame_count == 0)
        return AOT_BODY_MERGE;
    for (uint32_t i = exit->frame_count - 1; i > 0; i--) {
        const ExitFrame *inner = &exit->frames[i], *outer = inner - 1;
        uint64_t result = 0;
        choose(inner, i, clones)(inner->entry, frame->area->values + inner->values, &result,
                                 frame->area->frames + inner->frame_offset);
        if (outer->result != UINT32_MAX)
            frame->area->values[outer->result] = result;
    }
    const ExitFrame *body = &exit->frames[0];
    return choose(body, 0, clones)(body->entry, frame->area->values + body->values, slots,
                                   frame->area->frames + body->frame_offset);
}

uint32_t exit_resume_forced(YkFrame *frame, const Exit *exit) {
    Exit taken = *exit;
    taken.frames += exit->frame_count;
    taken.frame_count = exit->taken_count;
    return exit_resume(frame, &taken, EXIT_RESUME);
}

_Static_assert(offsetof(Exit, next) == 8 && offsetof(Exit, countdown) == 16, "the thunks know");

static AotClone clone_at(const AotModule *module, uint32_t symbol) {
    return symbol == UINT32_MAX ? NULL : (AotClone)(uintptr_t)module->symbols[symbol];
}

Exit *exits_make(const Trace *t, struct CompiledTrace *owner) {
    uint32_t frame_count = 0;
    for (uint32_t i = 0; i < t->snapshot_count; i++)
        frame_count += t->snapshots[i].frame_count;
    Exit *exits = memory_allocate_zeroed(t->snapshot_count * sizeof(Exit) +
                                         frame_count * sizeof(ExitFrame) + 1);
    if (exits == NULL)
        return NULL;
    ExitFrame *next = (ExitFrame *)(exits + t->snapshot_count);
    for (uint32_t i = 0; i < t->snapshot_count; i++) {
        const TraceSnapshot *snapshot = &t->snapshots[i];
        Exit *exit = &exits[i];
        exit->snapshot = i;
        exit->trace = owner;
        exit->frame_count = trace_exit_frames(t, i);
        exit->taken_count = snapshot->frame_count - exit->frame_count;
        exit->frames = next;
        exit->restarts = (snapshot->flags & TRACE_RESTART) != 0;
        exit->code = exit_without_side(exit);
        exit->next = (const void *)(uintptr_t)&yk_native_exit_slow;
        for (uint32_t j = 0; j < snapshot->frame_count; j++, next++) {
            const TraceFrame *frame = &t->frames[snapshot->frames + j];
            const AotFunction *f = &t->module->functions[frame->function];
            next->resume = clone_at(t->module, f->resume);
            next->record = clone_at(t->module, f->record);
            next->function = frame->function;
            next->entry = t->module->blocks[frame->block].resume;
            next->values = exit->value_count;
            next->result =
                frame->result == UINT16_MAX ? UINT32_MAX : exit->value_count + frame->result;
            next->frame_offset = frame->frame_offset;
            next->frame_end = frame->frame_offset + f->frame_size;
            exit->value_count += frame->value_count;
        }
    }
    return exits;
}
