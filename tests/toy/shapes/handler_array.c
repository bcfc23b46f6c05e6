/* An array on the stack, in a handler. */
#define EXTRA                                                                                      \
    {                                                                                              \
        char bytes[16];                                                                            \
        memset(bytes, operand, sizeof bytes);                                                      \
        bytes[m->count & 15]++;                                                                    \
        total += bytes[operand] + bytes[m->count % 11];                                            \
    }
#include "shape.h"
