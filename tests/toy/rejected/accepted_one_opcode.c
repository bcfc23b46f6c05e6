/* Even an interpreter with one opcode is one. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN);
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        default:
            return total;
        }
    }
}
