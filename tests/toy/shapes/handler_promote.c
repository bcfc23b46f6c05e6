/* Promoted values of several types. */
#define GLOBALS                                                                                    \
    __attribute__((noinline)) static long promoted(const Machine *m, int x, bool flag) {           \
        const uint8_t *code = yk_promote(m->code);                                                 \
        signed char small = yk_promote((signed char)-x);                                           \
        long sum = code[yk_promote(flag)] + small;                                                 \
        switch (yk_promote(x) & 3) {                                                               \
        case 0:                                                                                    \
            return sum + x;                                                                        \
        case 1:                                                                                    \
            return sum - x;                                                                        \
        default:                                                                                   \
            return sum * 3;                                                                        \
        }                                                                                          \
    }
#define EXTRA total += promoted(m, operand * yk_promote(-7), m->count & 1) + yk_promote(operand);
#include "shape.h"
