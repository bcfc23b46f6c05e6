/* Tier 1's control; see tier1.h.
 *
 * The head of a loop in tier-0 code counts down (YkHeader). When it has run out, native code is
 * left and the loop is recorded, by running the recording clone of the interpreter's body bytecode
 * by bytecode from the state vector. The trace is built here, then optimised and compiled by a
 * worker; the head keeps counting meanwhile, and each time it runs out finished traces are adopted.
 * An adopted trace is a pointer in the head: native code jumps to it from then on. */
#include "tier1.h"
#include "../perf/perf_map.h"
#include "../tier1-trace/build.h"
#include "clock.h"
#include "frame.h"
#include "log.h"
#include "memory.h"
#include "tier1_recording.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* While a trace is being compiled, its loop asks for it after so many executions. */
#define POLL_COUNTDOWN 200
/* An exit whose side trace must wait for another trace tries again after so many executions. */
#define WAIT_COUNTDOWN 5000
/* A loop whose traces are left through exits without side traces more often than once in
 * FEWEST_NS_PER_EXIT costs more than it saves: its traces are dropped, or, while side traces are
 * being compiled, not entered. */
#define EXIT_WINDOW 1024u
#define FEWEST_NS_PER_EXIT 1500u
#define SUSPENDED_COUNTDOWN 2000
#define EXITING_PENALTY 4u
#define MAX_SIDES 40u /* of one loop */
#define MAX_PENALTY 16u

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

