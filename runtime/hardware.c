/* Choosing, loading and using the recorder by hardware; see hardware.h. */
#include "hardware.h"
#include "clock.h"
#include "library.h"
#include "log.h"
#include "memory.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* After so many recordings one after the other that cannot be used, none is expected to be. */
#define MOST_IN_VAIN 10u

/* Whether the recorder may be worth loading: without this the answer is no. */
static bool kernel_has_pt(void) {
    return access("/sys/bus/event_source/devices/intel_pt", F_OK) == 0;
}

static const PtBackend *load(char **error) {
    void *object = library_open("", "libykpt.so");
    const PtBackend *(*entry)(void) = NULL;
    if (object != NULL)
        *(void **)&entry = dlsym(object, "yk_pt_backend");
    const PtBackend *backend = entry != NULL ? entry() : NULL;
    if (backend != NULL && backend->version == YK_PT_VERSION)
        return backend;
    const char *why = entry == NULL ? dlerror() : "libykpt.so belongs to another version of yk";
    *error = strdup(why != NULL ? why : "libykpt.so cannot be loaded");
    return NULL;
}

static PtRecorder *open_recorder(const YkConfig *config, const PtBackend **backend, char **error) {
    *error = NULL;
    *backend = load(error);
    if (*backend == NULL)
        return NULL;
    size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
    while (bytes / 1024 < (size_t)config->recorder_buffer_kib)
        bytes *= 2;
    const PtOptions options = {.marks = yk_marks_start,
                               .mark_count = (size_t)(yk_marks_stop - yk_marks_start),
                               .buffer_bytes = bytes,
                               .device = config->recorder_device};
    return (*backend)->open(&options, error);
}

bool hardware_check(const YkConfig *config, char **error) {
    *error = NULL;
    if (config->recorder != YK_RECORDER_INTEL_PT || config->tier1 == YK_TIER1_OFF)
        return true;
    const PtBackend *backend = NULL;
    char *why = NULL;
    PtRecorder *recorder = open_recorder(config, &backend, &why);
    if (recorder != NULL) {
        backend->close(recorder);
        return true;
    }
    if (asprintf(error, "recorder = intel_pt: %s", why != NULL ? why : "out of memory") < 0)
        *error = NULL;
    free(why);
    return false;
}

static void find(YkHardware *h, const YkConfig *config) {
    h->tried = true;
    bool named = config->recorder == YK_RECORDER_INTEL_PT;
    if (config->recorder == YK_RECORDER_SOFTWARE)
        return;
    char *why = NULL;
    if (!named && !kernel_has_pt())
        why = strdup("the kernel offers no Intel PT");
    else
        h->recorder = open_recorder(config, &h->backend, &why);
    if (h->recorder == NULL)
        h->backend = NULL;
    h->verifies = h->recorder != NULL && config->recorder_verify;
    if (config->log != YK_LOG_OFF)
        log_line(config, "tier1: recordings by %s%s%s",
                 h->recorder != NULL ? "intel_pt" : "software", why != NULL ? ": " : "",
                 why != NULL ? why : "");
    free(why);
}

/* From now on software records. */
static void give_up(YkHardware *h, const YkConfig *config, const char *why) {
    log_line(config, "tier1: recordings by software from now on: %s", why);
    hardware_close(h, config);
    h->tried = true;
}

bool hardware_start(YkHardware *h, const YkConfig *config) {
    if (!h->tried)
        find(h, config);
    if (h->in_vain >= MOST_IN_VAIN)
        give_up(h, config, "too many by intel_pt could not be used");
    if (h->backend == NULL)
        return false;
    const char *why = h->backend->start(h->recorder);
    h->running = why == NULL;
    if (why == NULL)
        reported_begin(&h->reported);
    else
        give_up(h, config, why);
    return why == NULL;
}

/* Prints a list of the blocks, for people to compare. */
static void log_blocks(const YkConfig *config, const char *who, const Recording *r) {
    size_t size = 16 + 11 * (size_t)r->block_count;
    char *text = malloc(size);
    if (text == NULL)
        return;
    size_t at = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < r->block_count; i++)
        at += (size_t)snprintf(text + at, size - at, " %u", r->blocks[i]);
    log_line(config, "tier1: %u blocks by %s:%s", r->block_count, who, text);
    free(text);
}

