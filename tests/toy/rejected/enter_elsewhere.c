/* yk_can_enter_jit belongs into the function with the merge point. */
#include "case.h"

static void jump_back(Machine *m, const uint8_t **pc) {
    *pc -= **pc;
    yk_can_enter_jit(&m->location); /* error: yk_can_enter_jit outside of run, the function with the merge point */
}

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN);
        switch (*pc++) {
        case 0:
            total += *pc++;
            break;
        case 1: {
            const uint8_t *copy = pc;
            jump_back(m, &copy);
            pc = copy;
            break;
        }
        default:
            return total;
        }
    }
}
