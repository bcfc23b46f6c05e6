/* With computed goto, all copies of the merge point must be followed by the same. */
#include "case.h"

long run(Machine *m) {
    static const void *const labels[] = {&&add, &&skip, &&stop};
    const uint8_t *pc = m->code;
    long total = 0;
    yk_merge_point(m->mt, &m->location, CODE_GREEN);
    goto *labels[*pc++];
add:
    total += *pc++;
    yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: what follows this copy of the merge point differs from what follows the first copy */
    goto *labels[*pc++ & 1];
skip:
    pc++;
    yk_merge_point(m->mt, &m->location, CODE_GREEN);
    goto *labels[*pc++];
stop:
    return total;
}