/* What two recordings differ in, or NULL. */
static const char *difference(const Recording *a, const Recording *b) {
    if (a->abort != b->abort)
        return abort_texts[b->abort];
    if (a->block_count != b->block_count ||
        (a->block_count != 0 &&
         memcmp(a->blocks, b->blocks, a->block_count * sizeof *a->blocks) != 0))
        return "blocks";
    if (a->value_count != b->value_count ||
        (a->value_count != 0 &&
         memcmp(a->values, b->values, a->value_count * sizeof *a->values) != 0))
        return "values";
    bool same = a->merge_count == b->merge_count && (a->returned || a->end.block == b->end.block) &&
                a->returned == b->returned;
    for (uint32_t i = 0; same && i < a->merge_count; i++)
        same = a->merges[i].block == b->merges[i].block;
    return same ? NULL : "merges";
}

/* Replays into a copy of the recording and compares the two. A difference is an error that nobody
 * must miss: the trace is not made. */
static void verify(YkHardware *h, const YkConfig *config, Recording *r, const AotModule *module,
                   const PtTrace *trace, uint32_t long_blocks) {
    Recording copy = {.exit = r->exit, .returned = r->returned, .limit = r->limit, .end = r->end};
    bool fine = true;
    for (uint32_t i = 0; fine && i < r->merge_count; i++)
        fine = recording_add_merge(&copy, &r->merges[i]);
    if (fine)
        recording_replay(&copy, module, &h->reported, trace->marks, trace->count, long_blocks);
    if (!fine || copy.abort == YK_ABORT_NO_MEMORY) {
        recording_free(&copy);
        return;
    }
    const char *what = difference(r, &copy);
    if (what == NULL) {
        h->counts.equal++;
    } else {
        h->counts.different++;
        log_line(config, "tier1: ERROR: the recorders differ: %s", what);
        log_blocks(config, "software", r);
        log_blocks(config, "intel_pt", &copy);
        r->abort = YK_ABORT_UNSEEN;
    }
    recording_free(&copy);
}

void hardware_finish(YkHardware *h, const YkConfig *config, Recording *r, const AotModule *module,
                     uint32_t long_blocks) {
    const char *why = h->backend->stop(h->recorder);
    h->running = false;
    h->counts.recordings++;
    if (r->abort != YK_ABORT_NONE)
        return;
    PtTrace trace = {0};
    uint64_t started = clock_ns();
    if (why == NULL)
        why = h->backend->decode(h->recorder, &trace);
    uint64_t decoding = clock_ns() - started;
    h->counts.bytes += trace.bytes;
    h->counts.marks += trace.count;
    h->counts.decode_ns += decoding;
    if (why == NULL && h->verifies)
        verify(h, config, r, module, &trace, long_blocks);
    else if (why == NULL)
        recording_replay(r, module, &h->reported, trace.marks, trace.count, long_blocks);
    else
        r->abort = YK_ABORT_UNSEEN;
    h->counts.failures += why != NULL;
    h->in_vain = why != NULL || r->abort == YK_ABORT_UNSEEN ? h->in_vain + 1 : 0;
    if (config->log != YK_LOG_OFF)
        log_line(config, "tier1: intel_pt: %zu bytes, %zu marks, decoded in %.1f us%s%s",
                 trace.bytes, trace.count, (double)decoding / 1e3, why != NULL ? ": " : "",
                 why != NULL ? why : "");
}

void hardware_abandon(YkHardware *h) {
    if (h->running)
        (void)h->backend->stop(h->recorder);
    h->running = false;
}

void hardware_close(YkHardware *h, const YkConfig *config) {
    hardware_abandon(h);
    if (h->backend != NULL && config->log == YK_LOG_DEBUG)
        log_line(
            config,
            "tier1: intel_pt: %llu recordings, %llu not decoded; %llu bytes, %llu marks, decoded "
            "in %.2f ms",
            (unsigned long long)h->counts.recordings, (unsigned long long)h->counts.failures,
            (unsigned long long)h->counts.bytes, (unsigned long long)h->counts.marks,
            (double)h->counts.decode_ns / 1e6);
    if (h->verifies && h->backend != NULL)
        log_line(config, "tier1: recorders compared: %llu equal, %llu different, %llu not decoded",
                 (unsigned long long)h->counts.equal, (unsigned long long)h->counts.different,
                 (unsigned long long)h->counts.failures);
    if (h->recorder != NULL)
        h->backend->close(h->recorder);
    reported_free(&h->reported);
    h->recorder = NULL;
    h->backend = NULL;
    h->in_vain = 0;
}
