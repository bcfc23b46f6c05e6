/* The optimiser: linear passes over a trace, one file each (opt_*.c), each with golden text tests.
 * May run on any thread: it reads nothing of the interpreter's memory. */
#ifndef YK_OPTIMISE_H
#define YK_OPTIMISE_H

#include "../shared-ir/trace.h"

/* Runs all passes. Takes ownership of `trace`, returns the result, or NULL without memory. `dump`
 * (may be NULL) gets the trace after each pass that changed it. */
Trace *optimise_trace(Trace *trace, FILE *dump);

#endif
