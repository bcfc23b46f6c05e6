/* The opcode must come from the green variables. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: the value that the dispatch switches on does not depend on the green variables alone */
        switch (*m->other_pc) {
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
