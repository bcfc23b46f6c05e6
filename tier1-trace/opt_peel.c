/* Loop peeling by copy-substitution: the optimised trace becomes the preamble, which is executed
 * once; a second copy, emitted through the same tables with the values of the loop's end in place
 * of the parameters, becomes the body. What the preamble has computed, guarded and loaded needs no
 * second time, so invariants leave the loop.
 *
 * Idea: M. Pall, LuaJIT (lj_opt_loop.c); Ardo, Bolz, Fijalkowski: "Loop-aware optimizations in
 * PyPy's tracing JIT" (DLS 2012). Unlike there, what crosses the back edge is assumed first and
 * verified then:
 *
 * - *Items* are what the body takes over from its predecessor: the slots of the state vector that
 *   are parameters, and the locations of memory whose contents are known at the preamble's end.
 * - A *group* is items with equal values at the head of the loop. Either the value never changes
 *   (it is the preamble's), or it is an LPHI.
 *
 * The first round assumes that all items are invariant. The body is emitted; then each item's value
 * at its end is compared with the assumption: items of a group whose values differ are split; a
 * location that is not known any more is dropped; what was believed of an LPHI's bits is weakened.
 * If an assumption that was used did not hold, the body is thrown away and emitted anew with the
 * weaker ones. The body that stays was made under assumptions that hold at the end of the preamble,
 * and hold after each iteration if they held before: by induction, always. (Optimistic partitioning
 * as in Alpern, Wegman, Zadeck: "Detecting equality of variables in programs", POPL 1988.)
 *
 * Requires: `out` is the walk over `in`, which ends in TRACE_LOOP without a LOOP; end_snapshot of
 *   `in` is the vector.
 * Keeps: what the trace does. A location that is only written in the loop is still written in each
 *   iteration.
 * Linear: per round; at most ROUNDS, and one without assumptions. */
#include "opt.h"

#include "../runtime/memory.h"
#include <string.h>

enum { ROUNDS = 12, SLOT_NONE = 0xff };

typedef struct Item {
    uint8_t slot; /* of the vector; SLOT_NONE: a location */
    bool dropped;
    bool counts;       /* this round used the assumption */
    uint8_t base_slot; /* a location whose base is the value of this slot, or SLOT_NONE */
    uint32_t group;
    uint32_t handle; /* of a location, in this round */
    IrRef end;       /* value at the end of the body */
    AliasAccess at;  /* of a location */
} Item;

typedef struct Group {
    IrRef start;  /* at the end of the preamble */
    bool changes; /* needs an LPHI */
    bool empty;   /* has no items any more */
    uint8_t weakened;
    OptFact fact;   /* assumed of the LPHI */
    uint8_t region; /* the same */
    IrRef head;     /* in this round: the LPHI, or start */
    IrRef end;      /* in this round: of the items that count; IR_NONE: of none yet */
} Group;

/* The state at the end of the preamble. */
typedef struct Mark {
    uint32_t insns, extras, snapshots, frames, values, pending;
    OptInfo *info;
    uint32_t *buckets;
    IrRef *map;
    struct OptMemory *memory;
    OptList list;
} Mark;

typedef struct Peel {
    Optimiser *o;
    Mark mark;
    Item *items;
    uint32_t item_count;
    Group *groups;
    uint32_t group_count, group_capacity;
    uint8_t slot_items[TRACE_VECTOR_SLOTS]; /* index of the item, or SLOT_NONE */
    uint32_t escaped;                       /* at the head */
    bool contradiction;                     /* in the preamble */
} Peel;

/* ---- the mark ------------------------------------------------------------------------------- */

static bool mark_take(Peel *p) {
    Optimiser *o = p->o;
    const Trace *t = o->out;
    Mark *m = &p->mark;
    *m = (Mark){.insns = t->insn_count,
                .extras = t->extra_count,
                .snapshots = t->snapshot_count,
                .frames = t->frame_count,
                .values = t->snapshot_value_count,
                .pending = t->pending_count,
                .list = o->list};
    m->info = memory_allocate((m->insns + 1) * sizeof *m->info);
    m->map = memory_allocate((o->in->insn_count + 1) * sizeof *m->map);
    m->buckets = memory_allocate(o->bucket_count * sizeof *m->buckets);
    m->memory = opt_memory_copy(o->memory);
    if (m->info == NULL || m->map == NULL || m->buckets == NULL || m->memory == NULL)
        return false;
    memcpy(m->map, o->map, o->in->insn_count * sizeof *m->map);
    memcpy(m->info, o->info, m->insns * sizeof *m->info);
    memcpy(m->buckets, o->buckets, o->bucket_count * sizeof *m->buckets);
    return true;
}

