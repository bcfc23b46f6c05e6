/* Dead stores and dead code, backwards, in place.
 *
 * A store is dead if another one covers its bytes before anything may look at them: a load that may
 * overlap, a call that may read or not return, a guard, the end, the loop's head or back edge. A
 * store to a frame buffer that has not escaped is dead also if none of these looks at it: loads and
 * guards say which bytes they need.
 *
 * Requires: snapshots that belong to guards, or to the end.
 * Keeps: what guards, calls and volatile accesses see; at a guard all memory is exact, but for
 *   frame buffers of functions that are not in the guard's snapshot: those have returned.
 * Breaks: numbers of instructions and snapshots.
 * Linear: time stamps as in opt_memory.c, running backwards. */
#include "opt.h"

#include "../runtime/memory.h"
#include <string.h>

/* Bytes that will be written before they are read. */
typedef struct Covered {
    AliasAccess at;
    uint32_t time;
    uint32_t chain;
} Covered;

typedef struct Dead {
    Trace *t;
    bool *live;      /* by instruction */
    uint32_t *stack; /* live instructions whose operands have not been looked at */
    uint32_t depth;
    AliasClasses classes; /* touches: by loads */
    Covered *covered;
    uint32_t covered_count;
    uint32_t *buckets; /* index into covered + 1 */
    uint32_t bucket_count;
    uint32_t time;
    uint32_t barrier; /* time of the last guard or so */
    uint32_t escaped; /* frame offset: from there on others may look */
    uint8_t *needed;  /* [frame_bytes]: bytes of frame buffers that are looked at */
} Dead;

static bool has_effects(const IrInsn *insn) {
    switch (insn->op) {
    case IR_LOAD:
        return (insn->c & IR_VOLATILE) != 0;
    case IR_CALL:
        return !ir_is_pure(insn);
    case IR_STORE:
    case IR_GUARD:
    case IR_LOOP:
    case IR_MERGE:
        return true;
    default:
        return false;
    }
}

/* ---- liveness ------------------------------------------------------------------------------- */

static void need(Dead *d, IrRef ref) {
    if (ref == IR_NONE || trace_is_const(ref) || d->live[ir_index(ref)])
        return;
    d->live[ir_index(ref)] = true;
    d->stack[d->depth++] = ir_index(ref);
}

static void need_snapshot(Dead *d, uint32_t number) {
    const Trace *t = d->t;
    const TraceSnapshot *s = &t->snapshots[number];
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *frame = &t->frames[s->frames + i];
        for (uint32_t j = 0; j < frame->value_count; j++)
            need(d, t->snapshot_values[frame->values + j]);
    }
    if (s->frame_count == 0)
        for (uint32_t j = 0; j < TRACE_VECTOR_SLOTS; j++)
            need(d, t->snapshot_values[s->vector + j]);
}

static void need_operands(Dead *d, const IrInsn *insn) {
    const IrRef operands[] = {insn->a, insn->b, insn->c};
    for (unsigned i = 0; i < 3; i++) {
        char letter = ir_op_operands[insn->op][i];
        if (letter == 'v')
            need(d, operands[i]);
        else if (letter == 's')
            need_snapshot(d, operands[i]);
        else if (letter == 'l')
            for (uint32_t j = 0; j < insn->c; j++)
                need(d, d->t->extras[operands[i] + j]);
    }
}

/* Marks what is needed by what has effects; `keep`: stores that are not dead, or NULL for all. */
static void mark(Dead *d, const bool *dead_stores) {
    Trace *t = d->t;
    memset(d->live, 0, t->insn_count * sizeof *d->live);
    d->depth = 0;
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (has_effects(&t->insns[i]) && !(dead_stores != NULL && dead_stores[i])) {
            d->live[i] = true;
            d->stack[d->depth++] = i;
            while (d->depth != 0)
                need_operands(d, &t->insns[d->stack[--d->depth]]);
        }
    if (t->end_snapshot != UINT32_MAX)
        need_snapshot(d, t->end_snapshot);
    while (d->depth != 0)
        need_operands(d, &t->insns[d->stack[--d->depth]]);
}

/* ---- stores --------------------------------------------------------------------------------- */

static uint32_t *bucket(const Dead *d, IrRef base, int64_t granule) {
    uint32_t hash = (base ^ (uint32_t)granule * 0x85ebca6bu) * 0x9e3779b1u;
    return &d->buckets[(hash ^ hash >> 15) & (d->bucket_count - 1)];
}

