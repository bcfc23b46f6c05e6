/* Functions with arguments, results and locals of many types, some of which promise to have no
 * effects; values of all types live across calls. */
#define GLOBALS                                                                                    \
    struct Pair {                                                                                  \
        short first;                                                                               \
        double second;                                                                             \
    };                                                                                             \
    __attribute__((noinline, const)) static bool odd(signed char x) {                              \
        return x < 0 ? !(-x & 1) : x & 1;                                                          \
    }                                                                                              \
    __attribute__((noinline, const)) static float half(float x, bool negate) {                     \
        return negate ? -x / 2 : x / 2;                                                            \
    }                                                                                              \
    __attribute__((noinline, pure)) static short narrow(const struct Pair *p, unsigned short x) {  \
        bool flag = odd((signed char)x);                                                           \
        float f = half(p->first, flag);                                                            \
        return flag ? (short)(x + p->first + (int)f) : (short)-x;                                  \
    }                                                                                              \
    __attribute__((noinline)) static double mix(struct Pair *p, signed char c, unsigned char u,    \
                                                float f, unsigned x, const void *where) {          \
        struct Pair local = *p;                                                                    \
        local.first = narrow(&local, (unsigned short)(x + u));                                     \
        float g = half(f, odd(c));                                                                 \
        if (local.first > 100 && where == p)                                                       \
            *p = local;                                                                            \
        p->second += g + local.first;                                                              \
        return odd((signed char)local.first) ? p->second : p->second - c;                          \
    }
#define EXTRA                                                                                      \
    {                                                                                              \
        struct Pair pair = {(short)(total & 255), 1.25};                                           \
        bool flag = odd((signed char)operand);                                                     \
        double d = mix(&pair, flag ? -3 : 9, operand, (float)total, (unsigned)total, &pair);       \
        total += (long)d + narrow(&pair, operand) + flag;                                          \
        total &= 0xffff;                                                                           \
    }
#include "shape.h"
