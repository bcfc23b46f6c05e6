/* setjmp in a handler, and a longjmp back to it from another instruction: native code would have
 * left the frame that setjmp was called in. The other instruction has no native code, because it
 * uses a variable of the thread. */
#include <setjmp.h>
#define GLOBALS                                                                                    \
    static jmp_buf place;                                                                          \
    static volatile long jumps;                                                                    \
    static __thread volatile long own;
#define EXTRA                                                                                      \
    if (operand == 4) {                                                                            \
        if (setjmp(place) != 0) {                                                                  \
            jumps++;                                                                               \
            pc = m->code + 6;                                                                      \
        }                                                                                          \
    } else {                                                                                       \
        own++;                                                                                     \
        if (m->count % 10 == 0 && jumps * 10 < 1000 - m->count)                                    \
            longjmp(place, 1);                                                                     \
    }
#define RESULT (jumps + 0 * total)
#include "shape.h"
