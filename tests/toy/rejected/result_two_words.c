/* The result of the function is passed in one register. */
#include "case.h"

typedef struct Pair {
    long first, second;
} Pair;

static Pair run_pair(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: the function with the merge point returns what does not fit one register */
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        case 1:
            pc -= *pc;
            yk_can_enter_jit(&m->location);
            break;
        default:
            return (Pair){total, m->total};
        }
    }
}

long run(Machine *m) {
    return run_pair(m).first;
}
