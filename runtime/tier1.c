/* Tier 1's control; see tier1.h.
 *
 * The head of a loop or function in tier-0 code counts down (YkHeader). When it has run out, native
 * code is left and the loop is recorded, by running the recording clone of the interpreter's body
 * bytecode by bytecode from the state vector. The trace is built here, then optimised and compiled
 * by a worker; the head keeps counting meanwhile, and each time it runs out finished traces are
 * adopted. An adopted trace is a pointer in the head: native code jumps to it from then on. */
#include "tier1.h"
#include "clock.h"
#include "frame.h"
#include "log.h"
#include "memory.h"
#include "tier1_internal.h"
#include "tier1_recording.h"
#include "tier1_sides.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A loop whose traces are left in the midst of bytecodes without side traces more often than once
 * in FEWEST_NS_PER_EXIT costs more than it saves: it is suspended, that is left to tier 0, for so
 * many executions at first, and twice as many each time that it was in vain. Exits at merge points
 * cost next to nothing. */
#define EXIT_WINDOW 1024u
#define FEWEST_NS_PER_EXIT 3000u
#define SUSPENDED_COUNTDOWN 2000
#define MAX_SIDES 40u /* of one loop */
/* Loops and exits wait while so many traces of this state are being compiled: the hottest ask
 * first when there is room again, and what has gone cold meanwhile is never compiled. */
#define MAX_PENDING_LOOPS 6u
#define MAX_PENDING_SIDES 3u
/* What a function does is better a part of the traces of the loops that call it: it gets one of its
 * own only if code without traces goes on to call it, 2^FUNCTION_PATIENCE times as often, from when
 * traces are recorded at all. */
#define FUNCTION_PATIENCE 3u
#define BUSY_COUNTDOWN 100 /* executions of an exit until it asks again */
/* A program that asks less often than this for traces, on average since its start, spends its time
 * in library functions: traces save little, so it shall run for DELAY_FACTOR times as long before
 * it pays for them. Once per POLL_COUNTDOWN executions of a loop's head. */
#define ASKS_PER_MS 10u
#define DELAY_FACTOR 4u

/* Why the program cannot have traces, or NULL. */
static const char *check_module(const AotModule *module) {
    if (module == NULL)
        return "the program has no description of its interpreter";
    if (module->version != AOT_VERSION)
        return "the program was built with another version of yk";
    const AotFunction *body =
        module->body < module->function_count ? &module->functions[module->body] : NULL;
    if (body == NULL || body->record >= module->symbol_count)
        return "the interpreter's loop cannot be recorded";
    return body->frame_size > YK_FRAME_BYTES ? "the interpreter's loop has too many locals" : NULL;
}

/* Compiling costs more processor time than short programs take: it shall not be taken from them. */
static bool is_wanted(const YkConfig *config) {
    cpu_set_t processors;
    if (config->tier1 != YK_TIER1_AUTO)
        return config->tier1 == YK_TIER1_ON;
    return sched_getaffinity(0, sizeof processors, &processors) != 0 || CPU_COUNT(&processors) > 1;
}

void tier1_open(YkTier1 *t1, const YkConfig *config, YkTier0 *tier0) {
    if (t1->disabled || !is_wanted(config))
        return;
    const AotModule *module = &yk_aot_module;
    const char *why = check_module(module);
    void *areas = NULL;
    if (why == NULL) {
        areas = memory_map(NULL, YK_MAX_AREAS * sizeof(YkTraceArea), PROT_READ | PROT_WRITE,
                           MAP_NORESERVE);
        why = areas == NULL ? "out of memory" : NULL;
    }
    if (why != NULL) {
        if (config->log != YK_LOG_OFF)
            log_line(config, "tier1: no traces: %s", why);
        return;
    }
    t1->areas = areas;
    t1->config = config;
    t1->module = module;
    *(const void **)&t1->body = module->symbols[module->functions[module->body].record];
    t1->tier0 = tier0;
    t1->opened_ns = clock_ns();
    t1->recording.forcible = config->force_exits != 0;
    tier0_count_loops(tier0, config->tier1_threshold);
}

#define SHOWN_EXITS 10

