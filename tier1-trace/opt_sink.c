/* Store sinking: a store whose bytes will be written again before anything but exits looks at them
 * happens only if such an exit is taken. It leaves the trace and becomes a pending store of the
 * snapshots of the guards between it and the store that covers it.
 *
 * In the body of a loop the covering store may be that of the next iteration: then the store is
 * pending, too, at the guards between the loop's head and there, with the value of the iteration
 * before, which is an LPHI. Where the loop is entered this is what the preamble has left in memory,
 * so that the first iteration's exits write what is there already. A store of the preamble does not
 * become pending in the body.
 *
 * A pending store comes later than all stores that have happened in front of its guard. So nothing
 * that may write some of its bytes stands between it and the store that covers it, and the pending
 * stores of a snapshot are in the order of the trace.
 *
 * What sinks lies in a declared region (yk_region), that is the language's own memory, or is a
 * field of which that was said (yk_late). The rest, the list of frames above all, is the
 * interpreter's: a signal handler finds its way by it, and sets flags there that interrupt loops.
 * It must find what the interpreter would show it.
 *
 * Idea: M. Pall, LuaJIT (lj_opt_sink.c, for allocations; there the slots of the stack live in
 * snapshots only); J. Knoop, O. Ruething, B. Steffen: "Partial dead code elimination" (PLDI 1994).
 *
 * Requires: snapshots that belong to one guard each, in the order of the guards, without pending
 *   stores; else nothing is done. No dead code: a dead load would be one that looks.
 * Keeps: what calls, loads and volatile accesses see, and memory after each exit and at the end.
 * Breaks: numbers of instructions; memory is not exact at guards any more.
 * Linear, but for what is pending: at most TRACE_MAX_PENDING stores at a guard. */
#include "opt_covers.h"

#include "../runtime/memory.h"
#include <string.h>

typedef struct Sunk {
    uint32_t at; /* the STORE */
    uint32_t by; /* the one that covers it; <= at: in the next iteration */
    /* In the latter case: what the preamble leaves there, or IR_NONE, and the value at the head. */
    IrRef start, head;
    AliasAccess place; /* that it writes */
    bool reached;      /* the preamble has accessed these bytes since it last called: they exist */
} Sunk;

typedef struct Sink {
    Trace *t;
    Covers covers;
    uint32_t loop;    /* the LOOP, or UINT32_MAX */
    uint32_t *before; /* [insn_count + 1]: how many guards stand in front of an instruction */
    uint32_t guard_count;
    uint8_t *pending; /* by number of the guard: how many stores */
    Sunk *sunk;       /* [sunk_count], in the order of the trace when it is complete */
    uint32_t sunk_count;
} Sink;

static bool is_carried(const Sunk *s) {
    return s->by <= s->at;
}

static bool is_invariant(const Sink *s, IrRef ref) {
    return trace_is_const(ref) || ir_index(ref) < s->loop;
}

/* ---- which stores --------------------------------------------------------------------------- */

static bool has_room(const Sink *s, uint32_t from, uint32_t to) {
    for (uint32_t i = s->before[from]; i < s->before[to]; i++)
        if (s->pending[i] == TRACE_MAX_PENDING)
            return false;
    return true;
}

static void take_room(Sink *s, uint32_t from, uint32_t to) {
    for (uint32_t i = s->before[from]; i < s->before[to]; i++)
        s->pending[i]++;
}

/* Sinks a store that is covered, if it can be. */
static void sink(Sink *s, uint32_t at, uint32_t by, const AliasAccess *place) {
    const IrInsn *store = &s->t->insns[at];
    Sunk sunk = {.at = at, .by = by, .start = IR_NONE, .head = IR_NONE, .place = *place};
    uint32_t end = is_carried(&sunk) ? s->t->insn_count : by;
    /* The byte of an i1 may have had another value than 0 and 1 where the loop is entered. */
    if (is_carried(&sunk) && (!is_invariant(s, store->a) || store->type == IR_I1))
        return;
    if (!has_room(s, at, end) || (is_carried(&sunk) && !has_room(s, s->loop, by)))
        return;
    take_room(s, at, end);
    if (is_carried(&sunk))
        take_room(s, s->loop, by);
    s->sunk[s->sunk_count++] = sunk;
}

