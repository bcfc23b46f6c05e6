/* Dead stores, backwards; then dead code (opt_compact.c).
 *
 * A store is dead if another one covers its bytes before anything may look at them: a load that may
 * overlap, a call that may read or not return, a guard, the end, the loop's head or back edge. A
 * store to a frame buffer that has not escaped is dead also if none of these looks at it: loads and
 * guards say which bytes they need.
 *
 * Requires: snapshots that belong to one guard each, or to the end.
 * Keeps: what guards, calls and volatile accesses see; at a guard all memory is exact, but for
 *   frame buffers of functions that are not in the guard's snapshot: those have returned.
 * Breaks: numbers of instructions and snapshots. */
#include "opt_covers.h"

#include "../runtime/memory.h"
#include <string.h>

typedef struct Dead {
    Trace *t;
    Covers covers;
    uint32_t escaped; /* frame offset: from there on others may look */
    uint8_t *needed;  /* [frame_bytes]: bytes of frame buffers that are looked at */
} Dead;

/* Bytes of frame buffers that only this trace can reach. */
static bool is_private(const Dead *d, const AliasAccess *at) {
    return at->base == ALIAS_FRAMES && at->offset >= 0 &&
           at->offset + at->size <= (int64_t)d->escaped &&
           at->offset + at->size <= (int64_t)d->t->frame_bytes;
}

static void need_bytes(Dead *d, uint32_t from, uint32_t to) {
    if (to > d->t->frame_bytes)
        to = d->t->frame_bytes;
    if (from < to)
        memset(d->needed + from, 1, to - from);
}

static void need_frames(Dead *d, uint32_t number) {
    const Trace *t = d->t;
    const TraceSnapshot *s = &t->snapshots[number];
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *frame = &t->frames[s->frames + i];
        need_bytes(d, frame->frame_offset,
                   frame->frame_offset + t->module->functions[frame->function].frame_size);
    }
}

static bool frame_needed(const Dead *d, const AliasAccess *at) {
    for (uint32_t i = 0; i < at->size; i++)
        if (d->needed[(uint64_t)at->offset + i])
            return true;
    return false;
}

static void escape(void *context, IrRef pointer) {
    Dead *d = context;
    uint32_t offset = alias_frame(d->t, pointer);
    if (offset < d->escaped)
        d->escaped = offset;
}

/* What is looked at anywhere from `from` on: at the back edge of the loop all of this may come. */
static void need_all_frames(Dead *d, uint32_t from) {
    const Trace *t = d->t;
    for (uint32_t i = from; i < t->insn_count; i++) {
        if (t->insns[i].op == IR_GUARD)
            need_frames(d, t->insns[i].c);
        else if (t->insns[i].op == IR_LOAD) {
            AliasAccess at = alias_access(&d->covers.classes, t, &t->insns[i]);
            if (at.base == ALIAS_FRAMES && at.offset >= 0)
                need_bytes(d, (uint32_t)at.offset, (uint32_t)at.offset + at.size);
        }
    }
}

static void visit(Dead *d, uint32_t i, bool *dead_stores) {
    const IrInsn *insn = &d->t->insns[i];
    switch (insn->op) {
    case IR_GUARD:
        need_frames(d, insn->c);
        covers_barrier(&d->covers);
        return;
    case IR_LOOP:
        covers_barrier(&d->covers);
        return;
    case IR_CALL:
        if (ir_is_barrier(insn))
            covers_barrier(&d->covers);
        return;
    case IR_LOAD: {
        AliasAccess at = alias_access(&d->covers.classes, d->t, insn);
        covers_look(&d->covers, &at);
        if (at.base == ALIAS_FRAMES && at.offset >= 0)
            need_bytes(d, (uint32_t)at.offset, (uint32_t)at.offset + at.size);
        return;
    }
    case IR_STORE: {
        AliasAccess at = alias_access(&d->covers.classes, d->t, insn);
        if (at.is_volatile)
            return;
        bool private = is_private(d, &at);
        if (covers_find(&d->covers, &at) != NULL || (private && !frame_needed(d, &at))) {
            dead_stores[i] = true;
            return;
        }
        if (private)
            memset(d->needed + at.offset, 0, at.size);
        covers_write(&d->covers, &at, i);
        return;
    }
    default:
        return;
    }
}

static bool find_dead_stores(Dead *d, bool *dead_stores) {
    Trace *t = d->t;
    bool found = false;
    d->escaped = t->side ? 0 : ALIAS_NEVER;
    uint32_t loop = UINT32_MAX;
    for (uint32_t i = 0; i < t->insn_count; i++) {
        alias_escapes(t, &t->insns[i], escape, d);
        if (t->insns[i].op == IR_LOOP)
            loop = i;
    }
    if (loop != UINT32_MAX)
        need_all_frames(d, loop);
    for (uint32_t i = t->insn_count; i-- > 0;) {
        visit(d, i, dead_stores);
        found |= dead_stores[i];
    }
    return found;
}

bool opt_dead(Trace *t, unsigned passes) {
    if (!opt_in_order(t))
        return true;
    if (!opt_compact(t, NULL))
        return false;
    if (!(passes & OPT_STORES))
        return true;
    Dead dead = {.t = t}, *d = &dead;
    d->needed = memory_allocate_zeroed(t->frame_bytes + 1);
    bool *dead_stores = memory_allocate_zeroed(t->insn_count + 1);
    bool ok = d->needed != NULL && dead_stores != NULL && covers_open(&d->covers, t, t->insn_count);
    if (ok && find_dead_stores(d, dead_stores))
        ok = opt_compact(t, dead_stores);
    covers_close(&d->covers);
    memory_free(d->needed);
    memory_free(dead_stores);
    return ok;
}