/* Sorts the exits of the traces in `list` into those taken most often. */
static unsigned top_exits(const CompiledTrace *list, const Exit **top, unsigned count) {
    for (const CompiledTrace *t = list; t != NULL; t = t->next)
        for (uint32_t i = 0; i < t->ir->snapshot_count; i++) {
            const Exit *exit = &t->exits[i];
            if (exit_taken(exit) == 0)
                continue;
            unsigned at = count;
            for (; at > 0 && exit_taken(top[at - 1]) < exit_taken(exit); at--)
                top[at] = top[at - 1];
            top[at] = exit;
            count += count < SHOWN_EXITS;
        }
    return count;
}

/* The exits through which traces were left most often. */
static void log_exits(const YkTier1 *t1) {
    const Exit *top[SHOWN_EXITS + 1];
    unsigned count = top_exits(t1->traces, top, 0);
    count = top_exits(t1->dead, top, count);
    for (unsigned i = 0; i < count; i++)
        log_line(t1->config, "tier1: exit %u of %s#%u%s: taken %llu times, penalty %u%s",
                 top[i]->snapshot, top[i]->trace->name, top[i]->trace->number,
                 top[i]->frame_count != 0 ? " in a bytecode" : "",
                 (unsigned long long)exit_taken(top[i]), top[i]->penalty,
                 top[i]->code != exit_without_side(top[i]) ? ", has a side trace" : "");
}

/* tests/run-check adds these lines up. */
static void log_forced(const YkTier1 *t1) {
    const ForceCounts *n = &t1->forced;
    if (t1->config->force_exits == 0 || t1->config->log == YK_LOG_OFF)
        return;
    uint64_t others = n->unpassed + n->waiting + n->taken_over + n->unforcible;
    log_line(
        t1->config,
        "tier1: guards: %llu forced, %llu never passed, %llu passed too seldom, %llu taken over "
        "by side traces, %llu with too many values",
        (unsigned long long)(n->guards - others), (unsigned long long)n->unpassed,
        (unsigned long long)n->waiting, (unsigned long long)n->taken_over,
        (unsigned long long)n->unforcible);
}

void tier1_close(YkTier1 *t1) {
    if (t1->tier0 == NULL)
        return;
    if (t1->config->log == YK_LOG_DEBUG)
        log_exits(t1);
    if (t1->config->log == YK_LOG_DEBUG) {
        const Tier1Counts *n = &t1->counts;
        log_line(
            t1->config,
            "tier1: %llu recordings in %.2f ms, %llu aborted, %llu traces, %llu side traces, %llu "
            "not compiled, %llu dropped; %llu exits; the last trace after %.1f ms",
            (unsigned long long)n->recordings, (double)n->recording_ns / 1e6,
            (unsigned long long)n->aborts, (unsigned long long)n->traces,
            (unsigned long long)n->side_traces, (unsigned long long)n->failures,
            (unsigned long long)n->dropped, (unsigned long long)tier1_exits(t1),
            n->adopted != 0 ? (double)(t1->adopted_ns - t1->opened_ns) / 1e6 : 0.0);
    }
    worker_abandon(&t1->inbox);
    for (CompiledTrace *t = t1->traces; t != NULL; t = t->next)
        sides_forget_exits(t);
    tier1_idle(t1);
    while (t1->traces != NULL) {
        CompiledTrace *t = t1->traces;
        t1->traces = t->next;
        force_count(t, &t1->forced);
        compiled_free(t);
    }
    log_forced(t1);
    hardware_close(&t1->hardware, t1->config);
    recording_free(&t1->recording);
    trace_config_release(t1->trace_config);
    t1->trace_config = NULL;
    munmap(t1->areas, YK_MAX_AREAS * sizeof(YkTraceArea));
    t1->tier0 = NULL;
}

/* ---- entries ---- */

/* Where to go on with the vector in the frame, for code that is called by native code. */
static const void *continuation(YkTier1 *t1, const YkFrame *frame) {
    uintptr_t pc = frame->slots[YK_GREEN_SLOT];
    const YkCacheEntry *entry = &tier0_cache(t1->tier0)[cache_index(pc)];
    if (entry->pc == pc)
        return entry->code;
    YkUnit *unit = tier0_unit_at(t1->tier0, pc);
    const void *code = unit != NULL ? tier0_find(unit, pc) : NULL;
    if (code != NULL)
        tier0_link(t1->tier0, unit, pc, code, NULL);
    return code;
}