static bool may_sink(const Sink *s, const IrInsn *store, const AliasAccess *at) {
    const AotModule *m = s->t->module;
    bool late = m != NULL && (m->classes[store->c & ~IR_VOLATILE].size & AOT_CLASS_LATE);
    return !at->is_volatile && (at->region != 0 || late);
}

static void visit(Sink *s, uint32_t i, bool decide) {
    const IrInsn *insn = &s->t->insns[i];
    if (ir_is_barrier(insn))
        covers_barrier(&s->covers);
    if (insn->op != IR_LOAD && insn->op != IR_STORE)
        return;
    AliasAccess at = alias_access(&s->covers.classes, s->t, insn);
    if (insn->op == IR_STORE && decide && may_sink(s, insn, &at)) {
        const Cover *cover = covers_find(&s->covers, &at);
        if (cover != NULL)
            sink(s, i, cover->by, &at);
    }
    covers_look(&s->covers, &at);
    if (insn->op == IR_STORE && !at.is_volatile)
        covers_write(&s->covers, &at, i);
}

static void find_sunk(Sink *s) {
    uint32_t i = s->t->insn_count;
    if (s->loop != UINT32_MAX) {
        /* What an iteration writes before it looks, for the one before. */
        while (--i > s->loop)
            visit(s, i, false);
        for (i = s->t->insn_count; --i > s->loop;)
            visit(s, i, true);
        covers_barrier(&s->covers);
    }
    while (i-- > 0)
        visit(s, i, true);
    for (uint32_t j = 0; j < s->sunk_count / 2; j++) {
        Sunk other = s->sunk[j];
        s->sunk[j] = s->sunk[s->sunk_count - 1 - j];
        s->sunk[s->sunk_count - 1 - j] = other;
    }
}

/* ---- values at the head of the loop --------------------------------------------------------- */

static void reach(Sink *s, const AliasAccess *at) {
    for (uint32_t i = 0; i < s->sunk_count; i++) {
        const AliasAccess *place = &s->sunk[i].place;
        s->sunk[i].reached |=
            at->base == place->base && at->offset <= place->offset &&
            (uint64_t)place->offset - (uint64_t)at->offset + place->size <= at->size;
    }
}

/* What the loop stores only behind its guards may be nowhere: the index of an array, say, that the
 * preamble had another of. Such stores stay: an exit of the first iteration must not do them. */
static void keep_unreached(Sink *s) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < s->sunk_count; i++)
        if (!is_carried(&s->sunk[i]) || s->sunk[i].reached)
            s->sunk[left++] = s->sunk[i];
    s->sunk_count = left;
}

/* The values that the preamble leaves where the carried stores go, where they are known: a walk
 * backwards from the head, to the last access of these bytes. */
static bool find_starts(Sink *s) {
    Trace *t = s->t;
    Covers wanted;
    if (!covers_open(&wanted, t, s->sunk_count))
        return false;
    for (uint32_t i = 0; i < s->sunk_count; i++)
        if (is_carried(&s->sunk[i]))
            covers_write(&wanted, &s->sunk[i].place, i);
    bool called = false;
    for (uint32_t i = s->loop; i-- > 0;) {
        const IrInsn *insn = &t->insns[i];
        if (ir_is_barrier(insn)) {
            covers_barrier(&wanted);
            called = true;
        }
        if (insn->op != IR_LOAD && insn->op != IR_STORE)
            continue;
        AliasAccess at = alias_access(&wanted.classes, t, insn);
        if (!called)
            reach(s, &at);
        const Cover *cover = at.is_volatile ? NULL : covers_find(&wanted, &at);
        if (cover != NULL && cover->at.offset == at.offset && cover->at.size == at.size &&
            s->sunk[cover->by].start == IR_NONE)
            s->sunk[cover->by].start = insn->op == IR_LOAD ? IR_INSN | i : insn->b;
        if (insn->op == IR_STORE)
            covers_look(&wanted, &at);
    }
    covers_close(&wanted);
    keep_unreached(s);
    return true;
}

