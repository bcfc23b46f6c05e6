/* An instruction that goes on at one of two places, by a condition of the run. */
#define EXTRA                                                                                      \
    if (m->count % 3 == 0)                                                                         \
        pc += operand == 4 ? 2 : 0;                                                                \
    total += m->count & 1;
#include "shape.h"
