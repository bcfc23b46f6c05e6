/* Nor can an array or a structure. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long registers[4] = {0};
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: the local variable 'registers' (declared in line 6) lives across the merge point */
        switch (*pc++) {
        case 0:
            registers[*pc & 3] += *pc;
            pc++;
            break;
        case 1:
            m->total++;
            break;
        default:
            return registers[5 & 3];
        }
    }
}
