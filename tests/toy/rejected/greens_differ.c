/* All copies of the merge point name the same greens. */
#include "case.h"

long run(Machine *m) {
    static const void *const labels[] = {&&add, &&skip, &&stop};
    const uint8_t *pc = m->code, *constants = m->code;
    long total = 0;
    yk_merge_point(m->mt, &m->location, CODE_GREEN);
    goto *labels[*pc++];
add:
    total += *pc++;
    yk_merge_point(m->mt, &m->location, CODE_GREEN, yk_green(constants, m->code, m->size)); /* error: the copies of the merge point name different greens */
    goto *labels[*pc++];
skip:
    pc++;
    yk_merge_point(m->mt, &m->location, CODE_GREEN);
    goto *labels[*pc++];
stop:
    return total + *constants;
}
