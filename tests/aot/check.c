/* Verifies the ahead-of-time form of the program that this file is linked into, then prints the
 * functions that the arguments name. "regions" stands for regions and lists. */
#include "shared-ir/aot.h"

#include <stdlib.h>
#include <string.h>

static bool print(const char *name) {
    const AotModule *m = &yk_aot_module;
    for (uint32_t i = 0; i < m->function_count; i++)
        if (strcmp(aot_name(m, m->functions[i].name), name) == 0) {
            aot_print(stdout, m, i);
            return true;
        }
    return false;
}

static void print_regions(void) {
    const AotModule *m = &yk_aot_module;
    for (unsigned slot = 0; slot < AOT_SLOTS; slot++)
        if (m->slot_regions[slot] != 0)
            printf("slot %u into %u\n", slot, m->slot_regions[slot]);
    for (uint32_t i = 0; i < m->class_count; i++)
        if (m->classes[i].region != 0)
            printf("%s.%s into %u\n", aot_name(m, m->classes[i].record),
                   aot_name(m, m->classes[i].field), (unsigned)m->classes[i].region);
    for (uint32_t i = 0; i < m->class_count; i++)
        if (m->classes[i].back != 0)
            printf("%s.%s, and back %s\n", aot_name(m, m->classes[i].record),
                   aot_name(m, m->classes[i].field),
                   aot_name(m, m->classes[m->classes[i].back].field));
    for (uint32_t i = 0; i < m->class_count; i++)
        if (m->classes[i].size & (AOT_CLASS_LATE | AOT_CLASS_KEY))
            printf("%s.%s is%s%s\n", aot_name(m, m->classes[i].record),
                   aot_name(m, m->classes[i].field),
                   m->classes[i].size & AOT_CLASS_LATE ? " late" : "",
                   m->classes[i].size & AOT_CLASS_KEY ? " a key" : "");
}

int main(int argc, char **argv) {
    char *error = NULL;
    if (&yk_aot_module == NULL) {
        fputs("the program has no ahead-of-time form\n", stderr);
        return 1;
    }
    if (!aot_verify(&yk_aot_module, &error)) {
        fprintf(stderr, "%s\n", error != NULL ? error : "out of memory");
        free(error);
        return 1;
    }
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "regions") == 0)
            print_regions();
        else if (!print(argv[i])) {
            fprintf(stderr, "no function %s\n", argv[i]);
            return 1;
        }
    return 0;
}
