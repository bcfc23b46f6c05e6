/* Integers of 128 bits in a handler, which calls a routine of the compiler. */
#define EXTRA total = (long)((__int128)total * (operand + 1000000007) % 1000003);
#include "shape.h"
