/* Recording: what a path through the interpreter was, as block numbers of the ahead-of-time IR.
 *
 * The recorder runs the recording clone of the interpreter's body, one bytecode after the other,
 * and that of every function it inlines; the clones report each block that they enter. From the
 * recording and the IR the builder makes a trace (build.h). Another recorder (Intel PT, replay.h)
 * fills the same structure. */
#ifndef YK_RECORD_H
#define YK_RECORD_H

#include "../deopt/exit.h"
#include "../shared-ir/aot.h"
#include "../tier0-cnp/hole_program.h"

/* Why a recording or the building of its trace ended without a trace. X(name, text, severity):
 * severity: added to the penalty of the place that started it. */
#define YK_ABORTS(X)                                                                               \
    X(NONE, "no reason", 0)                                                                        \
    X(TOO_LONG, "trace too long", 2)                                                               \
    X(INNER_LOOP, "inner loop", 1)                                                                 \
    X(INNER_TRACE, "an inner loop has a trace", 2)                                                 \
    X(LEFT_LOOP, "the loop was left", 0)                                                           \
    X(COMPILING, "an inner loop is being compiled", 0)                                             \
    X(RECURSION, "a recursion is too deep", 5)                                                     \
    X(RETURNED, "the interpreter's function returned", 2)                                          \
    X(BYPASS, "went on behind the merge point", 1)                                                 \
    X(NO_UNIT, "bytecode without tier-0 code", 1)                                                  \
    X(TOO_DEEP, "too many inlined functions", 2)                                                   \
    X(FRAMES, "locals of inlined functions take too much room", 4)                                 \
    X(VALUES, "a guard would have to save too many values", 4)                                     \
    X(DIVERGED, "the recording does not fit the IR", 8)                                            \
    X(NEVER_RETURNS, "the path ends in an error", 2)                                               \
    X(NO_MEMORY, "out of memory", 4)                                                               \
    X(UNSEEN, "the processor's trace is not complete", 1)                                          \
    X(STALE, "left by an error", 1)                                                                \
    X(FREED, "bytecode was freed", 1)                                                              \
    X(BACKEND, "the compiler failed", 8)

enum YkAbort {
#define X(name, text, severity) YK_ABORT_##name,
    YK_ABORTS(X)
#undef X
        YK_ABORT_COUNT
};
extern const char *const abort_texts[YK_ABORT_COUNT];
extern const uint8_t abort_severities[YK_ABORT_COUNT];

/* A merge point that the recording passed. */
typedef struct RecordedMerge {
    YkGreens greens; /* values and ranges; greens.value[0] is the pc */
    void *unit;      /* runtime's, for Trace.merges */
    uint32_t block;  /* number of blocks that had been recorded */
    uint32_t same;   /* bits of the reds that held what they did where the recording began */
    bool may_end;    /* a recording that is long already may end here */
} RecordedMerge;

#define YK_RECORDING_BLOCKS 20000u /* a recording's limit, if it does not say another */

typedef struct Recording {
    /* In the order of execution; each bytecode begins with the body's first block. */
    uint32_t *blocks;
    uint32_t block_count, block_capacity;
    /* In the order of execution: promoted values, addresses of indirect callees. */
    uint64_t *values;
    uint32_t value_count, value_capacity;
    /* [0]: where it began. Side trace: the parent's merge, whose bytecode has no blocks if the exit
     * has no frames (Exit.frame_count == 0). */
    RecordedMerge *merges;
    uint32_t merge_count, merge_capacity;
    /* For tests: the trace's guards may be forced to fail (TRACE_FORCIBLE). Kept by
     * recording_clear. */
    bool forcible;
    uint32_t limit; /* blocks and values at most; 0: YK_RECORDING_BLOCKS. Kept by recording_clear */
    const Exit *exit; /* side trace: where it began, or NULL */
    /* The reds of the state vector where it began; unless that was in the midst of a bytecode. */
    uint64_t slots[YK_GREEN_SLOT];
    bool has_slots;
    bool returned;     /* at its end the interpreter's function returned: there is no merge point */
    RecordedMerge end; /* the merge point at its end: equal pc to merges[0]: a loop */
    uint8_t abort;     /* a YkAbort; set while recording goes on, which then stops soon */
} Recording;

void recording_clear(Recording *r);                                 /* keeps its memory */
bool recording_add_merge(Recording *r, const RecordedMerge *merge); /* false without memory */
void recording_free(Recording *r);

/* The recording of this thread, or NULL. The clones call the functions below; with no recording
 * they do nothing (and yk_record_callee returns its argument). */
void recording_begin(Recording *r, const AotModule *module);
void recording_end(void);
void yk_record_block(uint32_t block);
uint64_t yk_record_value(uint64_t value);
/* What to call instead of `callee` to record it: the recording wrapper of the function (same
 * signature), or itself. Records `callee`. */
const void *yk_record_callee(const void *callee);

/* The call before has returned fresh memory (yk_fresh in include/yk.h). */
void yk_record_fresh(const void *memory);
/* What the function is about that is entered next: its first argument. */
void yk_record_subject(const void *memory);

/* The recording wrapper of a function runs its clone between these two. The function becomes a
 * native call in the recording, and what was recorded since is taken out again, if it is active
 * already (recursion), if a trace cannot inline as many functions as are active, if their frame
 * buffers take too much room, if it calls a function that is AOT_RARE with a subject that is not
 * fresh memory of this recording, or if, in a function that has loops, one of them is executed more
 * than once; with YK_UNROLL, more than YK_UNROLLED_ROUNDS times. */
#define YK_UNROLLED_ROUNDS 16u
void yk_record_enter(uint32_t function);
void yk_record_leave(void);
/* The clones that run next are called from a function that `depth` others are inlined around; frame
 * buffers up to `frame_bytes` are in use. At first: the body, which no other is around. */
void recording_in(uint32_t depth, uint32_t frame_bytes);

#endif