/* Bytes of frame buffers that only this trace can reach. */
static bool is_private(const Dead *d, const AliasAccess *at) {
    return at->base == ALIAS_FRAMES && at->offset >= 0 &&
           at->offset + at->size <= (int64_t)d->escaped &&
           at->offset + at->size <= (int64_t)d->t->frame_bytes;
}

static bool is_covered(const Dead *d, const AliasAccess *at) {
    for (int64_t granule = at->offset >> 3; granule >= (at->offset - 7) >> 3; granule--)
        for (uint32_t i = *bucket(d, at->base, granule); i != 0; i = d->covered[i - 1].chain) {
            const Covered *c = &d->covered[i - 1];
            if (c->at.base == at->base && c->at.offset <= at->offset &&
                c->at.offset + c->at.size >= at->offset + at->size && c->time >= d->barrier &&
                c->time >= alias_last(&d->classes, at))
                return true;
        }
    return false;
}

static void cover(Dead *d, const AliasAccess *at) {
    uint32_t *head = bucket(d, at->base, at->offset >> 3);
    d->covered[d->covered_count] = (Covered){.at = *at, .time = d->time, .chain = *head};
    *head = ++d->covered_count;
}

/* A load by the same base; alias_last knows of other bases only. */
static void uncover(Dead *d, const AliasAccess *at) {
    for (int64_t granule = (at->offset - 7) >> 3; granule <= (at->offset + at->size - 1) >> 3;
         granule++) {
        uint32_t *link = bucket(d, at->base, granule);
        while (*link != 0) {
            Covered *c = &d->covered[*link - 1];
            if (c->at.base == at->base && c->at.offset < at->offset + at->size &&
                at->offset < c->at.offset + c->at.size)
                *link = c->chain;
            else
                link = &c->chain;
        }
    }
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

static void looks_everywhere(Dead *d) {
    d->barrier = ++d->time;
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
            AliasAccess at = alias_access(&d->classes, t, &t->insns[i]);
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
        looks_everywhere(d);
        return;
    case IR_LOOP:
        looks_everywhere(d);
        return;
    case IR_CALL:
        if (!ir_is_pure(insn))
            looks_everywhere(d);
        return;
    case IR_LOAD: {
        if (!d->live[i])
            return;
        AliasAccess at = alias_access(&d->classes, d->t, insn);
        d->time++;
        uncover(d, &at);
        alias_touch(&d->classes, &at, d->time);
        if (at.base == ALIAS_FRAMES && at.offset >= 0)
            need_bytes(d, (uint32_t)at.offset, (uint32_t)at.offset + at.size);
        return;
    }
    case IR_STORE: {
        AliasAccess at = alias_access(&d->classes, d->t, insn);
        if (at.is_volatile)
            return;
        bool private = is_private(d, &at);
        if (is_covered(d, &at) || (private && !frame_needed(d, &at))) {
            dead_stores[i] = true;
            return;
        }
        if (private)
            memset(d->needed + at.offset, 0, at.size);
        cover(d, &at);
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

/* ---- the rest moves together ---------------------------------------------------------------- */

static IrRef moved(const uint32_t *number, IrRef ref) {
    return ref == IR_NONE || trace_is_const(ref) ? ref : number[ir_index(ref)];
}

static void compact(Dead *d, uint32_t *number, uint32_t *snapshot_number) {
    Trace *t = d->t;
    uint32_t count = 0, snapshots = 0;
    memset(snapshot_number, 0xff, t->snapshot_count * sizeof *snapshot_number);
    for (uint32_t i = 0; i < t->insn_count; i++) {
        number[i] = d->live[i] ? count++ : IR_NONE;
        if (d->live[i] && t->insns[i].op == IR_GUARD)
            snapshot_number[t->insns[i].c] = 0;
    }
    if (t->end_snapshot != UINT32_MAX)
        snapshot_number[t->end_snapshot] = 0;
    /* Snapshots and what belongs to them stay in order. */
    uint32_t frames = 0, values = 0;
    TraceFrame *old_frames = t->frames;
    for (uint32_t s = 0; s < t->snapshot_count; s++) {
        if (snapshot_number[s] == UINT32_MAX)
            continue;
        snapshot_number[s] = snapshots;
        TraceSnapshot *to = &t->snapshots[snapshots++];
        *to = t->snapshots[s];
        uint32_t first = frames;
        for (uint32_t i = 0; i < to->frame_count; i++) {
            TraceFrame frame = old_frames[to->frames + i];
            for (uint32_t j = 0; j < frame.value_count; j++)
                t->snapshot_values[values + j] =
                    moved(number, t->snapshot_values[frame.values + j]);
            frame.values = values;
            values += frame.value_count;
            t->frames[frames++] = frame;
        }
        to->frames = first;
        if (to->frame_count == 0) {
            for (uint32_t j = 0; j < TRACE_VECTOR_SLOTS; j++)
                t->snapshot_values[values + j] = moved(number, t->snapshot_values[to->vector + j]);
            to->vector = values;
            values += TRACE_VECTOR_SLOTS;
        }
    }
    t->snapshot_count = snapshots;
    t->frame_count = frames;
    t->snapshot_value_count = values;
    if (t->end_snapshot != UINT32_MAX)
        t->end_snapshot = snapshot_number[t->end_snapshot];
    uint32_t extras = 0;
    for (uint32_t i = 0; i < t->insn_count; i++) {
        if (!d->live[i])
            continue;
        IrInsn insn = t->insns[i];
        const char *letters = ir_op_operands[insn.op];
        if (letters[0] == 'v')
            insn.a = moved(number, insn.a);
        if (letters[1] == 'v')
            insn.b = moved(number, insn.b);
        if (letters[2] == 'v')
            insn.c = moved(number, insn.c);
        else if (letters[2] == 's')
            insn.c = snapshot_number[insn.c];
        if (letters[1] == 'l') {
            for (uint32_t j = 0; j < insn.c; j++)
                t->extras[extras + j] = moved(number, t->extras[insn.b + j]);
            insn.b = extras;
            extras += insn.c;
        }
        t->insns[number[i]] = insn;
    }
    t->extra_count = extras;
    t->insn_count = count;
}

/* The builder and opt_snapshot append what belongs to one snapshot in one piece, in the order of
 * snapshots, and so do trace_parse and the builder for guards: else compacting in place would
 * overwrite. */
static bool in_order(const Trace *t) {
    uint32_t frames = 0, values = 0, extras = 0;
    for (uint32_t s = 0; s < t->snapshot_count; s++) {
        const TraceSnapshot *snapshot = &t->snapshots[s];
        if (snapshot->frame_count != 0 && snapshot->frames < frames)
            return false;
        frames = snapshot->frames + snapshot->frame_count;
        for (uint32_t i = 0; i < snapshot->frame_count; i++) {
            const TraceFrame *frame = &t->frames[snapshot->frames + i];
            if (frame->value_count != 0 && frame->values < values)
                return false;
            values = frame->value_count != 0 ? frame->values + frame->value_count : values;
        }
        if (snapshot->frame_count == 0) {
            if (snapshot->vector < values)
                return false;
            values = snapshot->vector + TRACE_VECTOR_SLOTS;
        }
    }
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (t->insns[i].op == IR_CALL && t->insns[i].c != 0) {
            if (t->insns[i].b < extras)
                return false;
            extras = t->insns[i].b + t->insns[i].c;
        }
    return true;
}

bool opt_dead(Trace *t, unsigned passes) {
    if (!in_order(t))
        return true;
    Dead dead = {.t = t}, *d = &dead;
    uint32_t count = t->insn_count + 1;
    d->bucket_count = 64;
    while (d->bucket_count < count / 4)
        d->bucket_count *= 2;
    d->live = memory_allocate(count * sizeof *d->live);
    d->stack = memory_allocate(count * sizeof *d->stack);
    d->covered = memory_allocate(count * sizeof *d->covered);
    d->buckets = memory_allocate_zeroed(d->bucket_count * sizeof *d->buckets);
    d->needed = memory_allocate_zeroed(t->frame_bytes + 1);
    bool *dead_stores = memory_allocate_zeroed(count * sizeof *dead_stores);
    uint32_t *number = memory_allocate(count * sizeof *number);
    uint32_t *snapshots = memory_allocate((t->snapshot_count + 1) * sizeof *snapshots);
    bool ok = d->live != NULL && d->stack != NULL && d->covered != NULL && d->buckets != NULL &&
              d->needed != NULL && dead_stores != NULL && number != NULL && snapshots != NULL &&
              alias_open(&d->classes, t) && alias_find_regions(&d->classes, t);
    if (ok) {
        mark(d, NULL);
        if ((passes & OPT_STORES) && find_dead_stores(d, dead_stores))
            mark(d, dead_stores);
        compact(d, number, snapshots);
    }
    alias_close(&d->classes);
    memory_free(d->live);
    memory_free(d->stack);
    memory_free(d->covered);
    memory_free(d->buckets);
    memory_free(d->needed);
    memory_free(dead_stores);
    memory_free(number);
    memory_free(snapshots);
    return ok;
}
