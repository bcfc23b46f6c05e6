/* Memory behind a pointer that was loaded from green memory is not green: here the opcode. */
#include "case.h"

long run(Machine *m) {
    const uint8_t *const *pc = (const uint8_t *const *)m->code;
    long total = 0;
    for (;;) {
        yk_merge_point(m->mt, &m->location, CODE_GREEN); /* error: the value that the dispatch switches on does not depend on the green variables alone */
        switch (**pc++) {
        case 0:
            total++;
            break;
        case 1:
            m->total++;
            break;
        default:
            return total;
        }
    }
}
