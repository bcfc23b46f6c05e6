/* Tier 1's control: which loops are recorded and when, what happens to their traces, and where
 * exits go on. One per meta-tracer; used by the thread that runs the VM. */
#ifndef YK_TIER1_H
#define YK_TIER1_H

#include "../tier0-cnp/tier0.h"
#include "../tier1-trace/record.h"
#include "force.h"
#include "hardware.h"
#include "worker.h"

/* Native activations that can be nested; deeper ones stay in the interpreter. */
#define YK_MAX_AREAS 65536u

#define YK_SIDE_BUCKETS 256u

typedef struct Tier1Counts {
    uint64_t recordings, aborts, traces, side_traces, failures; /* failures: of the compiler */
    uint64_t exits; /* of traces that have been freed; see tier1_exits */
    uint64_t adopted, dropped;
    uint64_t recording_ns; /* in recordings, what they execute included */
} Tier1Counts;

typedef struct YkTier1 {
    const YkConfig *config;
    TraceConfig *trace_config; /* a reference; made with the first trace */
    YkTier0 *tier0;            /* NULL: not open; no traces */
    YkNamer namer;
    const AotModule *module;
    AotClone body;      /* recording clone of the dispatch loop's body */
    uint64_t opened_ns; /* clock */
    uint32_t asked;     /* how often a trace has been wanted while it was too early */
    bool is_late;       /* the program is no short one: traces are recorded */
    Recording recording;
    YkHardware hardware;
    bool recording_now;
    uintptr_t recording_at; /* stack address of the recording that is going on */
    uint32_t recording_number;
    uint32_t awaited;       /* 1 + number of the trace that the last recording needed */
    bool disabled;          /* the compiler cannot be loaded: tier 0 runs everything */
    CompiledTrace *traces;  /* adopted and compiled; linked by `next` */
    CompiledTrace *pending; /* given to the workers; linked by `next_pending` */
    CompiledTrace *dead;    /* dropped; may still be on the native stack */
    CompiledTrace *sides[YK_SIDE_BUCKETS]; /* by form; see tier1_sides.h */
    uint32_t pending_count, trace_count, next_number;
    uint64_t evicted_ns; /* clock of the last eviction */
    uint64_t adopted_ns; /* clock when the last trace was adopted */
    TraceInbox inbox;
    Tier1Counts counts;
    ForceCounts forced;
    YkTraceArea *areas; /* [YK_MAX_AREAS], by the number of the activation; pages come when used */
} YkTier1;

/* Makes `tier0` count loops, if the configuration and the program allow traces. */
void tier1_open(YkTier1 *t1, const YkConfig *config, YkTier0 *tier0);
/* No native code of the meta-tracer is active any more. */
void tier1_close(YkTier1 *t1);

/* Native code has left at frame->header, whose counter had run out (YK_NATIVE_HOT). Returns code to
 * enter with the vector in *frame, or NULL: *result says what yk_enter is to do. May longjmp.
 */
const void *tier1_hot(YkTier1 *t1, YkFrame *frame, int *result);

/* The bytecode of `unit` is dying. Traces that depend on it are dropped. */
void tier1_unit_dropped(YkTier1 *t1, YkUnit *unit);
/* How often traces have been left through exits without side traces. */
uint64_t tier1_exits(const YkTier1 *t1);
/* No native code is active: what was dropped can be freed. */
void tier1_idle(YkTier1 *t1);

#endif
