/* Replaying what hardware has recorded; see replay.h. */
#include "replay.h"
#include "../runtime/memory.h"
#include "../shared-ir/marks.h"
#include "recorder.h"

#include <string.h>

void reported_begin(Reported *reported) {
    reported->value_count = 0;
    reported->entry_count = 0;
    reported->failed = false;
    recorder_report_to(reported);
}

void reported_free(Reported *reported) {
    memory_free(reported->values);
    memset(reported, 0, sizeof *reported);
}

void reported_add(Reported *reported, uint64_t value) {
    if (reported->value_count == reported->value_capacity) {
        uint32_t larger = reported->value_capacity != 0 ? 2 * reported->value_capacity : 64;
        uint64_t *grown = larger <= 64 * YK_RECORDING_BLOCKS
                              ? memory_reallocate(reported->values, larger * sizeof *grown)
                              : NULL;
        if (grown == NULL) {
            reported->failed = true;
            return;
        }
        reported->values = grown;
        reported->value_capacity = larger;
    }
    reported->values[reported->value_count++] = value;
}

void reported_enter(Reported *reported, uint32_t depth, uint32_t frame_bytes) {
    if (reported->entry_count == YK_TRACE_MAX_FRAMES)
        reported->failed = true;
    else
        reported->entries[reported->entry_count++] = (ReportedEntry){depth, frame_bytes};
}

static const void *marked(const AotModule *module, uint32_t function, unsigned which) {
    int32_t offset = module->marked != NULL ? module->marked[function][which] : 0;
    return offset != 0 ? (const char *)module->marked + offset : NULL;
}

AotClone replay_clone(const AotModule *module, uint32_t function) {
    AotClone clone = NULL;
    *(const void **)&clone = marked(module, function, 0);
    return clone;
}

uint64_t yk_mark_value(uint64_t value) {
    Reported *reported = recorder_reported();
    if (reported != NULL)
        reported_add(reported, value);
    return value;
}

void yk_mark_pointer(const void *memory) {
    yk_mark_value((uint64_t)(uintptr_t)memory);
}

/* The function may be one that a replay calls natively; that is found out then. */
const void *yk_mark_callee(const void *callee) {
    Reported *reported = recorder_reported();
    if (reported == NULL)
        return callee;
    reported_add(reported, (uint64_t)(uintptr_t)callee);
    const AotModule *module = recorder_module();
    const AotFunction *f = aot_function_at(module, callee);
    if (f == NULL || (f->flags & AOT_OUTLINED))
        return callee;
    const void *wrapper = marked(module, (uint32_t)(f - module->functions), 1);
    return wrapper != NULL ? wrapper : callee;
}

/* A replay in progress. */
typedef struct Replay {
    Recording *r;
    const AotModule *module;
    const Reported *reported;
    uint32_t long_blocks;
    uint32_t next_value, next_entry, next_merge;
    uint32_t function; /* whose clone runs, other than by a wrapper; UINT32_MAX: none yet */
    bool ended;
} Replay;

static bool fails(Replay *p) {
    if (p->r->abort == YK_ABORT_NONE)
        p->r->abort = YK_ABORT_UNSEEN;
    return false;
}

/* A bytecode begins: at the next of the merges, the last of which is the recording's end if that
 * has been cut short. */
static bool begin_bytecode(Replay *p) {
    Recording *r = p->r;
    if (p->next_merge == r->merge_count)
        return fails(p);
    RecordedMerge *merge = &r->merges[p->next_merge];
    merge->block = r->block_count;
    if (merge->may_end && r->block_count >= p->long_blocks) {
        r->end = *merge;
        r->merge_count = p->next_merge;
        r->returned = false;
        p->ended = true;
        return false;
    }
    p->next_merge++;
    return true;
}

/* In front of a block of a clone that no wrapper runs: the body's, or that of a function in which a
 * trace was left. Those are entered in the order of their frames, and none is there twice. */
static bool begin_block(Replay *p, uint32_t block) {
    uint32_t function = p->module->blocks[block].function;
    const AotFunction *f = &p->module->functions[function];
    if (function == p->module->body && block == f->first_block && !begin_bytecode(p))
        return false;
    if (function != p->function && p->next_entry < p->reported->entry_count) {
        const ReportedEntry *entry = &p->reported->entries[p->next_entry++];
        recording_in(entry->depth, entry->frame_bytes);
    }
    p->function = function;
    return true;
}

static bool next_value(Replay *p, uint64_t *value) {
    if (p->next_value == p->reported->value_count)
        return fails(p);
    *value = p->reported->values[p->next_value++];
    return true;
}

static void pass_value(uint32_t mark, uint64_t value) {
    const void *pointer = (const void *)(uintptr_t)value;
    if (mark == YK_MARK_VALUE)
        yk_record_value(value);
    else if (mark == YK_MARK_CALLEE)
        yk_record_callee(pointer);
    else if (mark == YK_MARK_FRESH)
        yk_record_fresh(pointer);
    else
        yk_record_subject(pointer);
}

/* Returns whether there is more to replay. */
static bool pass(Replay *p, uint32_t mark) {
    uint32_t number = mark & ~YK_MARK_KIND;
    uint64_t value;
    switch (mark & YK_MARK_KIND) {
    case YK_MARK_BLOCK:
        if (number >= p->module->block_count)
            return fails(p);
        if (recorder_depth() == 0 && !begin_block(p, number))
            return false;
        yk_record_block(number);
        break;
    case YK_MARK_ENTER:
        if (number >= p->module->function_count)
            return fails(p);
        yk_record_enter(number);
        break;
    case YK_MARK_LEAVE:
        yk_record_leave();
        break;
    case YK_MARK_VALUE:
    case YK_MARK_CALLEE:
    case YK_MARK_FRESH:
    case YK_MARK_SUBJECT:
        if (!next_value(p, &value))
            return false;
        pass_value(mark & YK_MARK_KIND, value);
        break;
    default:
        return fails(p);
    }
    return p->r->abort == YK_ABORT_NONE;
}

void recording_replay(Recording *r, const AotModule *module, const Reported *reported,
                      const uint32_t *marks, size_t count, uint32_t long_blocks) {
    Replay p = {.r = r,
                .module = module,
                .reported = reported,
                .long_blocks = long_blocks,
                /* The first bytecode of a side trace begins in its midst, but for a restart. */
                .next_merge = r->exit != NULL && !r->exit->restarts,
                .function = UINT32_MAX};
    r->block_count = 0;
    r->value_count = 0;
    recording_begin(r, module);
    if (reported->failed)
        fails(&p);
    else
        for (size_t i = 0; i < count && pass(&p, marks[i]); i++)
            ;
    bool complete = p.next_value == reported->value_count && p.next_merge == r->merge_count &&
                    p.next_entry == reported->entry_count && recorder_depth() == 0;
    if (r->abort == YK_ABORT_NONE && !p.ended && !complete)
        fails(&p);
    if (!r->returned)
        r->end.block = r->block_count;
    recording_end();
}
