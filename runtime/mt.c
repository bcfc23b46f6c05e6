/* The meta-tracer's control: what happens when a location's counter has run out, and when
 * bytecode dies.
 *
 * A location counts down from the threshold in the interpreter. When it has run out, the copy of
 * the path to the merge point calls yk_enter, which runs the location's native code, or asks to be
 * called with what it takes to make it (yk_enter_with_ranges). New code is not run at once: the
 * location counts down once more, by half the threshold. Then the counter stays at zero, so that
 * the location enters native code each time.
 *
 * Native code comes back here when a dynamic jump finds nothing. The interpreter is then asked to
 * pass the merge point's arguments anew (YK_ENTER_AGAIN): only it can say which location and which
 * memory belong to the new pc. */
#include "mt.h"
#include "../perf/perf_map.h"
#include "../tier0-cnp/tier0.h"
#include "activation.h"
#include "clock.h"
#include "log.h"
#include "memory.h"
#include "process_lock.h"
#include "tier1.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Executions after which a location is tried again that got no native code. */
#define RETRY_FULL (1 << 16)
#define NEVER INT32_MAX
/* New code waits for one GRACEth of the threshold before it is run for the first time: what becomes
 * hot until then becomes executable with it, by one call of the system. */
#define GRACE 2

struct YkMT {
    /* What every entry of native code touches, together. */
    YkActivations activations;
    const YkCacheEntry *cache; /* of tier0 */
    YkTraceArea *areas;        /* of tier1 */
    uint64_t entries;          /* for yk_mt_counts */
    /* Changes when a unit is dropped; a location's unit is as old as its state. */
    uint32_t generation;
    bool again;    /* the next yk_enter_with_ranges follows YK_ENTER_AGAIN */
    bool disabled; /* tier 0 could not be opened */
    bool warned_full;

    YkTier0 *tier0; /* opened when the first location is hot */
    YkCell *missed; /* the dynamic jump that leads to the next yk_enter_with_ranges, or NULL */
    YkConfig config;
    YkNamer namer;
    YkCounts counts;
    YkTier1 tier1;
};
static_assert(offsetof(YkMT, tier0) <= 64, "the fields of the fast path");

static YkConfig process_config;
static bool process_configured;

const YkConfig *yk_config_current(char **error) {
    process_lock();
    if (!process_configured)
        process_configured = yk_config_load(&process_config, error);
    process_unlock();
    return process_configured ? &process_config : NULL;
}

void yk_config_use(const YkConfig *config) {
    process_lock();
    process_config = *config;
    process_configured = true;
    process_unlock();
}

const char *yk_version(void) {
    return YK_VERSION;
}

YkMT *yk_mt_new(char **error) {
    if (error != NULL)
        *error = NULL;
    const YkConfig *config = yk_config_current(error);
    if (config == NULL || !config->jit)
        return NULL;
    char *why = NULL;
    if (!hardware_check(config, &why)) {
        if (error != NULL)
            *error = why;
        else
            free(why);
        return NULL;
    }
    memory_fail_request(config->fail_request);
    YkMT *mt = memory_allocate_zeroed(sizeof *mt);
    if (mt == NULL) {
        if (error != NULL)
            *error = strdup("out of memory");
        return NULL;
    }
    mt->config = *config;
    return mt;
}

static void release_blocks(void *context, YkUnit *unit) {
    YkMT *mt = context;
    tier1_unit_dropped(&mt->tier1, unit);
    while (unit->blocks != NULL) {
        YkBlock *block = unit->blocks;
        unit->blocks = block->next;
        activation_quarantine(&mt->activations, block, mt->tier0);
    }
    mt->generation++;
    mt->counts.dropped++;
    memory_free(unit);
}

void yk_mt_shutdown(YkMT *mt) {
    if (mt == NULL)
        return;
    if (mt->tier0 != NULL && mt->config.log == YK_LOG_DEBUG) {
        YkCounts n = yk_mt_counts(mt);
        log_line(&mt->config,
                 "tier0: %llu units, %llu instructions, %llu bytes (%llu hot), %.3f ms; %llu "
                 "entries, %llu misses, %llu units dropped",
                 (unsigned long long)n.units, (unsigned long long)n.instructions,
                 (unsigned long long)n.bytes, (unsigned long long)n.hot_bytes,
                 (double)n.nanoseconds / 1e6, (unsigned long long)n.entries,
                 (unsigned long long)n.misses, (unsigned long long)n.dropped);
    }
    if (mt->config.fail_request != 0 && mt->config.log != YK_LOG_OFF)
        log_line(&mt->config, "memory: %lu requests", memory_requests());
    tier1_close(&mt->tier1);
    activation_close(&mt->activations);
    tier0_close(mt->tier0);
    memory_free(mt);
}

