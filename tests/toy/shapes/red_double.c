/* A red and a result of type double, with constants in read-only memory. */
#define TYPE double
#define FORMAT "%.17g\n"
#define EXTRA                                                                                      \
    total = total * 1.00001 + 3.25;                                                                \
    if (total > 1e6)                                                                               \
        total -= 1e6;
#include "shape.h"
