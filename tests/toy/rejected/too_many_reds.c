/* The state vector has room for eight variables besides the greens. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: too many local variables are live at the merge point (at most 8) */
        switch (*pc++) {
        case 0:
            a += *pc++;
            break;
        case 1:
            a += b, b += c, c += d, d += e, e += f, f += g, g += h, h += a;
            break;
        default:
            return a;
        }
    }
}
