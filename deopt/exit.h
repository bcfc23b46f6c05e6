/* Leaving a trace. There are two kinds of exits:
 *
 *   at a merge point   the machine code passes the state vector in the argument registers of native
 *                      code and jumps to `code`: yk_native_exit, which counts, and goes on at
 *                      `next`, some nanoseconds later; or a side trace
 *   in a bytecode      (frame_count != 0) it stores the values of the snapshot in the native
 *                      activation (YkTraceArea.values, frame by frame, 8 bytes each, zero-extended)
 *                      and jumps to `code`: yk_native_deopt, which runs the bytecode to its end
 *                      (exit_resume); or a side trace
 *
 * r10 holds the Exit, and as long as the countdown has not run out nobody else reads it. */
#ifndef YK_EXIT_H
#define YK_EXIT_H

#include "../shared-ir/trace.h"
#include "../tier0-cnp/target.h"

/* One inlined function of an exit, the body first. */
typedef struct ExitFrame {
    AotClone resume, record; /* the function's clones */
    uint32_t entry;          /* resume point */
    uint32_t values;         /* first of its live values in YkTraceArea.values */
    uint32_t result;         /* index in YkTraceArea.values where the result of the next frame's
                                function goes, or UINT32_MAX */
    uint32_t frame_offset;   /* of its frame buffer in YkTraceArea.frames */
    uint32_t frame_end;      /* behind its frame buffer */
    uint32_t function;       /* its number */
} ExitFrame;

/* The first three members are read by machine code (thunks_x86_64.S). */
typedef struct Exit {
    const void *code;  /* where the machine code jumps */
    const void *next;  /* at a merge point: code that goes on with the vector in registers, or
                          yk_native_exit_slow */
    int32_t countdown; /* until a side trace is recorded */
    int32_t armed;     /* what the countdown has last been set to; see exit_arm */
    uint64_t before;   /* times that it had been taken then */
    uint32_t snapshot; /* its number in the trace's IR */
    uint32_t penalty;  /* of recordings that failed here */
    struct CompiledTrace *trace;
    uint32_t frame_count; /* 0: at a merge point */
    uint32_t value_count;
    const ExitFrame *frames; /* [frame_count + taken_count] */
    /* For tests: frames of the side that the program really takes if the guard failed only because
     * it was told to (TRACE_FORCIBLE); 0: goes on as if it had failed. */
    uint32_t taken_count;
    uint32_t awaits; /* 1 + number of the trace that its side trace needs or is; 0: none */
    bool restarts;   /* TRACE_RESTART: registers of greens are undefined; those of the snapshot's
                        merge are meant */
    uint8_t forced;  /* written by machine code in front of the guard: it is told to fail */
    /* In the list of exits that lead to one side trace; NULL: none. */
    struct Exit **side_link, *next_entry;
} Exit;

/* How often the exit has been taken without a side trace. */
static inline uint64_t exit_taken(const Exit *exit) {
    return exit->before + (uint64_t)((int64_t)exit->armed - exit->countdown);
}

/* Sets the countdown. */
static inline void exit_arm(Exit *exit, int32_t countdown) {
    exit->before = exit_taken(exit);
    exit->countdown = exit->armed = countdown;
}

/* Where the machine code of an exit jumps as long as it has no side trace. */
static inline const void *exit_without_side(const Exit *exit) {
    return exit->frame_count == 0 ? (const void *)(uintptr_t)&yk_native_exit
                                  : (const void *)(uintptr_t)&yk_native_deopt;
}

enum ExitClones { EXIT_RESUME, EXIT_RECORD, EXIT_MARKED };

/* Runs the bytecode to its end, which at a merge point is reached: the resume clones (or, while a
 * recording goes on, the record or the marked clones), innermost first. Leaves the state vector (or
 * the result, in slots[0]) in *frame. Returns an AotCloneResult other than AOT_RETURNED. May
 * longjmp. */
uint32_t exit_resume(YkFrame *frame, const Exit *exit, enum ExitClones clones);

/* The same at the side that the program really takes: taken_count is not 0. */
uint32_t exit_resume_forced(YkFrame *frame, const Exit *exit);

/* The exits of an optimised trace, by snapshot number, without side traces, `next` =
 * yk_native_exit_slow, countdown = 0; one block of memory (memory_free). NULL without memory. */
Exit *exits_make(const Trace *trace, struct CompiledTrace *owner);

/* Called by yk_native_deopt, and by yk_native_exit when the countdown has run out, with the vector
 * in *frame (runtime/tier1.c). Returns where to go on with the vector that is in *frame then.
 * May longjmp. */
const void *yk_exit_taken(YkFrame *frame, Exit *exit);

#endif
