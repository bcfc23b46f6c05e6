/* A green is a local variable. */
#include "case.h"

long run(Machine *m) {
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, yk_green(m->other_pc, m->code, m->size)); /* error: green number 1 is not a local variable of pointer type */
        switch (*m->other_pc++) {
        case 0:
            total += *m->other_pc++;
            break;
        case 1:
            m->total++;
            break;
        default:
            return total;
        }
    }
}
