/* Leaving a trace. The machine code of an exit stores the values of its snapshot in the native
 * activation (YkTraceArea.values, frame by frame, 8 bytes each, zero-extended) and jumps to
 * `code`: yk_native_deopt, which calls exit_resume, or a side trace. */
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
} ExitFrame;

typedef struct Exit {
    const void *code;  /* where the machine code jumps; first member: read by machine code */
    int32_t countdown; /* until a side trace is recorded */
    uint32_t snapshot; /* its number in the trace's IR */
    struct CompiledTrace *trace;
    uint32_t frame_count; /* 0: values[0..11] is the state vector */
    uint32_t value_count;
    const ExitFrame *frames;
    uint32_t penalty; /* of recordings that failed here */
    uint64_t taken;   /* times that it led to yk_exit_taken */
} Exit;

/* Runs the resume clones (`record`: the recording clones), innermost first, and leaves the state
 * vector (or the result, in slots[0]) in *frame. Returns an AotCloneResult other than
 * AOT_RETURNED. May longjmp. */
uint32_t exit_resume(YkFrame *frame, const Exit *exit, bool record);

/* The exits of an optimised trace, by snapshot number, with code = yk_native_deopt and countdown =
 * 0; one block of memory (memory_free). NULL without memory. */
Exit *exits_make(const Trace *trace, struct CompiledTrace *owner);

/* Called by yk_native_deopt (runtime/tier1.c). Returns where to go on; the state vector is in
 * *frame. May longjmp. */
const void *yk_exit_taken(YkFrame *frame, Exit *exit);

#endif