/* An LPHI that the loop has already, or IR_NONE. */
static IrRef find_phi(const Sink *s, IrRef start, IrRef next) {
    const Trace *t = s->t;
    for (uint32_t i = s->loop + 1; i < t->insn_count && t->insns[i].op == IR_LPHI; i++)
        if (t->insns[i].a == start && t->insns[i].b == next)
            return IR_INSN | i;
    return IR_NONE;
}

static IrRef shifted(const Sink *s, IrRef ref, uint32_t by) {
    bool moves = ref != IR_NONE && !trace_is_const(ref) && ir_index(ref) >= s->loop;
    return moves ? ref + by : ref;
}

/* Makes room for `loads` instructions in front of the LOOP and `phis` behind it. */
static bool insert(Sink *s, uint32_t loads, uint32_t phis) {
    Trace *t = s->t;
    uint32_t old = t->insn_count, by = loads + phis;
    for (uint32_t i = 0; i < by; i++)
        trace_append(t, (IrInsn){.op = IR_LOOP, .type = IR_VOID});
    if (t->out_of_memory)
        return false;
    IrInsn *head = &t->insns[s->loop];
    memmove(head + by + 1, head + 1, (old - s->loop - 1) * sizeof *head);
    head[loads] = head[0];
    for (uint32_t i = 0; i < t->insn_count; i++) {
        IrInsn *insn = &t->insns[i];
        const char *letters = ir_op_operands[insn->op];
        insn->a = letters[0] == 'v' ? shifted(s, insn->a, by) : insn->a;
        insn->b = letters[1] == 'v' ? shifted(s, insn->b, by) : insn->b;
        insn->c = letters[2] == 'v' ? shifted(s, insn->c, by) : insn->c;
    }
    for (uint32_t i = 0; i < t->extra_count; i++)
        t->extras[i] = shifted(s, t->extras[i], by);
    for (uint32_t i = 0; i < t->snapshot_value_count; i++)
        t->snapshot_values[i] = shifted(s, t->snapshot_values[i], by);
    return true;
}

/* As a value of the type, or IR_NONE. */
static IrRef of_type(Trace *t, IrRef ref, uint8_t type) {
    if (ref == IR_NONE || trace_type(t, ref) == type)
        return ref;
    return trace_is_const(ref) ? trace_const(t, type, trace_bits(t, ref)) : IR_NONE;
}

/* Finds the values at the head, and makes those that there are not yet. */
static bool carry(Sink *s) {
    Trace *t = s->t;
    uint32_t loads = 0, phis = 0;
    if (!find_starts(s))
        return false;
    for (uint32_t i = 0; i < s->sunk_count; i++) {
        Sunk *sunk = &s->sunk[i];
        if (!is_carried(sunk))
            continue;
        const IrInsn *store = &t->insns[sunk->at];
        sunk->start = of_type(t, sunk->start, store->type);
        sunk->head = sunk->start == store->b ? store->b : find_phi(s, sunk->start, store->b);
        phis += sunk->head == IR_NONE;
        loads += sunk->start == IR_NONE;
    }
    if (!insert(s, loads, phis))
        return false;
    uint32_t load = s->loop, phi = load + loads + 1;
    for (uint32_t i = 0; i < s->sunk_count; i++) {
        Sunk *sunk = &s->sunk[i];
        bool carried = is_carried(sunk);
        sunk->at += sunk->at > s->loop ? loads + phis : 0;
        sunk->by += sunk->by > s->loop ? loads + phis : 0;
        sunk->head = shifted(s, sunk->head, loads + phis);
        if (!carried || sunk->head != IR_NONE)
            continue;
        IrInsn store = t->insns[sunk->at];
        if (sunk->start == IR_NONE) {
            t->insns[load] = (IrInsn){
                .op = IR_LOAD, .type = store.type, .aux = store.aux, .a = store.a, .c = store.c};
            sunk->start = IR_INSN | load++;
        }
        t->insns[phi] = (IrInsn){.op = IR_LPHI, .type = store.type, .a = sunk->start, .b = store.b};
        sunk->head = IR_INSN | phi++;
    }
    s->loop += loads;
    return true;
}

