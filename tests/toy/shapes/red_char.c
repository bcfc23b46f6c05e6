/* A signed red of one byte, which wraps around. */
#define TYPE signed char
#define FORMAT "%d\n"
#include "shape.h"
