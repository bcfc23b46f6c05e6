/* Nor ?: or && in the arguments. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, yk_green(pc, m->code, m->size ? m->size : 1)); /* error: without calls, ?: or && */
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        case 1:
            m->total++;
            break;
        default:
            return total;
        }
    }
}
