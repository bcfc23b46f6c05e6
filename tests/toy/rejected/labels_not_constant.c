/* The plugin must see which label belongs to which opcode. */
#include "case.h"

long run(Machine *m) {
    static const void *labels[3] = {&&add, &&add, &&stop};
    const uint8_t *pc = m->code;
    long total = 0;
    labels[m->total & 1] = &&add;
    yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: a computed goto at the dispatch must go through a constant table of labels */
    goto *labels[*pc++];
add:
    total += *pc++;
    yk_merge_point(m->mt, &m->location, CODE_GREEN);
    goto *labels[*pc++];
stop:
    return total;
}
