/* A trace from the end of its recording to its end: queued, compiled, adopted, dropped. */
#ifndef YK_COMPILED_H
#define YK_COMPILED_H

#include "../runtime/config.h"
#include "backend.h"
#include "record.h"

#include <stdatomic.h>

struct YkTier1;
struct TraceInbox;

/* A copy of the configuration, for workers, which may outlive the meta-tracer; shared by its
 * traces. */
typedef struct TraceConfig {
    atomic_uint references;
    YkConfig values;
} TraceConfig;

typedef struct CompiledTrace {
    struct YkTier1 *tier1; /* whose it is */
    YkHeader *header;      /* root trace: the head of the loop; NULL if dropped or a side trace */
    Exit *parent_exit;     /* side trace that is being compiled: where it was recorded; NULL: that
                              trace has been dropped */
    bool side;
    struct CompiledTrace *root; /* the trace of the loop that it belongs to, or itself; NULL: that
                                   has been dropped */
    uint32_t sides;             /* root trace: side traces below it */
    uint32_t left;              /* root trace: exits without a side trace since `window_ns` */
    uint64_t window_ns;         /* clock */
    uint32_t suspensions;       /* root trace: in vain, lately */
    bool unused;                /* root trace: not entered since the last eviction */
    uint32_t number;
    Trace *ir; /* from build_trace; after compiling the optimised one, kept for side traces */
    uint8_t *regions; /* of its values, from when it is compiled; NULL: no memory */
    Exit *exits;
    TraceLink link;   /* of its end */
    BackendCode code; /* entry == NULL: not compiled */
    /* Side trace: what exits it is for (runtime/tier1_sides.h), and those that lead to it. */
    uint64_t *form, form_hash;
    uint32_t form_count;
    Exit *entries;
    struct CompiledTrace *next_side;
    RecordedMerge *merges; /* [merge_count]: those of the recording, for side traces */
    uint32_t merge_count;
    void **units; /* what it depends on; sorted, no duplicates */
    uint32_t unit_count;
    struct CompiledTrace *next;         /* in one list: queue, inbox, adopted, dropped */
    struct CompiledTrace *next_pending; /* in the list of those that are being compiled */
    char name[160];                     /* "prog.lua:12" */
    TraceConfig *config;                /* a reference */
    bool dropped; /* bytecode that it depends on has died, or its parent; read by its code */
    /* Written by the worker. */
    char *error; /* why there is no code; malloc'ed */
    uint64_t optimise_ns, compile_ns;
    uint32_t insns_before, insns_after, guards;
    /* Under the worker's lock. */
    struct TraceInbox *inbox; /* NULL: nobody waits any more; the worker frees the trace */
} CompiledTrace;

TraceConfig *trace_config_new(const YkConfig *config); /* one reference; NULL without memory */
TraceConfig *trace_config_share(TraceConfig *config);  /* one reference more */
void trace_config_release(TraceConfig *config);        /* one less; NULL is fine */

/* Frees everything, the machine code included. */
void compiled_free(CompiledTrace *trace);

#endif
