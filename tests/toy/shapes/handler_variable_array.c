/* An array of variable size in a handler. */
#define EXTRA                                                                                      \
    {                                                                                              \
        char bytes[operand];                                                                       \
        memset(bytes, operand, operand);                                                           \
        __asm__ volatile("" : : "r"(bytes) : "memory");                                            \
        total += bytes[operand - 1];                                                               \
    }
#include "shape.h"
