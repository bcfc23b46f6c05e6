/* A red of two bytes. */
#define TYPE unsigned short
#define FORMAT "%d\n"
#define EXTRA total *= 3;
#include "shape.h"
