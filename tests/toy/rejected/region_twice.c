/* A pointer is said to point into two regions. */
#include "case.h"

yk_region(code, "Machine.code");
yk_region(other, "Machine.other_pc Machine.code");

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: yk_region: Machine.code is in code and in other */
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        case 1:
            pc++;
            break;
        default:
            return total;
        }
    }
}
