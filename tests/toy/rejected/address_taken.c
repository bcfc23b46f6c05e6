/* A local whose address is taken cannot be part of the state vector. */
#include "case.h"

static void count(long *counter) {
    ++*counter;
}

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: the local variable 'total' (declared in line 10) lives across the merge point, and its address is taken */
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        case 1:
            count(&total);
            break;
        default:
            return total;
        }
    }
}