static bool mark_return(Peel *p) {
    Optimiser *o = p->o;
    const Mark *m = &p->mark;
    Trace *t = o->out;
    t->insn_count = m->insns;
    t->extra_count = m->extras;
    t->snapshot_count = m->snapshots;
    t->frame_count = m->frames;
    t->snapshot_value_count = m->values;
    t->pending_count = m->pending;
    memcpy(o->info, m->info, m->insns * sizeof *m->info);
    memcpy(o->buckets, m->buckets, o->bucket_count * sizeof *m->buckets);
    memcpy(o->map, m->map, o->in->insn_count * sizeof *m->map);
    o->contradiction = p->contradiction;
    o->list = m->list;
    return opt_memory_restore(o->memory, m->memory);
}

/* ---- items and groups ----------------------------------------------------------------------- */

static uint32_t new_group(Peel *p, IrRef start, bool changes) {
    if (p->group_count == p->group_capacity) {
        uint32_t capacity = p->group_capacity * 2 + 32;
        Group *grown = memory_reallocate(p->groups, capacity * sizeof *grown);
        if (grown == NULL) {
            p->o->out->out_of_memory = true;
            return 0;
        }
        p->groups = grown;
        p->group_capacity = capacity;
    }
    /* As known at the end of the preamble, not what guards in the body have added. */
    OptFact fact =
        trace_is_const(start) ? opt_fact(p->o, start) : p->mark.info[ir_index(start)].fact;
    uint8_t region = opt_region(p->o, start);
    if (opt_list_region(p->o, region)) /* of that value alone */
        region = 0;
    p->groups[p->group_count] =
        (Group){.start = start, .changes = changes, .fact = fact, .region = region, .end = IR_NONE};
    return p->group_count++;
}

/* The group of the items with value `start`. Called before any round: all values are of the
 * preamble. `by_insn`: group
 * + 1 by instruction; constants have groups of their own. */
static uint32_t first_group(Peel *p, uint32_t *by_insn, IrRef start) {
    if (trace_is_const(start))
        return new_group(p, start, false);
    uint32_t *entry = &by_insn[ir_index(start)];
    if (*entry == 0)
        *entry = new_group(p, start, false) + 1;
    return *entry == 0 ? 0 : *entry - 1;
}

/* What a slot holds at the end; an unused one may hold anything, and then always does the same. */
static IrRef vector_value(const Peel *p, uint8_t slot, uint8_t type) {
    const Trace *in = p->o->in;
    const TraceSnapshot *s = &in->snapshots[in->end_snapshot];
    IrRef ref = in->snapshot_values[s->vector + slot];
    return ref == IR_NONE ? opt_number(p->o, type, 0) : opt_use(p->o, ref);
}

/* The slot whose value at the head is `ref`, among those that may change; or SLOT_NONE. */
static uint8_t slot_of_base(const Peel *p, IrRef ref) {
    for (uint8_t slot = 0; slot < TRACE_VECTOR_SLOTS; slot++) {
        uint8_t item = p->slot_items[slot];
        if (item != SLOT_NONE && p->groups[p->items[item].group].start == ref)
            return slot;
    }
    return SLOT_NONE;
}

