/* Traces from the moment they come back from a worker: adopted, linked, dropped, freed. A trace
 * that is dropped may still be on the native stack: it is freed when no native code is active. */
#include "../perf/perf_map.h"
#include "clock.h"
#include "log.h"
#include "tier1_internal.h"
#include "tier1_sides.h"

#include <string.h>

#define MAX_PENALTY 16u

int32_t penalised(int32_t threshold, uint32_t penalty) {
    int64_t countdown = (int64_t)threshold << (penalty < MAX_PENALTY ? penalty : MAX_PENALTY);
    return countdown > INT32_MAX ? INT32_MAX : (int32_t)countdown;
}

void exit_punish(const YkTier1 *t1, Exit *exit, enum YkAbort why) {
    exit->penalty += abort_severities[why];
    exit->awaits = 0;
    exit_arm(exit, penalised(t1->config->side_trace_threshold, exit->penalty));
}

/* The loop is run by tier 0, for a while at least. */
void header_unlink(YkHeader *header) {
    header->code = (const void *)(uintptr_t)&yk_native_hot;
    header->link = header->pad;
}

void header_reset(const YkTier1 *t1, YkHeader *header) {
    header->countdown = penalised(t1->config->tier1_threshold, header->penalty);
    header_unlink(header);
    header->trace = NULL;
    header->pending = 0;
    header->awaits = 0;
}

void header_link(YkHeader *header) {
    header->countdown = 0;
    header->code = header->link = header->trace->code.entry;
}

static void log_trace(const YkTier1 *t1, const CompiledTrace *t) {
    if (t1->config->log == YK_LOG_OFF)
        return;
    log_line(t1->config,
             "tier1: compiled %s#%u%s: %u operations, %u optimised, %u guards, %zu bytes, "
             "optimise %.2f ms, compile %.2f ms",
             t->name, t->number, t->side ? " (side)" : "", t->insns_before, t->insns_after,
             t->guards, t->code.size, (double)t->optimise_ns / 1e6, (double)t->compile_ns / 1e6);
}

void traces_use_side(Exit *exit, CompiledTrace *side) {
    if (side->code.entry == NULL) {
        exit->awaits = 1 + side->number;
        return;
    }
    exit->awaits = 0;
    sides_link(exit, side);
    if (side->root == NULL)
        side->root = exit->trace->root;
}

static void failed(YkTier1 *t1, CompiledTrace *t) {
    t1->counts.failures++;
    t1->trace_count--;
    if (t1->config->log != YK_LOG_OFF)
        log_line(t1->config, "tier1: no code for %s#%u: %s", t->name, t->number, t->error);
    if (t->header != NULL) {
        t->header->penalty += abort_severities[YK_ABORT_BACKEND];
        header_reset(t1, t->header);
    }
    if (t->parent_exit != NULL && !t->dropped)
        exit_punish(t1, t->parent_exit, YK_ABORT_BACKEND);
    if (t->form != NULL)
        sides_remove(t1, t);
    compiled_free(t);
}

/* Where an exit at a merge point goes on. */
static const void *next_code(const Exit *exit) {
    if (!exit->restarts)
        return (const void *)(uintptr_t)&yk_native_lookup;
    const RecordedMerge *merge = exit_merge(exit);
    const void *code = tier0_find_behind_pad(merge->unit, merge->greens.value[0]);
    return code != NULL ? code : (const void *)(uintptr_t)&yk_native_exit_slow;
}

/* A new trace's exits lead to the side traces that there are, or on. */
static void open_exits(YkTier1 *t1, CompiledTrace *t) {
    for (uint32_t i = 0; i < t->ir->snapshot_count; i++) {
        Exit *exit = &t->exits[i];
        exit_arm(exit, t1->config->side_trace_threshold);
        if (exit->frame_count == 0)
            exit->next = next_code(exit);
        CompiledTrace *side = sides_find(t1, exit);
        if (side != NULL)
            traces_use_side(exit, side);
    }
}

static void adopt(YkTier1 *t1, CompiledTrace *t) {
    if (t->dropped || t->code.entry == NULL) {
        if (t->error == NULL)
            t->error = strdup("its bytecode was freed");
        failed(t1, t);
        return;
    }
    log_trace(t1, t);
    if (t1->config->perf_map) {
        char name[200];
        snprintf(name, sizeof name, "%s#%u", t->name, t->number);
        perf_map_add(t->code.start, t->code.size, "lua1:", name);
    }
    open_exits(t1, t);
    t->next = t1->traces;
    t1->traces = t;
    t1->counts.adopted++;
    t1->adopted_ns = clock_ns();
    if (t->header != NULL) {
        t->header->trace = t;
        t->header->pending = 0;
        t->header->penalty -= t->header->penalty != 0; /* decays */
        header_link(t->header);
    } else if (t->parent_exit != NULL) {
        traces_use_side(t->parent_exit, t);
        t->parent_exit = NULL;
    }
}

void traces_collect(YkTier1 *t1) {
    if (!worker_has_news(&t1->inbox))
        return;
    for (CompiledTrace *t = worker_collect(&t1->inbox); t != NULL;) {
        CompiledTrace *next = t->next;
        for (CompiledTrace **link = &t1->pending; *link != NULL; link = &(*link)->next_pending)
            if (*link == t) {
                *link = t->next_pending;
                t1->pending_count--;
                break;
            }
        adopt(t1, t);
        t = next;
    }
}

