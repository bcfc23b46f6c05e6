/* Switches in a handler: on the operand, and on what only the run knows. */
#define EXTRA                                                                                      \
    switch (operand) {                                                                             \
    case 4:                                                                                        \
        total += 3;                                                                                \
        break;                                                                                     \
    case 5:                                                                                        \
        total -= 1;                                                                                \
        break;                                                                                     \
    case 6:                                                                                        \
        total *= 2;                                                                                \
        break;                                                                                     \
    }                                                                                              \
    switch (m->count % 7) {                                                                        \
    case 0:                                                                                        \
        total += 30;                                                                               \
        break;                                                                                     \
    case 1:                                                                                        \
        total -= 10;                                                                               \
        break;                                                                                     \
    case 2:                                                                                        \
        total ^= 55;                                                                               \
        break;                                                                                     \
    case 3:                                                                                        \
        total &= 0xfffff;                                                                          \
        break;                                                                                     \
    case 4:                                                                                        \
        total |= 7;                                                                                \
        break;                                                                                     \
    case 5:                                                                                        \
        total += 99;                                                                               \
        break;                                                                                     \
    }
#include "shape.h"
