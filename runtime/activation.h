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
    uintptr_t stack;   /* high end of the thread's stack; 0: not on a thread's own stack */
    uint32_t number;   /* larger than those of all live activations below */
} YkActivation;

typedef struct YkActivations {
    YkActivation *records;
    uint32_t count, capacity;
    YkBlock *quarantine; /* linked by `next` */
    uint32_t quarantined, scan_at;
} YkActivations;

/* The current thread's stack, asked for when it is first needed. */
typedef struct YkStack {
    uintptr_t low, high; /* high == 0: not asked yet; low == high: unknown */
} YkStack;
extern __thread YkStack activation_stack __attribute__((visibility("hidden")));

bool activation_push_slowly(YkActivations *a, const void *address);
void activation_pop_slowly(YkActivations *a, const void *address);

/* Pushes a record; returns false without memory. `address`: in the stack frame of the caller, or of
 * a caller of it that no other activation has. */
static inline bool activation_push(YkActivations *a, const void *address) {
    uintptr_t low = activation_stack.low, high = activation_stack.high, at = (uintptr_t)address;
    uint32_t count = a->count;
    if (__builtin_expect(count == a->capacity, 0)) /* records may be NULL */
        return activation_push_slowly(a, address);
    YkActivation *record = a->records + count;
    if (__builtin_expect(at < low, 0) || __builtin_expect(at >= high, 0) ||
        (count > 0 && (__builtin_expect(record[-1].stack != high, 0) ||
                       __builtin_expect(record[-1].address <= at, 0)))) /* it is dead */
        return activation_push_slowly(a, address);
    *record = (YkActivation){at, high, count > 0 ? record[-1].number + 1 : 0};
    a->count = count + 1;
    return true;
}

/* Pops the record that was pushed with `address`, and what longjmp has left above it. Records of
 * other threads stay. */
static inline void activation_pop(YkActivations *a, const void *address) {
    uint32_t count = a->count;
    if (__builtin_expect(count == 0 || a->records[count - 1].address != (uintptr_t)address, 0))
        activation_pop_slowly(a, address);
    else
        a->count = count - 1;
}
/* Takes over a block of dropped code. */
void activation_quarantine(YkActivations *a, YkBlock *block, YkTier0 *tier0);
/* Gives back the blocks that no activation can return to. */
void activation_reclaim(YkActivations *a, YkTier0 *tier0);
void activation_close(YkActivations *a);

#endif
