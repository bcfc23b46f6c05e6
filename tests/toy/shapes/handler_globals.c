/* Variables of the program: static, and of the thread. */
#define GLOBALS                                                                                    \
    static long counter;                                                                           \
    static __thread long own;
#define EXTRA                                                                                      \
    counter += operand;                                                                            \
    own -= counter;                                                                                \
    total += counter + own;
#include "shape.h"
