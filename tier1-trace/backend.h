/* The compiler behind tier 1: a shared object (libyktrace.so) that contains LLVM and is loaded with
 * dlopen at the first trace. Nothing else of the run time knows LLVM.
 *
 * A compiled trace has the signature of all native code: twelve slots of the state vector in the
 * argument registers of preserve_none, and leaves by tail calls. It keeps a frame pointer: rbp is
 * the caller's when it leaves, and one rule unwinds from every instruction, that of tier 0's code
 * (perf/unwind.h). The YkFrame of the activation is at YK_TARGET_FRAME_OFFSET from the caller's
 * rbp; its `area` has the values of exits and the frame buffers.
 *
 *   a guard fails   jumps to exit->code, which is read anew each time, with the Exit in r10. If its
 *                   snapshot has frames, its values are in area->values[0..], zero-extended (also
 *                   i1, i8; f32 as its bits), else in the slots; those of greens are undefined if
 *                   the bytecode is executed anew (TRACE_RESTART)
 *   TRACE_EXIT      jumps to *link->cell, both read anew each time, with the vector in the slots
 *   TRACE_RETURN    the same; the first green slot has the result
 *   side trace      is entered by such a jump of an exit; INHERIT n is area->values[n] */
#ifndef YK_BACKEND_H
#define YK_BACKEND_H

#include "../deopt/exit.h"

/* Both sides must see the same structures and operations: count on when ops.def changes. */
#define YK_BACKEND_VERSION ((uint32_t)(3u << 24 | sizeof(Exit) << 16 | sizeof(Trace)))

/* Where a trace goes on at its end. The code has its address and reads it each time, so that
 * linking and unlinking write no code. */
typedef struct TraceLink {
    const void *const *cell;
    const void *code; /* for traces to whose end no other cell belongs: cell == &code */
} TraceLink;

typedef struct BackendJob {
    const Trace *trace; /* optimised */
    const char *name;   /* for dumps: "lua1:fib.lua:12#7" */
    const Exit *exits;  /* [snapshot_count], by snapshot number; the code has their addresses */
    /* Set when bytecode that the trace depends on has died: a guard on the pc of a bytecode fails
     * from then on, for other bytecode may lie there now. NULL: there is no such flag. */
    const bool *dropped;
    /* For tests: [insn_count], a counter for each guard. At 0 nothing happens; at 1 the guard fails
     * once, even if its condition holds, and sets its Exit's `forced`. Else it is counted down at
     * each execution. NULL: none. */
    uint8_t *force;
    const TraceLink *link; /* if it does not end in TRACE_LOOP */
    uint32_t optimise;     /* 0..3 */
    FILE *dump;            /* NULL, or where LLVM IR and machine code go */
} BackendJob;

typedef struct BackendCode {
    const void *entry;
    const void *start; /* all of its code, for maps and quarantine */
    size_t size;
    void *handle; /* for release */
} BackendCode;

typedef struct Backend {
    uint32_t version;
    /* On failure NULL or false, with *error a text to free(), or NULL without memory. A backend is
     * used by one thread at a time; several may exist. */
    void *(*open)(char **error);
    bool (*compile)(void *backend, const BackendJob *job, BackendCode *code, char **error);
    /* Any thread may release code at any time, with any open backend, also code whose backend has
     * been closed. */
    void (*release)(void *backend, void *handle);
    void (*close)(void *backend);
    /* For tests: memory_fail_request for the shared object's own memory; LLVM's is not counted. */
    void (*fail_request)(int n);
} Backend;

/* The one symbol that the shared object exports. */
const Backend *yk_backend(void);

#endif
