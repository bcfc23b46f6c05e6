/* A condition between merge point and dispatch. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: between the merge point and the switch (or computed goto) on the opcode there must be straight code only */
        if (m->total > 1000)
            return total;
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
