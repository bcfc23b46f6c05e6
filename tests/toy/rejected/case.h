/* What the smallest interpreters in this folder share. Each has one mistake, and a comment
 * "error: TEXT" in the line that the plugin's message must name ("error anywhere: TEXT" if it can
 * name none). "flags:" in a comment adds compiler options. accepted.c has no mistake. */
#include "yk.h"

typedef struct Machine {
    YkMT *mt;
    YkLocation location;
    const uint8_t *code;
    size_t size;
    const uint8_t *other_pc;
    long total;
} Machine;

long run(Machine *m);

#define CODE_GREEN yk_green(pc, m->code, m->size)

int main(void) {
    static const uint8_t code[] = {0, 5, 2};
    Machine m = {.code = code, .size = sizeof code};
    m.mt = yk_mt_new(NULL);
    yk_location_init(m.mt, &m.location);
    long result = run(&m);
    yk_mt_shutdown(m.mt);
    return result != 5;
}
