/* The compiler behind tier 1: a shared object (libyktrace.so) that contains LLVM and is loaded with
 * dlopen at the first trace. Nothing else of the run time knows LLVM.
 *
 * A compiled trace has the signature of all native code: twelve slots of the state vector in the
 * argument registers of preserve_none (LLVM: void (i64 or ptr x 12), calling convention
 * preserve_none), and leaves by tail calls. It keeps a frame pointer: rbp is the caller's when it
 * leaves. The YkFrame of the activation is at YK_TARGET_FRAME_OFFSET from the caller's rbp; its
 * `values` and `frames` are the exit's values and the frame buffers.
 *
 *   guard fails    stores the snapshot's values in call->values[0..], zero-extended (i1, i8.. too;
 * f32 as its bits), then tail-calls exit->code (loaded anew each time) with slot 0 = exit, all else
 * undefined TRACE_EXIT     tail-calls `lookup` with the vector in the slots side trace     is
 * entered by such a tail call of an exit; INHERIT n is call->values[n]
 */
#ifndef YK_BACKEND_H
#define YK_BACKEND_H

#include "../deopt/exit.h"

/* Both sides must see the same structures. */
#define YK_BACKEND_VERSION ((uint32_t)(1u << 24 | sizeof(Exit) << 16 | sizeof(Trace)))

typedef struct BackendJob {
    const Trace *trace; /* optimised */
    const char *name;   /* for dumps: "lua1:fib.lua:12#7" */
    const Exit
        *exits; /* [trace->snapshot_count]: by snapshot number; their addresses go into the code */
    const void *lookup; /* yk_native_lookup */
    uint32_t optimise;  /* 0..3 */
    FILE *dump;         /* NULL, or where LLVM IR and machine code go */
} BackendJob;

typedef struct BackendCode {
    const void *entry;
    const void *start; /* all of its code, for maps and quarantine */
    size_t size;
    void *handle; /* for release */
} BackendCode;

typedef struct Backend {
    uint32_t version;
    /* All return false with *error a text to free(). One backend is used by one thread at a time;
     * several may exist. */
    void *(*open)(char **error);
    void (*close)(void *backend);
    bool (*compile)(void *backend, const BackendJob *job, BackendCode *code, char **error);
    void (*release)(void *backend, void *handle);
} Backend;

/* The one symbol that the shared object exports. */
const Backend *yk_backend(void);

#endif
