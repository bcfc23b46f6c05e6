/* A red of one byte, 0 or 1. */
#define TYPE bool
#define FORMAT "%d\n"
#define EXTRA total = !total || operand == 6;
#include "shape.h"
