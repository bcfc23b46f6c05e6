/* Activations: which native code may be on the stack.
 *
 * Each entry of native code pushes a record, popped when it returns. A longjmp leaves records
 * behind; they are recognised as dead by their stack address when the next is pushed: a live
 * activation on the same stack is at a higher address than anything it calls.
 *
 * A dropped block of code may still be a return address in some live activation. It is kept in
 * quarantine until a scan of the stack, from the oldest live record down, finds no word that points
 * into it. Where the records are not all on the current thread's own stack (a VM that was moved to
 * another thread, coroutines on stacks of their own), nothing is scanned and everything is kept. */
#ifndef YK_ACTIVATION_H
#define YK_ACTIVATION_H

#include "../tier0-cnp/tier0.h"

typedef struct YkActivation {
    uintptr_t address; /* in the stack frame that entered native code */
    uintptr_t thread;  /* identifies the thread's stack; 0: not on a thread's own stack */
} YkActivation;

typedef struct YkActivations {
    YkActivation *records;
    uint32_t count, capacity;
    YkBlock *quarantine; /* linked by `next` */
    uint32_t quarantined, scan_at;
} YkActivations;

/* Pushes a record; returns false without memory. `address`: of a local of the caller. */
bool activation_push(YkActivations *a, const void *address);
/* Pops the record that was pushed with `address`, and what longjmp has left above it. Records of
 * other threads stay. */
void activation_pop(YkActivations *a, const void *address);
/* Takes over a block of dropped code. */
void activation_quarantine(YkActivations *a, YkBlock *block, YkTier0 *tier0);
/* Gives back the blocks that no activation can return to. */
void activation_reclaim(YkActivations *a, YkTier0 *tier0);
void activation_close(YkActivations *a);

#endif
