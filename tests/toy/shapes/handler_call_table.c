/* Calls through a table of functions that the operand indexes. */
#define GLOBALS                                                                                    \
    static long increment(long x) {                                                                \
        return x + 1;                                                                              \
    }                                                                                              \
    static long twice(long x) {                                                                    \
        return 2 * x;                                                                              \
    }                                                                                              \
    static long (*const table[])(long) = {increment, twice, increment, twice,                      \
                                          twice,     twice, increment};
#define EXTRA total = table[operand](total) & 0xffff;
#include "shape.h"
