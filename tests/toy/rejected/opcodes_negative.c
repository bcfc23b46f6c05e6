/* Opcodes are small numbers, not negative ones. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *pc = m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: opcodes below 0 or above 65535 are not supported */
        switch ((signed char)*pc++) {
        case -3:
            total--;
            break;
        case 0:
            total += *pc++;
            break;
        case 1:
            pc -= *pc;
            yk_can_enter_jit(&m->location);
            break;
        default:
            return total;
        }
    }
}