static bool depends_on(const CompiledTrace *t, const void *unit) {
    for (uint32_t i = 0; i < t->unit_count; i++)
        if (t->units[i] == unit)
            return true;
    return false;
}

const void *const link_to_lookup = (const void *)(uintptr_t)&yk_native_lookup;
const void *const link_to_return = (const void *)(uintptr_t)&yk_native_return;

/* Takes a trace out of use. Its side traces stay: they may serve others. What its end leads to may
 * be gone. */
static void drop(YkTier1 *t1, CompiledTrace *t) {
    if (t->link.cell != &link_to_return)
        t->link.cell = &link_to_lookup;
    if (t->header != NULL)
        header_reset(t1, t->header);
    if (t->form != NULL)
        sides_remove(t1, t);
    for (uint32_t i = 0; i < t->ir->snapshot_count; i++)
        t->exits[i].next = (const void *)(uintptr_t)&yk_native_exit_slow;
    t->dropped = true;
    t1->counts.dropped++;
    t1->trace_count--;
}

/* Nothing refers to traces that have been dropped. */
static void forget_dropped(YkTier1 *t1) {
    for (CompiledTrace *t = t1->traces; t != NULL; t = t->next)
        if (t->root != NULL && t->root->dropped)
            t->root = NULL;
    for (CompiledTrace *t = t1->pending; t != NULL; t = t->next_pending) {
        if (t->root != NULL && t->root->dropped)
            t->root = NULL;
        if (t->parent_exit != NULL && t->parent_exit->trace->dropped)
            t->parent_exit = NULL;
    }
}

/* Moves what is dropped or depends on `unit` from `traces` to `dead`. */
void traces_sweep(YkTier1 *t1, const void *unit) {
    for (CompiledTrace **link = &t1->traces; *link != NULL;) {
        CompiledTrace *t = *link;
        if (!t->dropped && !depends_on(t, unit)) {
            link = &t->next;
            continue;
        }
        *link = t->next;
        drop(t1, t);
        t->next = t1->dead;
        t1->dead = t;
    }
    for (CompiledTrace *t = t1->pending; t != NULL; t = t->next_pending)
        if (depends_on(t, unit)) {
            t->dropped = true;
            if (t->header != NULL)
                header_reset(t1, t->header);
            t->header = NULL;
        }
    forget_dropped(t1);
}

bool traces_pending(const YkTier1 *t1, uint32_t number) {
    for (const CompiledTrace *t = t1->pending; number != 0 && t != NULL; t = t->next_pending)
        if (t->number + 1 == number)
            return true;
    return false;
}

bool traces_pending_for(const YkTier1 *t1, const CompiledTrace *root) {
    for (const CompiledTrace *t = t1->pending; t != NULL; t = t->next_pending)
        if (t->root == root)
            return true;
    return false;
}

/* Time for traces to prove that they are used. */
#define EVICTION_NS 10000000u

/* Loops are unlinked, once: the next to enter one comes by tier1_hot. Those that nobody has entered
 * when this is called again go, and side traces that nothing leads to. */
void traces_evict(YkTier1 *t1) {
    uint64_t clock = clock_ns();
    if (clock - t1->evicted_ns < EVICTION_NS)
        return;
    t1->evicted_ns = clock;
    for (CompiledTrace *t = t1->traces; t != NULL; t = t->next) {
        t->dropped = t->root == NULL ? t->entries == NULL : t->root == t && t->unused;
        if (t->dropped && t1->config->log != YK_LOG_OFF)
            log_line(t1->config, "tier1: evicted %s#%u", t->name, t->number);
        if (t->root == t && !t->unused) {
            t->unused = true;
            header_unlink(t->header);
            t->header->countdown = 0;
        }
    }
    for (CompiledTrace *t = t1->traces; t != NULL; t = t->next)
        t->dropped |= t->root != NULL && t->root->dropped;
    traces_sweep(t1, NULL);
}

void tier1_unit_dropped(YkTier1 *t1, YkUnit *unit) {
    if (t1->tier0 == NULL || !unit->traced)
        return;
    if (t1->recording_now)
        t1->recording.abort = YK_ABORT_FREED;
    traces_sweep(t1, unit);
}

static uint64_t exits_taken(const CompiledTrace *t) {
    uint64_t taken = 0;
    for (uint32_t i = 0; i < t->ir->snapshot_count; i++)
        taken += exit_taken(&t->exits[i]);
    return taken;
}

uint64_t tier1_exits(const YkTier1 *t1) {
    uint64_t taken = t1->counts.exits;
    for (const CompiledTrace *t = t1->traces; t != NULL; t = t->next)
        taken += exits_taken(t);
    for (const CompiledTrace *t = t1->dead; t != NULL; t = t->next)
        taken += exits_taken(t);
    return taken;
}

void tier1_idle(YkTier1 *t1) {
    while (t1->dead != NULL) {
        CompiledTrace *t = t1->dead;
        t1->dead = t->next;
        t1->counts.exits += exits_taken(t);
        sides_forget_exits(t);
        compiled_free(t);
    }
}