void yk_location_init(YkMT *mt, YkLocation *location) {
    location->countdown = mt == NULL ? NEVER : mt->config.tier0_threshold - 1;
    location->state = 0;
    location->unit = NULL;
}

void yk_mt_set_namer(YkMT *mt, YkNamer namer) {
    if (mt != NULL)
        mt->namer = mt->tier1.namer = namer;
}

void yk_code_freed(YkMT *mt, const void *start, size_t size) {
    if (mt != NULL && mt->tier0 != NULL)
        tier0_take(mt->tier0, (uintptr_t)start, size, release_blocks, mt);
}

YkCounts yk_mt_counts(const YkMT *mt) {
    YkCounts counts = {0};
    if (mt == NULL)
        return counts;
    counts = mt->counts;
    counts.entries = mt->entries;
    counts.quarantined = mt->activations.quarantined;
    counts.traces = mt->tier1.counts.adopted;
    counts.exits = tier1_exits(&mt->tier1);
    if (mt->tier0 != NULL)
        counts.code_bytes = tier0_memory(mt->tier0)->used;
    return counts;
}

static bool open_tier0(YkMT *mt) {
    if (mt->tier0 != NULL)
        return true;
    if (mt->disabled)
        return false;
    const char *why = NULL;
    uint64_t started = clock_ns();
    mt->tier0 = tier0_open((size_t)mt->config.tier0_code_limit_kib * 1024, &why);
    if (mt->tier0 == NULL) {
        mt->disabled = true;
        log_line(&mt->config, "no native code: %s", why);
        return false;
    }
    mt->cache = tier0_cache(mt->tier0);
    tier1_open(&mt->tier1, &mt->config, mt->tier0);
    mt->tier1.namer = mt->namer;
    mt->areas = mt->tier1.areas;
    if (mt->config.log == YK_LOG_DEBUG)
        log_line(&mt->config, "tier0: opened in %.1f us", (double)(clock_ns() - started) / 1e3);
    return true;
}

static void report(YkMT *mt, const YkLocation *location, uintptr_t pc, const YkUnit *unit,
                   const YkCompileStats *stats, uint64_t nanoseconds) {
    if (mt->config.log == YK_LOG_OFF && !mt->config.perf_map)
        return;
    char name[512] = "?";
    if (mt->namer != NULL)
        mt->namer(location, (const void *)pc, name, sizeof name);
    if (mt->config.log != YK_LOG_OFF)
        log_line(&mt->config, "tier0: compiled %s: %u instructions, %u bytes (%u hot), %.1f us",
                 name, stats->instructions, stats->bytes, stats->hot_bytes,
                 (double)nanoseconds / 1e3);
    if (mt->config.perf_map)
        perf_map_add(unit->blocks->code, unit->blocks->size, "lua0:", name);
}

/* Makes native code for the frame's pc. False: there is none, and the location has been told when
 * to ask again. */
__attribute__((noinline)) static bool compile(YkMT *mt, YkLocation *location,
                                              const YkFrame *frame) {
    if (!open_tier0(mt) ||
        (mt->config.jit_limit >= 0 && mt->counts.units >= (uint64_t)mt->config.jit_limit)) {
        /* At the limit there may be code for other pcs of the location. */
        location->countdown = location->unit == NULL ? NEVER : mt->config.tier0_threshold;
        return false;
    }
    uint64_t started = clock_ns();
    location->countdown = RETRY_FULL;
    YkUnit *unit = tier0_unit(mt->tier0, &frame->ranges[0], true);
    if (unit == NULL)
        return false;
    location->unit = unit;
    location->state = mt->generation;
    unit->location = location;
    YkGreens greens;
    memcpy(greens.value, frame->slots + YK_GREEN_SLOT, sizeof greens.value);
    memcpy(greens.range, frame->ranges, sizeof greens.range);
    uintptr_t pc = greens.value[0];
    YkCompileStats stats;
    int result = tier0_compile(mt->tier0, unit, &greens, &stats);
    if (result == YK_COMPILE_FULL && mt->activations.quarantine != NULL) {
        activation_reclaim(&mt->activations, mt->tier0);
        result = tier0_compile(mt->tier0, unit, &greens, &stats);
    }
    if (result == YK_COMPILE_FULL && !mt->warned_full) {
        mt->warned_full = true;
        if (mt->config.log != YK_LOG_OFF)
            log_line(&mt->config, "tier0: code memory is used up; the interpreter goes on");
    }
    if (result != YK_COMPILED)
        return false;
    uint64_t elapsed = clock_ns() - started;
    mt->counts.units++;
    mt->counts.instructions += stats.instructions;
    mt->counts.bytes += stats.bytes;
    mt->counts.hot_bytes += stats.hot_bytes;
    mt->counts.nanoseconds += elapsed;
    report(mt, location, pc, unit, &stats, elapsed);
    location->countdown = mt->config.tier0_threshold / GRACE;
    return true;
}