/* Whether the program has run for so long that it is no short one. */
static bool is_late_enough(YkTier1 *t1) {
    uint64_t delay = (uint64_t)t1->config->tier1_delay_ms * 1000000u;
    if (t1->is_late || delay == 0)
        return true;
    uint64_t elapsed = clock_ns() - t1->opened_ns;
    bool asks_often = ++t1->asked >= elapsed / 1000000u * ASKS_PER_MS;
    t1->is_late = elapsed >= (asks_often ? delay : delay * DELAY_FACTOR);
    return t1->is_late;
}

static bool may_record(YkTier1 *t1, const void *here) {
    if (t1->recording_now && (uintptr_t)here >= t1->recording_at) {
        /* Left by a longjmp: its stack frame is gone, another may be in its place. */
        t1->recording_now = false;
        t1->counts.aborts++;
        hardware_abandon(&t1->hardware);
        recording_end();
    }
    if (!t1->recording_now && t1->trace_count >= (uint32_t)t1->config->trace_capacity) {
        traces_evict(t1);
        return false;
    }
    if (t1->recording_now || t1->disabled ||
        (t1->config->trace_limit >= 0 && t1->next_number >= (uint32_t)t1->config->trace_limit))
        return false;
    return is_late_enough(t1);
}

/* A recording that is left by a longjmp is penalised before it begins. */
static uint32_t record_loop(YkTier1 *t1, YkFrame *frame, YkHeader *header) {
    uint32_t penalty = header->penalty;
    header->unit->traced = true;
    header->penalty += abort_severities[YK_ABORT_STALE];
    header_reset(t1, header);
    uint32_t kind = tier1_record(t1, frame, header, NULL);
    /* The unit, and with it the header, may be gone. */
    if (t1->recording.abort == YK_ABORT_FREED)
        header = NULL;
    else
        header->penalty = penalty;
    tier1_submit(t1, header, NULL);
    return kind;
}

static uint32_t record_side(YkTier1 *t1, YkFrame *frame, Exit *exit) {
    uint32_t penalty = exit->penalty;
    exit->penalty += abort_severities[YK_ABORT_STALE];
    exit_arm(exit, penalised(t1->config->side_trace_threshold, exit->penalty));
    uint32_t kind = tier1_record(t1, frame, NULL, exit);
    exit->penalty = penalty;
    tier1_submit(t1, NULL, t1->recording.abort == YK_ABORT_FREED ? NULL : exit);
    return kind;
}

const void *tier1_hot(YkTier1 *t1, YkFrame *frame, int *result) {
    YkHeader *header = frame->header;
    uint32_t greens = yk_stencil_table.green_count;
    memcpy(frame->slots + YK_GREEN_SLOT, header->greens, greens * sizeof(uint64_t));
    traces_collect(t1);
    *result = YK_NATIVE_MISS;
    if (header->trace != NULL) {
        header->trace->unused = false;
        header->trace->left = 0;
        header->trace->window_ns = clock_ns();
        header_link(header);
        return header->code;
    }
    if (traces_pending(t1, header->awaits)) {
        header->countdown = WAIT_COUNTDOWN;
        return continuation(t1, frame);
    }
    if (header->pending != 0 || t1->pending_count >= MAX_PENDING_LOOPS || !may_record(t1, frame)) {
        header->countdown = POLL_COUNTDOWN;
        return continuation(t1, frame);
    }
    if (header->function && !header->was_hot) {
        header->was_hot = true;
        header->countdown = penalised(t1->config->tier1_threshold, FUNCTION_PATIENCE);
        return continuation(t1, frame);
    }
    uint32_t kind = record_loop(t1, frame, header);
    switch (kind) {
    case AOT_BODY_RETURN:
        frame->result = frame->slots[0];
        *result = YK_NATIVE_RETURN;
        return NULL;
    case AOT_BODY_BYPASS:
        *result = YK_NATIVE_BYPASS;
        return NULL;
    default:
        return continuation(t1, frame);
    }
}

