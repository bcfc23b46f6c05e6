/* One function of a program has merge points. */
#include "case.h"

long run_other(Machine *m, const uint8_t *pc) {
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN);
        switch (*pc++) {
        case 0:
            total -= *pc++;
            break;
        default:
            return total;
        }
    }
}

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: this function has a merge point, and so has run_other; a program can have one dispatch loop */
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        case 1:
            total += run_other(m, pc);
            break;
        default:
            return total;
        }
    }
}