/* New code is run for the first time: it and all that waits becomes executable. */
__attribute__((noinline)) static const void *first_use(YkMT *mt, YkUnit *unit, uintptr_t pc) {
    YkCodeMemory *memory = tier0_memory(mt->tier0);
    uint32_t bytes = memory->pending - memory->sealed;
    uint64_t started = clock_ns();
    const void *code = tier0_find(unit, pc);
    uint64_t elapsed = clock_ns() - started;
    mt->counts.nanoseconds += elapsed;
    if (mt->config.log != YK_LOG_OFF)
        log_line(&mt->config, "tier0: %s %u bytes executable, %.1f us",
                 code != NULL ? "made" : "the system does not make", bytes, (double)elapsed / 1e3);
    return code;
}

/* The native code for the frame's pc, made if the location is hot. */
static const void *code_for(YkMT *mt, YkLocation *location, const YkFrame *frame, bool again) {
    uintptr_t pc = frame->slots[YK_GREEN_SLOT];
    if (location->unit != NULL && location->state != mt->generation) {
        location->unit = tier0_unit(mt->tier0, &frame->ranges[0], false);
        location->state = mt->generation;
    }
    const void *code = location->unit != NULL ? tier0_made(location->unit, pc) : NULL;
    if (code != NULL && !code_memory_waits(tier0_memory(mt->tier0), code)) {
        location->countdown = 0;
        return code;
    }
    /* The interpreter's counting sites come here with a counter below zero. A dynamic jump of
     * native code into something that is not hot yet, or waits, counts here. */
    if (again && location->countdown > 0) {
        location->countdown--;
        return NULL;
    }
    if (code == NULL && (!compile(mt, location, frame) || location->countdown != 0))
        return NULL;
    code = first_use(mt, location->unit, pc);
    location->countdown = code != NULL ? 0 : RETRY_FULL;
    return code;
}

/* At the head of a loop that has run out: tier 1 decides what to run. */
__attribute__((noinline)) static int run_loop(YkMT *mt, YkFrame *frame) {
    int exit = YK_NATIVE_HOT;
    while (exit == YK_NATIVE_HOT) {
        const void *code = tier1_hot(&mt->tier1, frame, &exit);
        if (code != NULL)
            exit = yk_native_enter(frame, code);
        else if (exit == YK_NATIVE_MISS)
            frame->cell = NULL;
    }
    return exit;
}

__attribute__((always_inline)) static inline int run(YkMT *mt, YkFrame *frame, const void *code) {
    if (!activation_push(&mt->activations, frame))
        return YK_ENTER_RESUME;
    uint32_t number = mt->activations.records[mt->activations.count - 1].number;
    if (__builtin_expect(number >= YK_MAX_AREAS, 0)) {
        activation_pop(&mt->activations, frame);
        return YK_ENTER_RESUME;
    }
    mt->entries++;
    frame->cache = mt->cache;
    /* Without tier 1 there are no areas: no pointer arithmetic on NULL. */
    frame->area = (YkTraceArea *)((uintptr_t)mt->areas + number * sizeof *frame->area);
    int exit = yk_native_enter(frame, code);
    if (__builtin_expect(exit == YK_NATIVE_HOT, 0))
        exit = run_loop(mt, frame);
    activation_pop(&mt->activations, frame);
    if (__builtin_expect(exit == YK_NATIVE_MISS, 0)) {
        mt->counts.misses++;
        mt->again = true;
        mt->missed = frame->cell;
    }
    return exit;
}

int yk_enter(YkMT *mt, YkLocation *location, YkFrame *frame) {
    const YkUnit *unit = location->unit;
    if (__builtin_expect(unit == NULL || location->state != mt->generation, 0))
        return YK_ENTER_RANGES;
    const void *code = tier0_made(unit, frame->slots[YK_GREEN_SLOT]);
    if (__builtin_expect(code == NULL || code_memory_waits(unit->memory, code), 0))
        return YK_ENTER_RANGES;
    location->countdown = 0;
    return run(mt, frame, code);
}

int yk_enter_with_ranges(YkMT *mt, YkLocation *location, YkFrame *frame) {
    if (mt == NULL) {
        location->countdown = NEVER;
        return YK_ENTER_RESUME;
    }
    bool again = mt->again;
    mt->again = false;
    if (mt->activations.count == 0)
        tier1_idle(&mt->tier1);
    const void *code = code_for(mt, location, frame, again);
    if (code == NULL)
        return YK_ENTER_RESUME;
    if (again)
        tier0_link(mt->tier0, location->unit, frame->slots[YK_GREEN_SLOT], code, mt->missed);
    return run(mt, frame, code);
}