/* At an exit that has run out: whether a side trace is to be recorded. */
static bool may_record_side(YkTier1 *t1, const YkFrame *frame, Exit *exit) {
    const CompiledTrace *root = exit->trace->root;
    exit_arm(exit, WAIT_COUNTDOWN);
    if (exit->trace->dropped || (root != NULL && root->sides >= MAX_SIDES)) {
        exit_arm(exit, INT32_MAX);
        return false;
    }
    if (traces_pending(t1, exit->awaits))
        return false;
    CompiledTrace *side = sides_find(t1, exit);
    if (side != NULL) {
        traces_use_side(exit, side);
        return false;
    }
    exit_arm(exit, BUSY_COUNTDOWN);
    return t1->pending_count < MAX_PENDING_SIDES && may_record(t1, frame);
}

/* Whether traces are being compiled without which it is too early to judge the loop. */
static bool is_growing(const YkTier1 *t1, const CompiledTrace *root) {
    return t1->pending_count >= MAX_PENDING_SIDES || traces_pending_for(t1, root);
}

/* Counts an exit without a side trace; suspends a loop that has too many. */
static void count_exit(YkTier1 *t1, CompiledTrace *root) {
    if (root == NULL || ++root->left < EXIT_WINDOW || root->dropped)
        return;
    uint64_t clock = clock_ns(), elapsed = clock - root->window_ns;
    root->left = 0;
    root->window_ns = clock;
    if (elapsed > (uint64_t)EXIT_WINDOW * FEWEST_NS_PER_EXIT) {
        root->suspensions -= root->suspensions != 0;
        return;
    }
    header_unlink(root->header);
    root->header->countdown = penalised(SUSPENDED_COUNTDOWN, root->suspensions);
    if (is_growing(t1, root))
        return;
    root->suspensions++;
    if (t1->config->log != YK_LOG_OFF)
        log_line(t1->config, "tier1: suspended %s#%u for %d executions: left too often", root->name,
                 root->number, (int)root->header->countdown);
}

/* Executes the bytecode anew, with the vector in the frame: by code of tier 0 or, if it has none,
 * by the interpreter; not by a trace, whose first guard it may be that fails. */
static const void *restart(const YkTier1 *t1, const YkFrame *frame, Exit *exit) {
    uintptr_t pc = frame->slots[YK_GREEN_SLOT];
    const YkUnit *unit = tier0_unit_at(t1->tier0, pc);
    const void *code = unit != NULL ? tier0_find_behind_pad(unit, pc) : NULL;
    if (code == NULL)
        return (const void *)(uintptr_t)&yk_native_leave;
    if (!exit->trace->dropped)
        exit->next = code;
    return code;
}

const void *yk_exit_taken(YkFrame *frame, Exit *exit) {
    YkTier1 *t1 = exit->trace->tier1;
    if (exit->restarts)
        memcpy(frame->slots + YK_GREEN_SLOT, exit_merge(exit)->greens.value,
               t1->module->green_count * sizeof(uint64_t));
    if (exit->frame_count != 0) { /* else machine code has counted */
        exit->countdown--;
        count_exit(t1, exit->trace->root);
    }
    uint32_t kind;
    if (exit->forced && exit->taken_count != 0) {
        kind = exit_resume_forced(frame, exit);
    } else if (exit->countdown < 0 && may_record_side(t1, frame, exit)) {
        kind = record_side(t1, frame, exit);
    } else if (exit->restarts) {
        traces_collect(t1);
        return restart(t1, frame, exit);
    } else {
        kind = exit_resume(frame, exit, EXIT_RESUME);
    }
    traces_collect(t1); /* a loop whose exits are taken all the time may come by nowhere else */
    switch (kind) {
    case AOT_BODY_RETURN:
        frame->slots[YK_GREEN_SLOT] = frame->slots[0];
        return (const void *)(uintptr_t)&yk_native_return;
    case AOT_BODY_BYPASS:
        return (const void *)(uintptr_t)&yk_native_bypass;
    default: {
        const void *code = continuation(t1, frame);
        return code != NULL ? code : (const void *)(uintptr_t)&yk_native_lookup;
    }
    }
}
