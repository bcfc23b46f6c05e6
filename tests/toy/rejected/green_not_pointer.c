/* And it is a pointer. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *code = m->code;
    size_t pc = 0;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, yk_green(code, m->code, m->size), yk_green(pc, NULL, 0)); /* error: green number 2 is not a local variable of pointer type */
        switch (code[pc++]) {
        case 0:
            total += code[pc++];
            break;
        case 1:
            m->total++;
            break;
        default:
            return total;
        }
    }
}