void tier1_open(YkTier1 *t1, const YkConfig *config, YkTier0 *tier0) {
    if (!config->tier1 || t1->disabled)
        return;
    const AotModule *module = &yk_aot_module;
    const char *why = check_module(module);
    void *areas = MAP_FAILED;
    if (why == NULL) {
        areas = mmap(NULL, YK_MAX_AREAS * sizeof(YkTraceArea), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        why = areas == MAP_FAILED ? "out of memory" : NULL;
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
    tier0_count_loops(tier0, config->tier1_threshold);
}

/* ---- adopting and dropping ---- */

static void reset_header(const YkTier1 *t1, YkHeader *header) {
    uint32_t penalty = header->penalty < MAX_PENALTY ? header->penalty : MAX_PENALTY;
    int64_t countdown = (int64_t)t1->config->tier1_threshold << penalty;
    header->countdown = countdown > INT32_MAX ? INT32_MAX : (int32_t)countdown;
    header->code = (const void *)(uintptr_t)&yk_native_hot;
    header->trace = NULL;
    header->pending = false;
}

static void log_trace(const YkTier1 *t1, const CompiledTrace *t) {
    if (t1->config->log == YK_LOG_OFF)
        return;
    log_line(t1->config,
             "tier1: compiled %s#%u%s: %u operations, %u optimised, %u guards, %zu bytes, "
             "optimise %.2f ms, compile %.2f ms",
             t->name, t->number, t->parent_exit != NULL ? " (side)" : "", t->insns_before,
             t->insns_after, t->guards, t->code.size, (double)t->optimise_ns / 1e6,
             (double)t->compile_ns / 1e6);
}

static void failed(YkTier1 *t1, CompiledTrace *t) {
    t1->counts.failures++;
    t1->trace_count--;
    if (t1->config->log != YK_LOG_OFF)
        log_line(t1->config, "tier1: no code for %s#%u: %s", t->name, t->number, t->error);
    if (t->header != NULL) {
        t->header->penalty += abort_severities[YK_ABORT_BACKEND];
        reset_header(t1, t->header);
    }
    compiled_free(t);
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
    for (uint32_t i = 0; i < t->ir->snapshot_count; i++)
        t->exits[i].countdown = t1->config->side_trace_threshold;
    t->next = t1->traces;
    t1->traces = t;
    t1->counts.adopted++;
    if (t->header != NULL) {
        t->header->trace = t;
        t->header->pending = false;
        t->header->countdown = 0;
        t->header->code = t->code.entry;
    } else {
        t->parent_exit->code = t->code.entry;
    }
}

static void collect(YkTier1 *t1) {
    if (!worker_has_news(&t1->inbox))
        return;
    for (CompiledTrace *t = worker_collect(&t1->inbox); t != NULL;) {
        CompiledTrace *next = t->next;
        for (CompiledTrace **link = &t1->pending; *link != NULL; link = &(*link)->next_pending)
            if (*link == t) {
                *link = t->next_pending;
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

/* Takes a trace out of use. Its side traces go with it: they return to its exits' frames. */
static void drop(YkTier1 *t1, CompiledTrace *t) {
    if (t->header != NULL)
        reset_header(t1, t->header);
    if (t->parent_exit != NULL) {
        t->parent_exit->code = (const void *)(uintptr_t)&yk_native_deopt;
        t->parent_exit->countdown = t1->config->side_trace_threshold;
    }
    t->dropped = true;
    t1->counts.dropped++;
    t1->trace_count--;
}

/* Moves what is dropped, depends on a dropped trace or on `unit` from `traces` to `dead`. */
static void sweep(YkTier1 *t1, const void *unit) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (CompiledTrace **link = &t1->traces; *link != NULL;) {
            CompiledTrace *t = *link;
            bool orphan = t->parent != NULL && t->parent->dropped;
            if (!orphan && !t->dropped && !depends_on(t, unit)) {
                link = &t->next;
                continue;
            }
            *link = t->next;
            drop(t1, t);
            t->next = t1->dead;
            t1->dead = t;
            changed = true;
        }
    }
    for (CompiledTrace *t = t1->pending; t != NULL; t = t->next_pending)
        if (depends_on(t, unit) || (t->parent != NULL && t->parent->dropped)) {
            t->dropped = true;
            if (t->header != NULL)
                reset_header(t1, t->header);
            t->header = NULL;
        }
}

void tier1_unit_dropped(YkTier1 *t1, YkUnit *unit) {
    if (t1->tier0 == NULL || !unit->traced)
        return;
    if (t1->recording_now)
        t1->recording.abort = YK_ABORT_FREED;
    sweep(t1, unit);
}

void tier1_idle(YkTier1 *t1) {
    while (t1->dead != NULL) {
        CompiledTrace *t = t1->dead;
        t1->dead = t->next;
        compiled_free(t);
    }
}

#define SHOWN_EXITS 10

/* Sorts the exits of the traces in `list` into those taken most often. */
static unsigned top_exits(const CompiledTrace *list, const Exit **top, unsigned count) {
    for (const CompiledTrace *t = list; t != NULL; t = t->next)
        for (uint32_t i = 0; i < t->ir->snapshot_count; i++) {
            const Exit *exit = &t->exits[i];
            if (exit->taken == 0)
                continue;
            unsigned at = count;
            for (; at > 0 && top[at - 1]->taken < exit->taken; at--)
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
        log_line(t1->config, "tier1: exit %u of %s#%u: taken %llu times, penalty %u%s",
                 top[i]->snapshot, top[i]->trace->name, top[i]->trace->number,
                 (unsigned long long)top[i]->taken, top[i]->penalty,
                 top[i]->code != (const void *)(uintptr_t)&yk_native_deopt ? ", has a side trace"
                                                                           : "");
}

void tier1_close(YkTier1 *t1) {
    if (t1->tier0 == NULL)
        return;
    if (t1->config->log == YK_LOG_DEBUG)
        log_exits(t1);
    if (t1->config->log == YK_LOG_DEBUG) {
        const Tier1Counts *n = &t1->counts;
        log_line(t1->config,
                 "tier1: %llu recordings, %llu aborted, %llu traces, %llu side traces, %llu not "
                 "compiled, %llu dropped; %llu exits",
                 (unsigned long long)n->recordings, (unsigned long long)n->aborts,
                 (unsigned long long)n->traces, (unsigned long long)n->side_traces,
                 (unsigned long long)n->failures, (unsigned long long)n->dropped,
                 (unsigned long long)n->exits);
    }
    worker_abandon(&t1->inbox);
    while (t1->traces != NULL) {
        CompiledTrace *t = t1->traces;
        t1->traces = t->next;
        compiled_free(t);
    }
    tier1_idle(t1);
    recording_free(&t1->recording);
    trace_config_release(t1->trace_config);
    t1->trace_config = NULL;
    munmap(t1->areas, YK_MAX_AREAS * sizeof(YkTraceArea));
    t1->tier0 = NULL;
}

/* ---- from a recording to a job ---- */

static int compare_pointers(const void *a, const void *b) {
    uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;
    return (x > y) - (x < y);
}

static bool note_units(CompiledTrace *t, const Recording *r) {
    t->merges = memory_allocate(r->merge_count * sizeof *t->merges);
    if (t->merges == NULL)
        return false;
    memcpy(t->merges, r->merges, r->merge_count * sizeof *t->merges);
    t->merge_count = r->merge_count;
    t->units = memory_allocate((t->ir->merge_count + 1) * sizeof *t->units);
    if (t->units == NULL)
        return false;
    for (uint32_t i = 0; i < t->ir->merge_count; i++)
        t->units[i] = t->ir->merges[i].unit;
    qsort(t->units, t->ir->merge_count, sizeof *t->units, compare_pointers);
    for (uint32_t i = 0; i < t->ir->merge_count; i++)
        if (i == 0 || t->units[i] != t->units[i - 1]) {
            t->units[t->unit_count++] = t->units[i];
            ((YkUnit *)t->units[i])->traced = true;
        }
    return true;
}

/* The merge's unit may be gone if the recording was aborted for that. */
static void name_merge(const YkTier1 *t1, const RecordedMerge *m, char *name, size_t size) {
    snprintf(name, size, "?");
    const YkUnit *unit = m->unit;
    if (t1->namer != NULL && t1->recording.abort != YK_ABORT_FREED)
        t1->namer(unit->location, (const void *)m->greens.value[0], name, size);
}

static void abort_recording(YkTier1 *t1, YkHeader *header, Exit *exit, enum YkAbort why) {
    t1->counts.aborts++;
    const Recording *r = &t1->recording;
    if (t1->config->log != YK_LOG_OFF) {
        char name[160] = "?", where[160] = "?";
        if (r->merge_count > 0) {
            name_merge(t1, &r->merges[0], name, sizeof name);
            name_merge(t1, &r->merges[r->merge_count - 1], where, sizeof where);
        }
        log_line(t1->config, "tier1: aborted %s%s at %s: %s", name, exit != NULL ? " (side)" : "",
                 where, abort_texts[why]);
    }
    if (header != NULL) {
        header->penalty += abort_severities[why];
        reset_header(t1, header);
    } else if (exit != NULL) {
        exit->penalty += abort_severities[why];
        uint32_t penalty = exit->penalty < MAX_PENALTY ? exit->penalty : MAX_PENALTY;
        int64_t countdown = (int64_t)t1->config->side_trace_threshold << penalty;
        exit->countdown = countdown > INT32_MAX ? INT32_MAX : (int32_t)countdown;
        if (why == YK_ABORT_COMPILING)
            exit->countdown = WAIT_COUNTDOWN;
    }
}

/* Builds the trace of the finished recording and gives it to a worker. */
static void submit(YkTier1 *t1, YkHeader *header, Exit *exit) {
    enum YkAbort why = t1->recording.abort;
    Trace *ir = NULL;
    if (why == YK_ABORT_NONE) {
        ir = build_trace(t1->module, &t1->recording, exit != NULL ? exit->trace->ir : NULL, &why);
        if (ir != NULL && ir->out_of_memory) {
            trace_free(ir);
            ir = NULL;
            why = YK_ABORT_NO_MEMORY;
        }
    }
    if (t1->trace_config == NULL)
        t1->trace_config = trace_config_new(t1->config);
    CompiledTrace *t =
        ir != NULL && t1->trace_config != NULL ? memory_allocate_zeroed(sizeof *t) : NULL;
    if (t == NULL) {
        trace_free(ir);
        abort_recording(t1, header, exit, ir != NULL ? YK_ABORT_NO_MEMORY : why);
        return;
    }
    t->tier1 = t1;
    t->ir = ir;
    t->header = header;
    t->parent_exit = exit;
    t->parent = exit != NULL ? exit->trace : NULL;
    t->root = exit != NULL ? exit->trace->root : t;
    t->root->sides += exit != NULL;
    t->number = t1->next_number++;
    t->config = trace_config_share(t1->trace_config);
    name_merge(t1, &t1->recording.merges[0], t->name, sizeof t->name);
    if (!note_units(t, &t1->recording)) {
        compiled_free(t);
        abort_recording(t1, header, exit, YK_ABORT_NO_MEMORY);
        return;
    }
    if (header != NULL) {
        header->pending = true;
        header->countdown = POLL_COUNTDOWN;
        t1->counts.traces++;
    } else {
        exit->countdown = INT32_MAX;
        t1->counts.side_traces++;
    }
    t1->trace_count++;
    t->next_pending = t1->pending;
    t1->pending = t;
    if (!worker_submit(t, &t1->inbox)) {
        t1->disabled = true;
        t1->pending = t->next_pending;
        if (t1->config->log != YK_LOG_OFF)
            log_line(t1->config, "tier1: no traces: %s", t->error);
        if (header != NULL) {
            reset_header(t1, header);
            header->countdown = INT32_MAX;
        }
        compiled_free(t);
        return;
    }
    collect(t1);
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

static bool may_record(YkTier1 *t1, const void *here) {
    if (t1->recording_now && (uintptr_t)here >= t1->recording_at) {
        /* Left by a longjmp: its stack frame is gone, another may be in its place. */
        t1->recording_now = false;
        t1->counts.aborts++;
        recording_end();
    }
    if (t1->recording_now || t1->disabled ||
        t1->trace_count >= (uint32_t)t1->config->trace_capacity ||
        (t1->config->trace_limit >= 0 && t1->next_number >= (uint32_t)t1->config->trace_limit))
        return false;
    return t1->config->tier1_delay_ms == 0 ||
           clock_ns() - t1->opened_ns >= (uint64_t)t1->config->tier1_delay_ms * 1000000u;
}

static bool is_waiting(const YkTier1 *t1, const CompiledTrace *root) {
    for (const CompiledTrace *t = t1->pending; t != NULL; t = t->next_pending)
        if (t->root == root)
            return true;
    return false;
}

const void *tier1_hot(YkTier1 *t1, YkFrame *frame, int *result) {
    YkHeader *header = frame->header;
    uint32_t greens = yk_stencil_table.green_count;
    memcpy(frame->slots + YK_GREEN_SLOT, header->greens, greens * sizeof(uint64_t));
    collect(t1);
    *result = YK_NATIVE_MISS;
    if (header->trace != NULL) {
        if (is_waiting(t1, header->trace)) {
            header->countdown = SUSPENDED_COUNTDOWN;
            return continuation(t1, frame);
        }
        header->trace->left = 0;
        header->trace->window_ns = clock_ns();
        header->countdown = 0;
        header->code = header->trace->code.entry;
        return header->code;
    }
    if (header->pending || !may_record(t1, frame)) {
        header->countdown = header->pending ? POLL_COUNTDOWN : t1->config->tier1_threshold;
        return continuation(t1, frame);
    }
    YkUnit *unit = header->unit;
    unit->traced = true;
    uint32_t kind = tier1_record(t1, frame, unit, NULL);
    /* The unit, and with it the header, may be gone. */
    submit(t1, t1->recording.abort == YK_ABORT_FREED ? NULL : header, NULL);
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

/* Counts an exit without a side trace; gives up a loop that has too many. */
static void count_exit(YkTier1 *t1, CompiledTrace *root) {
    if (++root->left < EXIT_WINDOW || root->dropped)
        return;
    uint64_t clock = clock_ns(), elapsed = clock - root->window_ns;
    root->left = 0;
    root->window_ns = clock;
    if (elapsed > (uint64_t)EXIT_WINDOW * FEWEST_NS_PER_EXIT)
        return;
    if (is_waiting(t1, root)) {
        root->header->code = (const void *)(uintptr_t)&yk_native_hot;
        root->header->countdown = SUSPENDED_COUNTDOWN;
        return;
    }
    if (t1->config->log != YK_LOG_OFF)
        log_line(t1->config, "tier1: dropped %s#%u: left too often", root->name, root->number);
    root->header->penalty += EXITING_PENALTY;
    root->dropped = true;
    sweep(t1, NULL);
}

const void *yk_exit_taken(YkFrame *frame, Exit *exit) {
    YkTier1 *t1 = exit->trace->tier1;
    t1->counts.exits++;
    exit->taken++;
    count_exit(t1, exit->trace->root);
    bool record = false;
    uint32_t kind;
    if (exit->countdown > 0)
        exit->countdown--;
    else if (!exit->trace->dropped && exit->trace->root->sides < MAX_SIDES && may_record(t1, frame))
        record = true;
    if (record) {
        kind = tier1_record(t1, frame, NULL, exit);
        submit(t1, NULL, t1->recording.abort == YK_ABORT_FREED ? NULL : exit);
    } else {
        kind = exit_resume(frame, exit, false);
    }
    collect(t1); /* a loop whose exits are taken all the time may come by nowhere else */
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