/* ---- snapshots ------------------------------------------------------------------------------ */

/* What is pending at a place of the trace. */
typedef struct Active {
    uint32_t by; /* until there */
    IrInsn store;
} Active;

static void add_pending(Trace *t, uint32_t snapshot, const Active *active, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        trace_snapshot_pending(t, snapshot, active[i].store);
}

/* The stores of the iteration before. */
static uint32_t begin_iteration(const Sink *s, Active *active) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->sunk_count; i++)
        if (is_carried(&s->sunk[i])) {
            active[count] = (Active){.by = s->sunk[i].by, .store = s->t->insns[s->sunk[i].at]};
            active[count++].store.b = s->sunk[i].head;
        }
    return count;
}

static uint32_t end_covered(Active *active, uint32_t count, uint32_t by) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++)
        if (active[i].by != by)
            active[left++] = active[i];
    return left;
}

/* `removed`: by instruction, false. */
static void fill_snapshots(Sink *s, Active *active, bool *removed) {
    Trace *t = s->t;
    uint32_t count = 0, next = 0;
    for (uint32_t i = 0; i < t->insn_count; i++) {
        const IrInsn *insn = &t->insns[i];
        if (insn->op == IR_LOOP)
            count = begin_iteration(s, active);
        else if (insn->op == IR_GUARD)
            add_pending(t, insn->c, active, count);
        if (insn->op != IR_STORE)
            continue;
        count = end_covered(active, count, i);
        if (next == s->sunk_count || s->sunk[next].at != i)
            continue;
        const Sunk *sunk = &s->sunk[next++];
        removed[i] = true;
        active[count++] = (Active){.by = is_carried(sunk) ? UINT32_MAX : sunk->by, .store = *insn};
    }
}

/* ---- the pass ------------------------------------------------------------------------------- */

/* Counts the guards in front of each instruction; whether the snapshots are as they must be. */
static bool count_guards(Sink *s) {
    const Trace *t = s->t;
    uint32_t last = UINT32_MAX;
    s->guard_count = 0;
    for (uint32_t i = 0; i < t->insn_count; i++) {
        const IrInsn *insn = &t->insns[i];
        s->before[i] = s->guard_count;
        if (insn->op == IR_LOOP)
            s->loop = i;
        if (insn->op != IR_GUARD)
            continue;
        if ((last != UINT32_MAX && insn->c <= last) || insn->c == t->end_snapshot)
            return false;
        last = insn->c;
        s->guard_count++;
    }
    s->before[t->insn_count] = s->guard_count;
    return t->pending_count == 0;
}

static bool apply(Sink *s) {
    Trace *t = s->t;
    if (s->loop != UINT32_MAX && !carry(s))
        return false;
    Active *active = memory_allocate((s->sunk_count + 1) * 2 * sizeof *active);
    bool *removed = memory_allocate_zeroed(t->insn_count + 1);
    bool ok = active != NULL && removed != NULL;
    if (ok) {
        fill_snapshots(s, active, removed);
        ok = !t->out_of_memory && opt_compact(t, removed);
    }
    memory_free(active);
    memory_free(removed);
    return ok;
}

bool opt_sink(Trace *t) {
    Sink sink = {.t = t, .loop = UINT32_MAX}, *s = &sink;
    if (!opt_in_order(t))
        return true;
    s->before = memory_allocate((t->insn_count + 1) * sizeof *s->before);
    s->pending = memory_allocate_zeroed(t->insn_count + 1);
    s->sunk = memory_allocate((t->insn_count + 1) * sizeof *s->sunk);
    bool ok = s->before != NULL && s->pending != NULL && s->sunk != NULL;
    if (ok && count_guards(s)) {
        ok = covers_open(&s->covers, t, 2 * t->insn_count);
        if (ok) {
            find_sunk(s);
            ok = s->sunk_count == 0 || apply(s);
            covers_close(&s->covers);
        }
    }
    memory_free(s->before);
    memory_free(s->pending);
    memory_free(s->sunk);
    return ok;
}
