/* A list is declared by one of its links only. */
#include "case.h"

yk_list(other, "Machine.other_pc");

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: yk_list: other needs two fields: the one that points on, the one back */
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
