/* The optimiser: linear passes over a trace, one file each (opt_*.c), each with golden text tests.
 * May run on any thread: it reads nothing of the interpreter's memory. */
#ifndef YK_OPTIMISE_H
#define YK_OPTIMISE_H

#include "../shared-ir/trace.h"

/* Runs all passes. Takes ownership of `trace`, returns the result, or NULL without memory. `dump`
 * (may be NULL) gets the trace after each pass that changed it.
 *
 * A trace that ends in TRACE_LOOP and has no LOOP yet gets one: a preamble that is executed once,
 * and the loop's body. If that cannot be (the second iteration always fails a guard; or a side
 * trace), it ends in TRACE_EXIT instead. */
Trace *optimise_trace(Trace *trace, FILE *dump);

/* For tests: some passes only. */
enum OptPass {
    OPT_FOLD = 1,    /* algebra, constants, known bits */
    OPT_NUMBER = 2,  /* value numbering */
    OPT_FACTS = 4,   /* what guards say */
    OPT_FORWARD = 8, /* loads and redundant stores */
    OPT_PEEL = 16,
    OPT_DEAD = 32,    /* dead code */
    OPT_STORES = 64,  /* dead stores; with OPT_DEAD */
    OPT_GUARDS = 128, /* guards that a later one implies */
    OPT_SHARE = 256,  /* exits that are the same */
    OPT_SINK = 512,   /* stores that only exits look at; with OPT_DEAD */
    OPT_ALL = 1023,
};
Trace *optimise_trace_with(Trace *trace, unsigned passes, FILE *dump);

#endif
