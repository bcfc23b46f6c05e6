/* A red of type float. */
#define TYPE float
#define FORMAT "%.9g\n"
#define EXTRA total *= 0.75f;
#include "shape.h"
