/* An interpreter of four instructions, to be varied: each file of this folder defines some of the
 * macros below and includes this one. With -DPLAIN it does not go through yk; check-shape compares.
 *
 *   TYPE      of `total`, the accumulator, and of the result      EXTRA   what instruction 3 does;
 *   FORMAT    printf's for the result                                     its operand is `operand`
 *   RESULT    what run returns                                    LOCALS  more locals
 *   PRINT(x)  prints the result                                   GLOBALS more declarations
 *   GREENS    of the merge point                                  BEFORE  what precedes it
 *   OPCODE    what is switched on                                 LOOP, LOOP_END   around it all */
#include "yk.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifndef TYPE
#define TYPE long
#endif
#ifndef FORMAT
#define FORMAT "%ld\n"
#endif
#ifndef RESULT
#define RESULT total
#endif
#ifndef RESULT_TYPE
#define RESULT_TYPE TYPE
#endif
#ifndef PRINT
#define PRINT(x) printf(FORMAT, x)
#endif
#ifndef EXTRA
#define EXTRA total += 2 * operand;
#endif
#ifndef LOCALS
#define LOCALS
#endif
#ifndef GLOBALS
#define GLOBALS
#endif
#ifndef BEFORE
#define BEFORE
#endif
#ifndef GREENS
#define GREENS yk_green(pc, m->code, m->size)
#endif
#ifndef OPCODE
#define OPCODE *pc++
#endif
#ifndef LOOP
#define LOOP for (;;) {
#define LOOP_END }
#endif

#ifdef PLAIN
#undef yk_promote
#define yk_promote(x) (x)
#define MERGE_POINT ((void)0)
#define ENTER ((void)0)
#define yk_mt_new(error) NULL
#define yk_location_init(mt, location) ((void)0)
#define yk_mt_shutdown(mt) ((void)0)
#else
#define MERGE_POINT yk_merge_point(m->mt, &m->location, GREENS)
#define ENTER yk_can_enter_jit(&m->location)
#endif

typedef struct Machine {
    YkMT *mt;
    YkLocation location;
    const uint8_t *code;
    size_t size;
    const uint8_t *constants;
    size_t constants_size;
    long count, events;
} Machine;

GLOBALS

RESULT_TYPE run(Machine *m);
/* Some macros are statements. */
/* clang-format off */
RESULT_TYPE run(Machine *m) {
    const uint8_t *pc = m->code;
    TYPE total = 0;
    LOCALS
    LOOP
        BEFORE
        MERGE_POINT;
        switch (OPCODE) {
        case 0:
            total += *pc++;
            break;
        case 1: /* back, while the counter runs */
            if (--m->count > 0) {
                pc -= *pc;
                ENTER;
            } else
                pc++;
            break;
        case 2:
            return RESULT;
        case 3: {
            uint8_t operand = *pc++;
            (void)operand;
            EXTRA
            break;
        }
        default:
            break;
        }
    LOOP_END
    return RESULT;
}
/* clang-format on */

int main(void) {
    static const uint8_t code[] = {0, 5, 0, 7, 3, 4, 3, 6, 1, 9, 2, 0, 0, 0, 0, 0};
    static const uint8_t constants[] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    Machine m = {.code = code,
                 .size = sizeof code,
                 .constants = constants,
                 .constants_size = sizeof constants,
                 .count = 1000};
    m.mt = yk_mt_new(NULL);
    yk_location_init(m.mt, &m.location);
    PRINT(run(&m));
    yk_mt_shutdown(m.mt);
    return 0;
}
