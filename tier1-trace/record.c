/* The software recorder: what the recording clones call.
 *
 * The recording of a thread is found through a thread-local variable, so that clones need no
 * argument for it. A clone may be left by longjmp at any time: nothing here holds anything across
 * calls, and recording_end may be called at any later moment.
 *
 * A recording that has to stop (`abort` is set) grows no more and inlines no more; the bytecode at
 * hand is still executed to its end, by the same clones.
 *
 * The functions that are active are known between yk_record_enter and yk_record_leave: the latter
 * is not called for those that a longjmp leaves, but then the whole recording is left. While one of
 * them is *muted*, it is executed by its clones as before, and nothing is recorded. */
#include "../runtime/memory.h"
#include "build.h"
#include "recorder.h"

#include <string.h>

const char *const abort_texts[YK_ABORT_COUNT] = {
#define X(name, text, severity) text,
    YK_ABORTS(X)
#undef X
};

const uint8_t abort_severities[YK_ABORT_COUNT] = {
#define X(name, text, severity) severity,
    YK_ABORTS(X)
#undef X
};

enum { MAX_ACTIVE = YK_TRACE_MAX_FRAMES - 1 /* without the body */, MAX_FRESH = 32 };

typedef struct Active {
    uint32_t function;
    uint32_t block_count, value_count; /* of the recording when it was entered */
    uint32_t frame_bytes;              /* in use by frame buffers up to its own */
    bool limited;                      /* it has loops: how often its blocks may be executed */
    bool unrolled;                     /* more often */
    bool repeated;                     /* its last block was one that had been executed before */
} Active;

static __thread struct {
    Recording *recording;
    const AotModule *module;
    Reported *reported; /* hardware records: what it cannot see */
    uint32_t depth;     /* functions that are active; those of recording_in apart */
    uint32_t outer_depth, outer_frame_bytes;
    uint32_t muted; /* nothing is recorded until the function at this depth is left; 0: none */
    Active active[MAX_ACTIVE];    /* [depth - 1] */
    const void *subject;          /* of the function that is entered next, or NULL */
    const void *fresh[MAX_FRESH]; /* the last ones: fresh_count counts all */
    uint32_t fresh_count;
} current __attribute__((tls_model("initial-exec")));

void recording_clear(Recording *r) {
    r->block_count = 0;
    r->value_count = 0;
    r->merge_count = 0;
    r->exit = NULL;
    r->returned = false;
    r->has_slots = false;
    memset(&r->end, 0, sizeof r->end);
    r->abort = YK_ABORT_NONE;
}

void recording_free(Recording *r) {
    memory_free(r->blocks);
    memory_free(r->values);
    memory_free(r->merges);
    memset(r, 0, sizeof *r);
}

void recording_begin(Recording *r, const AotModule *module) {
    current.recording = r;
    current.module = module;
    current.reported = NULL;
    current.depth = 0;
    current.muted = 0;
    current.subject = NULL;
    current.fresh_count = 0;
    recording_in(0, module->functions[module->body].frame_size);
}

void recording_in(uint32_t depth, uint32_t frame_bytes) {
    current.outer_depth = depth;
    current.outer_frame_bytes = frame_bytes;
    if (current.reported != NULL)
        reported_enter(current.reported, depth, frame_bytes);
}

void recording_end(void) {
    current.recording = NULL;
    current.module = NULL;
    current.reported = NULL;
}

void recorder_report_to(Reported *reported) {
    current.reported = reported;
}

Reported *recorder_reported(void) {
    return current.reported;
}

const AotModule *recorder_module(void) {
    return current.module;
}

uint32_t recorder_depth(void) {
    return current.depth;
}

/* Room for one more element; sets r->abort if there is none. */
static bool reserve(Recording *r, void **array, uint32_t count, uint32_t *capacity, size_t size) {
    if (r->abort != YK_ABORT_NONE)
        return false;
    if (count >= (r->limit != 0 ? r->limit : YK_RECORDING_BLOCKS)) {
        r->abort = YK_ABORT_TOO_LONG;
        return false;
    }
    if (count < *capacity)
        return true;
    uint32_t larger = *capacity != 0 ? 2 * *capacity : 64;
    void *grown = memory_reallocate(*array, larger * size);
    if (grown == NULL) {
        r->abort = YK_ABORT_NO_MEMORY;
        return false;
    }
    *array = grown;
    *capacity = larger;
    return true;
}

bool recording_add_merge(Recording *r, const RecordedMerge *merge) {
    if (!reserve(r, (void **)&r->merges, r->merge_count, &r->merge_capacity, sizeof *r->merges))
        return false;
    r->merges[r->merge_count++] = *merge;
    return true;
}

