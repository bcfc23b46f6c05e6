/* A constant outside of the range that was declared: no code for that instruction. */
#define LOCALS const uint8_t *k = m->constants;
#define GREENS yk_green(pc, m->code, m->size), yk_green(k, m->constants, 5)
#define EXTRA total += k[operand];
#include "shape.h"
