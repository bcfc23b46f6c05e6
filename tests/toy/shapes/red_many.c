/* As many reds as there can be: some travel in registers that calls destroy. */
#define LOCALS                                                                                     \
    long a = 1, b = 2;                                                                             \
    double x = 1, y = 2;                                                                           \
    short s = 3;                                                                                   \
    const char *text = "yk";
#define EXTRA                                                                                      \
    printf("%c", text[s & 1]);                                                                     \
    a += b ^ operand;                                                                              \
    b -= a & 255;                                                                                  \
    x += y * operand;                                                                              \
    y -= x / 1e3;                                                                                  \
    s = (short)(s * 7 + operand);                                                                  \
    total += a + (long)x + s;
#include "shape.h"