/* The function at the top is called natively after all. */
static void mute(Recording *r) {
    const Active *function = &current.active[current.depth - 1];
    r->block_count = function->block_count;
    r->value_count = function->value_count;
    current.muted = current.depth;
}

/* Whether a block of the function means that a loop goes round too often. The head of a loop is
 * executed twice if the loop is executed once: then what follows is new. What others have recorded
 * in between has other blocks: no function is active twice. */
static bool goes_round(const Recording *r, Active *function, uint32_t block) {
    unsigned before = 0;
    for (uint32_t i = function->block_count; i < r->block_count; i++)
        before += r->blocks[i] == block;
    if (function->unrolled)
        return before > YK_UNROLLED_ROUNDS;
    bool round = before > 1 || (before == 1 && function->repeated);
    function->repeated = before != 0;
    return round;
}

void yk_record_block(uint32_t block) {
    Recording *r = current.recording;
    if (r == NULL || current.muted != 0 ||
        !reserve(r, (void **)&r->blocks, r->block_count, &r->block_capacity, sizeof *r->blocks))
        return;
    Active *function = current.depth != 0 ? &current.active[current.depth - 1] : NULL;
    if (function != NULL && function->limited && goes_round(r, function, block)) {
        mute(r);
        return;
    }
    r->blocks[r->block_count++] = block;
}

static void add_value(Recording *r, uint64_t value) {
    if (current.reported != NULL)
        reported_add(current.reported, value);
    if (r != NULL && current.muted == 0 &&
        reserve(r, (void **)&r->values, r->value_count, &r->value_capacity, sizeof *r->values))
        r->values[r->value_count++] = value;
}

uint64_t yk_record_value(uint64_t value) {
    add_value(current.recording, value);
    return value;
}

const void *yk_record_callee(const void *callee) {
    Recording *r = current.recording;
    add_value(r, (uint64_t)(uintptr_t)callee);
    if (r == NULL || current.muted != 0)
        return callee;
    if (r->abort != YK_ABORT_NONE)
        return callee;
    const AotFunction *f = aot_function_at(current.module, callee);
    if (f == NULL || f->wrapper == UINT32_MAX || (f->flags & AOT_OUTLINED))
        return callee;
    return current.module->symbols[f->wrapper];
}

void yk_record_fresh(const void *memory) {
    if (current.reported != NULL)
        reported_add(current.reported, (uint64_t)(uintptr_t)memory);
    if (current.recording != NULL && current.muted == 0)
        current.fresh[current.fresh_count++ % MAX_FRESH] = memory;
}

void yk_record_subject(const void *memory) {
    if (current.reported != NULL)
        reported_add(current.reported, (uint64_t)(uintptr_t)memory);
    current.subject = memory;
}

/* What is done to fresh memory depends on little else. */
static bool is_fresh(const void *memory) {
    uint32_t count = current.fresh_count < MAX_FRESH ? current.fresh_count : MAX_FRESH;
    for (uint32_t i = 0; memory != NULL && i < count; i++)
        if (current.fresh[i] == memory)
            return true;
    return false;
}

static bool is_active(uint32_t function) {
    for (uint32_t i = 0; i < current.depth; i++)
        if (current.active[i].function == function)
            return true;
    return false;
}

void yk_record_enter(uint32_t function) {
    Recording *r = current.recording;
    const void *subject = current.subject;
    current.subject = NULL;
    if (r == NULL)
        return;
    if (current.muted != 0) {
        current.depth++;
        return;
    }
    const AotFunction *f = &current.module->functions[function];
    if ((f->flags & AOT_RARE) && current.depth != 0 && !is_fresh(subject)) {
        mute(r);
        current.depth++;
        return;
    }
    const Active *outer = current.depth != 0 ? &current.active[current.depth - 1] : NULL;
    uint32_t frame_bytes = outer != NULL ? outer->frame_bytes : current.outer_frame_bytes;
    frame_bytes = ((frame_bytes + 15u) & ~15u) + f->frame_size;
    if (current.outer_depth + current.depth >= MAX_ACTIVE || is_active(function) ||
        (f->frame_size != 0 && frame_bytes > YK_FRAME_BYTES)) {
        current.muted = ++current.depth;
        return;
    }
    current.active[current.depth] = (Active){.function = function,
                                             .block_count = r->block_count,
                                             .value_count = r->value_count,
                                             .frame_bytes = frame_bytes,
                                             .limited = f->flags & AOT_HAS_LOOP,
                                             .unrolled = f->flags & AOT_UNROLL};
    current.depth++;
}

void yk_record_leave(void) {
    if (current.recording == NULL || current.depth == 0)
        return;
    if (current.muted == current.depth)
        current.muted = 0;
    current.depth--;
}
