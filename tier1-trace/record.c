/* The software recorder: what the recording clones call.
 *
 * The recording of a thread is found through a thread-local variable, so that clones need no
 * argument for it. A clone may be left by longjmp at any time: nothing here holds anything across
 * calls, and recording_end may be called at any later moment.
 *
 * A recording that has to stop (`abort` is set) grows no more and inlines no more; the bytecode at
 * hand is still executed to its end, by the same clones. */
#include "record.h"
#include "../runtime/memory.h"

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

static __thread struct {
    Recording *recording;
    const AotModule *module;
} current __attribute__((tls_model("initial-exec")));

void recording_clear(Recording *r) {
    r->block_count = 0;
    r->value_count = 0;
    r->merge_count = 0;
    r->exit = NULL;
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
}

void recording_end(void) {
    current.recording = NULL;
    current.module = NULL;
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

void yk_record_block(uint32_t block) {
    Recording *r = current.recording;
    if (r != NULL &&
        reserve(r, (void **)&r->blocks, r->block_count, &r->block_capacity, sizeof *r->blocks))
        r->blocks[r->block_count++] = block;
}

uint64_t yk_record_value(uint64_t value) {
    Recording *r = current.recording;
    if (r != NULL &&
        reserve(r, (void **)&r->values, r->value_count, &r->value_capacity, sizeof *r->values))
        r->values[r->value_count++] = value;
    return value;
}

const void *yk_record_callee(const void *callee) {
    Recording *r = current.recording;
    if (r == NULL)
        return callee;
    yk_record_value((uint64_t)(uintptr_t)callee);
    if (r->abort != YK_ABORT_NONE)
        return callee;
    const AotFunction *f = aot_function_at(current.module, callee);
    if (f == NULL || f->wrapper == UINT32_MAX || (f->flags & AOT_OUTLINED))
        return callee;
    return current.module->symbols[f->wrapper];
}
