/* Operations on operands that hole programs have, and some that they have not. */
#define EXTRA                                                                                      \
    total += __builtin_popcount(operand) + (int)(__builtin_bswap32(operand) >> 24);                \
    total += 100 / operand + 100 % (operand + 1) + __builtin_ctz(operand);                         \
    total += operand > 5 ? m->count : -m->count;                                                   \
    total += (operand & 2 ? 7 : 9) << (operand & 7);
#include "shape.h"
