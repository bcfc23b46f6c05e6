/* A signed operand, at both ends of its range. */
#define EXTRA total += (signed char)(operand + 124) - (signed char)(operand + 121);
#include "shape.h"
