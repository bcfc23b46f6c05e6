/* Inline assembly in a handler. */
#define EXTRA                                                                                      \
    {                                                                                              \
        long value = operand;                                                                      \
        __asm__("add $3, %0" : "+r"(value));                                                       \
        total += value;                                                                            \
    }
#include "shape.h"
