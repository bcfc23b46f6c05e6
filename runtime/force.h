/* For tests (configuration key force_exits): guards that are told to fail although their condition
 * holds, each once, after a random number of executions. The exit is left through as any other: the
 * code that stores its values, its clones, and its side trace; but for a branch the clones go on at
 * the side that the program takes in truth. So no program may notice. */
#ifndef YK_FORCE_H
#define YK_FORCE_H

#include "../tier1-trace/compiled.h"

typedef struct ForceCounts {
    uint64_t guards;     /* of all traces */
    uint64_t unforcible; /* of them: no room for both sides of the branch in the snapshot */
    uint64_t taken_over; /* ... a side trace was there first */
    uint64_t unpassed;   /* ... their conditions never held: not executed, or failed each time */
    uint64_t waiting;    /* ... not executed often enough */
} ForceCounts;

/* When each guard of a trace fails: [insn_count] for BackendJob.force, then [insn_count] what that
 * was at first. All of them at once if the seed is 1, else some at once and some later. The result
 * belongs to the caller (memory_free). NULL without memory: none is forced. */
uint8_t *force_arm(const Trace *optimised, uint32_t seed, uint32_t trace_number);
/* A side trace takes an exit over, and begins on the side that the guard leaves to: if it would
 * have gone on at the other, it is not forced any more. */
void force_taken_over(CompiledTrace *trace, const Exit *exit, ForceCounts *counts);
/* Adds up the guards of a trace that is not executed any more. */
void force_count(const CompiledTrace *trace, ForceCounts *counts);

#endif