static bool make_items(Peel *p) {
    Optimiser *o = p->o;
    uint32_t locations = opt_memory_known(o, NULL);
    OptLocation *list = memory_allocate((locations + 1) * sizeof *list);
    uint32_t *by_insn = memory_allocate_zeroed((o->out->insn_count + 1) * sizeof *by_insn);
    p->items = memory_allocate_zeroed((locations + TRACE_VECTOR_SLOTS) * sizeof *p->items);
    p->group_capacity = locations + 2 * TRACE_VECTOR_SLOTS;
    p->groups = memory_allocate(p->group_capacity * sizeof *p->groups);
    bool ok = list != NULL && by_insn != NULL && p->items != NULL && p->groups != NULL;
    o->out->out_of_memory |= !ok;
    memset(p->slot_items, SLOT_NONE, sizeof p->slot_items);
    for (uint32_t i = 0; ok && i < o->in->insn_count; i++) {
        const IrInsn *insn = &o->in->insns[i];
        if (insn->op != IR_PARAM || p->slot_items[insn->a] != SLOT_NONE)
            continue;
        IrRef start = vector_value(p, (uint8_t)insn->a, insn->type);
        ok = trace_type(o->out, start) == insn->type;
        if (!ok)
            break;
        p->slot_items[insn->a] = (uint8_t)p->item_count;
        p->items[p->item_count++] = (Item){.slot = (uint8_t)insn->a,
                                           .base_slot = SLOT_NONE,
                                           .group = first_group(p, by_insn, start)};
    }
    if (ok) {
        opt_memory_known(o, list);
        for (uint32_t i = 0; i < locations; i++)
            p->items[p->item_count++] = (Item){.slot = SLOT_NONE,
                                               .at = list[i].access,
                                               .base_slot = slot_of_base(p, list[i].access.base),
                                               .group = first_group(p, by_insn, list[i].value)};
    }
    memory_free(list);
    memory_free(by_insn);
    return ok;
}

/* ---- one round ------------------------------------------------------------------------------ */

static void emit_head(Peel *p) {
    Optimiser *o = p->o;
    opt_append(o, (IrInsn){.op = IR_LOOP, .type = IR_VOID});
    for (uint32_t i = 0; i < p->group_count; i++)
        p->groups[i].empty = true;
    for (uint32_t i = 0; i < p->item_count; i++)
        if (!p->items[i].dropped)
            p->groups[p->items[i].group].empty = false;
    for (uint32_t i = 0; i < p->group_count; i++) {
        Group *g = &p->groups[i];
        g->head = g->start;
        g->end = IR_NONE;
        if (!g->changes || g->empty)
            continue;
        /* The second operand is not known yet. */
        g->head = opt_append(o, (IrInsn){.op = IR_LPHI,
                                         .type = trace_type(o->out, g->start),
                                         .a = g->start,
                                         .b = g->start});
        if (o->out->out_of_memory)
            return;
        opt_set_fact(o, g->head, g->fact);
        o->info[ir_index(g->head)].region = g->region;
    }
    opt_memory_forget(o->memory);
    opt_memory_set_escaped(o->memory, p->escaped);
    for (uint32_t i = 0; i < p->item_count; i++) {
        Item *item = &p->items[i];
        const Group *g = &p->groups[item->group];
        if (item->slot != SLOT_NONE || item->dropped)
            continue;
        OptLocation location = {item->at, trace_type(o->out, g->start), g->head};
        if (item->base_slot != SLOT_NONE)
            location.access.base = p->groups[p->items[p->slot_items[item->base_slot]].group].head;
        item->handle = opt_memory_assume(o, &location);
    }
    for (uint32_t i = 0; i < o->in->insn_count; i++)
        if (o->in->insns[i].op == IR_PARAM)
            o->map[i] = p->groups[p->items[p->slot_items[o->in->insns[i].a]].group].head;
}

/* What the location of an item holds at the end of the body; casts may be emitted. */
static IrRef location_end(Peel *p, const Item *item) {
    Optimiser *o = p->o;
    AliasAccess at = item->at;
    if (item->base_slot != SLOT_NONE) {
        int64_t offset;
        alias_address(o->out, p->items[p->slot_items[item->base_slot]].end, &at.base, &offset);
        at.offset = (int64_t)((uint64_t)at.offset + (uint64_t)offset);
    }
    return opt_memory_value(o, &at, trace_type(o->out, p->groups[item->group].start));
}

/* The values of the items that count at the end of the body. */
static void find_ends(Peel *p) {
    Optimiser *o = p->o;
    for (uint32_t i = 0; i < p->item_count; i++) {
        Item *item = &p->items[i];
        item->counts = item->slot != SLOT_NONE;
        if (item->counts)
            item->end =
                vector_value(p, item->slot, trace_type(o->out, p->groups[item->group].start));
        else
            item->end = IR_NONE;
    }
    /* To look at one location may use what is assumed of another. */
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < p->item_count; i++) {
            Item *item = &p->items[i];
            if (item->counts || item->dropped || !opt_memory_used(o->memory, item->handle))
                continue;
            item->counts = more = true;
            item->end = location_end(p, item);
        }
    }
}

