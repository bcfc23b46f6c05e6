/* The workers: threads that optimise and compile traces, shared by all meta-tracers of the
 * process, and the loading of the compiler's shared object.
 *
 * Nothing starts before the first trace is submitted. A child that is forked later has no workers
 * and compiles no new traces. */
#ifndef YK_WORKER_H
#define YK_WORKER_H

#include "../tier1-trace/compiled.h"

/* Where finished traces wait for their meta-tracer. */
typedef struct TraceInbox {
    _Atomic(CompiledTrace *) finished; /* linked by `next`, latest first */
} TraceInbox;

/* Compiles `trace` on a worker, or at once if config.jit_workers is 0; then it is in the inbox.
 * Returns false, with trace->error set, if that is impossible; the caller keeps the trace. */
bool worker_submit(CompiledTrace *trace, TraceInbox *inbox);
/* Takes all finished traces, linked by `next`; NULL: none. */
CompiledTrace *worker_collect(TraceInbox *inbox);
/* Whether any trace is in the inbox: cheap. */
static inline bool worker_has_news(const TraceInbox *inbox) {
    return atomic_load_explicit(&inbox->finished, memory_order_relaxed) != NULL;
}
/* No trace of this inbox will arrive any more: queued ones are freed, those being compiled when
 * that is done. Frees what is in the inbox. */
void worker_abandon(TraceInbox *inbox);
/* Gives the machine code of a trace back. */
void worker_release(BackendCode *code);

#endif
