/* Without a green there is no program counter. */
#include "case.h"

#define NOTHING (void *)0

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, NOTHING); /* error: a merge point takes one to 4 yk_green(variable, start, size) */
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
