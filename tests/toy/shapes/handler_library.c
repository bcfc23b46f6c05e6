/* Calls of the C library, which is out of reach, and strings. */
#define EXTRA                                                                                      \
    total += (long)strlen(&"a rather long text"[operand]);                                         \
    if (m->count % 250 == 0)                                                                       \
        printf("%ld %s\n", m->count, &"text"[operand - 3]);
#include "shape.h"
