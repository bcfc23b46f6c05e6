/* Recordings by hardware: what the processor has seen, made into what the software recorder would
 * have recorded.
 *
 * The marked clones (shared-ir/marks.h) run as the record clones do. The hardware tells afterwards
 * which marks were passed; promoted values, indirect callees and fresh memory it cannot tell, so
 * the clones report them here. Replaying both through the software recorder (record.h) makes the
 * same recording. */
#ifndef YK_REPLAY_H
#define YK_REPLAY_H

#include "build.h"
#include <stddef.h>

typedef struct ReportedEntry {
    uint32_t depth, frame_bytes; /* as in recording_in */
} ReportedEntry;

/* What was reported while the hardware recorded. */
typedef struct Reported {
    uint64_t *values; /* in the order of execution */
    uint32_t value_count, value_capacity;
    /* For each clone that was entered in the midst of its function, in that order. */
    ReportedEntry entries[YK_TRACE_MAX_FRAMES];
    uint32_t entry_count;
    bool failed; /* something is missing: no memory, or too much of it */
} Reported;

/* From here on, values and entries are reported; recording_begin has been called before. `reported`
 * must live until recording_end. */
void reported_begin(Reported *reported);
void reported_free(Reported *reported);

/* What the marked clones call. */
uint64_t yk_mark_value(uint64_t value);
void yk_mark_pointer(const void *memory);
/* Returns what to call instead: the wrapper of the function's marked clone, or itself. */
const void *yk_mark_callee(const void *callee);

/* The marked clone of a function, or NULL. */
AotClone replay_clone(const AotModule *module, uint32_t function);

/* Fills in the blocks and values of `r`, whose merges have been recorded, from the marks that were
 * passed, in order. Sets r->abort if they do not fit what was reported (YK_ABORT_UNSEEN), or as the
 * software recorder would have set it. `long_blocks`: the recording ends at a merge that may be its
 * end (RecordedMerge.may_end) when it has so many blocks. */
void recording_replay(Recording *r, const AotModule *module, const Reported *reported,
                      const uint32_t *marks, size_t count, uint32_t long_blocks);

#endif
