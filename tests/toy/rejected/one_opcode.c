/* LLVM turns such a switch into a branch, and the plugin looks for a switch. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: the dispatch has too few opcodes */
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        default:
            return total;
        }
    }
}
