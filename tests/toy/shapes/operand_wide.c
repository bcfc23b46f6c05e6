/* Operands of two, four and eight bytes, not aligned. */
#define EXTRA                                                                                      \
    {                                                                                              \
        uint16_t two;                                                                              \
        uint32_t four;                                                                             \
        uint64_t eight;                                                                            \
        memcpy(&two, pc - 1, 2);                                                                   \
        memcpy(&four, pc - 3, 4);                                                                  \
        memcpy(&eight, pc - 5, 8);                                                                 \
        total += two + (four & 0xffffff);                                                          \
        total ^= (long)eight;                                                                      \
    }
#include "shape.h"
