/* Constants as a second green; one is looked at when code is made. */
#define LOCALS const uint8_t *k = m->constants;
#define GREENS yk_green(pc, m->code, m->size), yk_green(k, m->constants, m->constants_size)
#define EXTRA                                                                                      \
    total += k[operand];                                                                           \
    if (k[operand - 1] == 4)                                                                       \
        total = total * 3 & 0xffff;
#include "shape.h"
