/* From a recording to a trace, on the mutator's own thread: reads green memory. */
#ifndef YK_BUILD_H
#define YK_BUILD_H

#include "record.h"

#define YK_TRACE_MAX_FRAMES 16    /* inlined functions, the body included */
#define YK_TRACE_MAX_INSNS 30000u /* before any optimisation */

/* Follows the recording through the IR: inlines, turns branches into guards with snapshots,
 * evaluates loads from green memory, folds constants. The result is one pass from the entry to
 * the end: TRACE_LOOP with `end_snapshot` the vector there (no LOOP instruction yet: peel.c makes
 * it) if the recording ends where it began, else TRACE_EXIT.
 * `parent`: the IR that r->exit belongs to, for a side trace; else NULL.
 * On failure NULL and *why. */
Trace *build_trace(const AotModule *module, const Recording *r, const Trace *parent,
                   enum YkAbort *why);

#endif
