/* A signed red of four bytes, below zero. */
#define TYPE int
#define FORMAT "%d\n"
#define EXTRA total -= 5000 * operand;
#include "shape.h"
