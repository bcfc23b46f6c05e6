/* Control flow in a handler that joins in front of its end. */
#define EXTRA                                                                                      \
    if (operand == 4)                                                                              \
        goto common;                                                                               \
    total += 5;                                                                                    \
    common:                                                                                        \
    total += 6;
#include "shape.h"
