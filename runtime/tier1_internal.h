/* Shared by the files of tier 1's control: tier1.c decides what runs, tier1_recording.c records,
 * tier1_submit.c makes jobs for the workers, tier1_traces.c adopts and drops, tier1_sides.c finds
 * side traces. */
#ifndef YK_TIER1_INTERNAL_H
#define YK_TIER1_INTERNAL_H

#include "tier1.h"

/* While a trace is being compiled, its loop asks for it after so many executions. */
#define POLL_COUNTDOWN 200
/* A loop or exit whose trace needs another that is being compiled looks after so many. */
#define WAIT_COUNTDOWN 20

/* Of an exit with a TRACE_RESTART: where it executes the bytecode anew. */
static inline const RecordedMerge *exit_merge(const Exit *exit) {
    const CompiledTrace *t = exit->trace;
    return &t->merges[t->ir->snapshots[exit->snapshot].merge];
}

/* tier1_submit.c */

/* Builds the trace of the finished recording of a loop or an exit and gives it to a worker. Both
 * NULL: it has been freed meanwhile. */
void tier1_submit(YkTier1 *t1, YkHeader *header, Exit *exit);

/* tier1_traces.c */

/* Cells for the ends of traces (TraceLink) that lead to no other trace or code. */
extern const void *const link_to_lookup, *const link_to_return;
/* A threshold after failures. */
int32_t penalised(int32_t threshold, uint32_t penalty);
/* The loop has no trace and counts anew. */
void header_reset(const YkTier1 *t1, YkHeader *header);
/* The loop's trace is entered; or is not, for a while at least. */
void header_link(YkHeader *header);
void header_unlink(YkHeader *header);

/* A side trace of the exit has failed, or cannot be made. */
void exit_punish(const YkTier1 *t1, Exit *exit, enum YkAbort why);
/* Adopts what the workers have finished. */
void traces_collect(YkTier1 *t1);
/* Lets an exit lead to a side trace, or wait for it. */
void traces_use_side(Exit *exit, CompiledTrace *side);
/* There are as many traces as there may be: drops loops that have not been entered since the last
 * time, with their side traces. */
void traces_evict(YkTier1 *t1);
/* Takes traces that are marked as dropped or depend on `unit` (may be NULL) out of use. */
void traces_sweep(YkTier1 *t1, const void *unit);
/* Whether the trace with this number, plus 1, is being compiled. */
bool traces_pending(const YkTier1 *t1, uint32_t number);
/* Whether side traces of a loop are being compiled. */
bool traces_pending_for(const YkTier1 *t1, const CompiledTrace *root);

#endif
