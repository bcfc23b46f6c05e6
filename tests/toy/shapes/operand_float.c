/* Operands that are floating-point numbers. */
#define EXTRA                                                                                      \
    {                                                                                              \
        float four;                                                                                \
        double eight;                                                                              \
        memcpy(&four, pc - 3, 4);                                                                  \
        memcpy(&eight, pc - 5, 8);                                                                 \
        total += (long)(four * 1e30f) + ((long)(eight * 1e100) & 255);                             \
    }
#include "shape.h"