/* Weakens what does not hold; returns whether there was something. */
static bool verify(Peel *p) {
    Optimiser *o = p->o;
    bool failed = false;
    uint32_t old_groups = p->group_count;
    for (uint32_t i = 0; i < p->item_count; i++) {
        Item *item = &p->items[i];
        if (!item->counts)
            continue;
        if (item->end == IR_NONE) {
            item->dropped = failed = true;
            continue;
        }
        IrRef start = p->groups[item->group].start;
        bool changes = p->groups[item->group].changes;
        if (!changes ? item->end == opt_resolve(o, start) : p->groups[item->group].end == item->end)
            continue;
        if (changes && p->groups[item->group].end == IR_NONE) {
            p->groups[item->group].end = item->end;
            continue;
        }
        /* To the others that left the group with this value. */
        failed = true;
        uint32_t g = old_groups;
        while (g < p->group_count && (p->groups[g].start != start || p->groups[g].end != item->end))
            g++;
        if (g == p->group_count) {
            new_group(p, start, true);
            if (o->out->out_of_memory)
                return true;
            p->groups[g].end = item->end;
        }
        item->group = g;
    }
    for (uint32_t i = 0; i < old_groups; i++) {
        Group *g = &p->groups[i];
        if (!g->changes || g->end == IR_NONE)
            continue;
        if (g->region != 0 && opt_region(o, g->end) != g->region) {
            g->region = 0;
            failed = true;
        }
        OptFact end = opt_fact(o, g->end);
        if (opt_fact_implies(&end, &g->fact))
            continue;
        failed = true;
        OptFact none = opt_fact_of_type(trace_type(o->out, g->start));
        OptFact weak = g->weakened++ == 0 ? opt_fact_join(&g->fact, &end) : none;
        /* Bounds that move would go on to move. */
        if (weak.low != g->fact.low)
            weak.low = 0;
        if (weak.high != g->fact.high)
            weak.high = none.high;
        g->fact = weak;
    }
    uint32_t escaped = opt_memory_escaped(o->memory);
    if (escaped < p->escaped) {
        p->escaped = escaped;
        failed = true;
    }
    return failed;
}

/* Nothing is assumed any more. */
static void give_up(Peel *p) {
    p->escaped = 0;
    for (uint32_t i = 0; i < p->item_count; i++) {
        Item *item = &p->items[i];
        if (item->slot == SLOT_NONE) {
            item->dropped = true;
            continue;
        }
        item->group = new_group(p, p->groups[item->group].start, true);
        if (p->o->out->out_of_memory)
            return;
        Group *g = &p->groups[item->group];
        g->fact = opt_fact_of_type(trace_type(p->o->out, g->start));
        g->region = 0;
    }
}

static void close_loop(Peel *p) {
    Trace *t = p->o->out;
    for (uint32_t i = 0; i < p->group_count; i++) {
        const Group *g = &p->groups[i];
        if (g->changes && !g->empty && g->end != IR_NONE)
            t->insns[ir_index(g->head)].b = g->end;
    }
}

bool opt_peel(Optimiser *o) {
    Peel peel = {.o = o,
                 .contradiction = o->contradiction,
                 .escaped = opt_memory_escaped(o->memory)},
         *p = &peel;
    bool ok = !o->contradiction && !o->in->side, stable = false;
    if (ok && !mark_take(p))
        o->out->out_of_memory = true;
    ok = ok && !o->out->out_of_memory && make_items(p);
    for (unsigned round = 1; ok && !stable && !o->out->out_of_memory; round++) {
        if (!mark_return(p)) {
            o->out->out_of_memory = true;
            break;
        }
        emit_head(p);
        if (o->out->out_of_memory)
            break;
        opt_walk(o);
        if (o->out->out_of_memory)
            break;
        if (o->contradiction) {
            ok = false;
            break;
        }
        find_ends(p);
        stable = !verify(p);
        if (!stable && round >= ROUNDS)
            give_up(p);
    }
    if (ok && stable && !o->out->out_of_memory)
        close_loop(p);
    else if (p->mark.memory != NULL && !o->out->out_of_memory && !mark_return(p))
        o->out->out_of_memory = true;
    memory_free(p->mark.info);
    memory_free(p->mark.map);
    memory_free(p->mark.buckets);
    opt_memory_free(p->mark.memory);
    memory_free(p->items);
    memory_free(p->groups);
    return ok && stable && !o->out->out_of_memory;
}
