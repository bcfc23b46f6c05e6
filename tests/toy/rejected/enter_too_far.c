/* The way from yk_can_enter_jit to the merge point is copied: it must be short. */
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
        case 1:
            yk_can_enter_jit(&m->location); /* error: yk_can_enter_jit is too far from the merge point */
#define STEP                                                                                       \
    if (m->total & 1)                                                                              \
        total++;
#define STEPS STEP STEP STEP STEP STEP STEP STEP STEP STEP STEP STEP STEP
            STEPS STEPS STEPS STEPS
            break;
        default:
            return total;
        }
    }
}
