/* A loop in a handler. */
#define EXTRA                                                                                      \
    for (int i = 0; i < operand; i++)                                                              \
        total += i * m->count;
#include "shape.h"
