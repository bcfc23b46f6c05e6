/* As many greens as there can be, all into the same memory. */
#define LOCALS const uint8_t *k = m->constants, *second = k + 1, *third = k + 2;
#define GREENS                                                                                     \
    yk_green(pc, m->code, m->size), yk_green(k, m->constants, m->constants_size),                  \
        yk_green(second, m->constants, m->constants_size),                                         \
        yk_green(third, m->constants, m->constants_size)
#define EXTRA total += k[operand] * second[1] - third[operand - 3];
#include "shape.h"
