/* Access to the ahead-of-time form: names, functions by address, which accesses may touch the
 * same bytes. */
#include "aot.h"

#include "../runtime/memory.h"
#include "alias.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const char *aot_name(const AotModule *module, uint32_t offset) {
    return offset < module->string_bytes ? module->strings + offset : "";
}

/* ---- functions by address ------------------------------------------------------------------- */

typedef struct Entry {
    uintptr_t address;
    uint32_t function;
} Entry;

/* Made once, for the first module that is asked for, which in a program is the only one; never
 * freed. Whoever makes it second throws his away. */
typedef struct Table {
    const AotModule *module;
    uint32_t count;
    Entry entries[];
} Table;
static _Atomic(Table *) table;

static int compare(const void *a, const void *b) {
    uintptr_t x = ((const Entry *)a)->address, y = ((const Entry *)b)->address;
    return (x > y) - (x < y);
}

static uintptr_t address_of(const AotModule *module, uint32_t function) {
    return (uintptr_t)module->symbols[module->functions[function].symbol];
}

static Table *make_table(const AotModule *module) {
    Table *made = memory_allocate(sizeof *made + module->function_count * sizeof(Entry)),
          *first = NULL;
    if (made == NULL)
        return NULL;
    made->module = module;
    made->count = 0;
    for (uint32_t i = 0; i < module->function_count; i++)
        if (module->functions[i].symbol != UINT32_MAX)
            made->entries[made->count++] = (Entry){address_of(module, i), i};
    qsort(made->entries, made->count, sizeof(Entry), compare);
    if (atomic_compare_exchange_strong(&table, &first, made))
        return made;
    memory_free(made);
    return first;
}

const AotFunction *aot_function_at(const AotModule *module, const void *address) {
    Table *sorted = atomic_load(&table);
    if (sorted == NULL)
        sorted = make_table(module);
    if (sorted == NULL || sorted->module != module) {
        for (uint32_t i = 0; i < module->function_count; i++)
            if (module->functions[i].symbol != UINT32_MAX &&
                address_of(module, i) == (uintptr_t)address)
                return &module->functions[i];
        return NULL;
    }
    Entry key = {.address = (uintptr_t)address};
    const Entry *found = bsearch(&key, sorted->entries, sorted->count, sizeof key, compare);
    return found != NULL ? &module->functions[found->function] : NULL;
}

/* ---- access classes ------------------------------------------------------------------------- */

bool ir_classes_alias(const AotModule *module, uint32_t a, uint32_t b) {
    a &= ~IR_VOLATILE;
    b &= ~IR_VOLATILE;
    if (a == b || a == IR_CLASS_ANY || b == IR_CLASS_ANY || a >= module->class_count ||
        b >= module->class_count)
        return true;
    const AotClass *x = &module->classes[a], *y = &module->classes[b];
    uint32_t x_size = x->size & ~AOT_CLASS_FLAGS, y_size = y->size & ~AOT_CLASS_FLAGS;
    const char *x_record = aot_name(module, x->record), *y_record = aot_name(module, y->record);
    if (x_record[0] == 0 || y_record[0] == 0)
        return true;
    if (strcmp(x_record, y_record) != 0)
        return ((x->size | y->size) & AOT_CLASS_PUNNED) && x->offset == y->offset &&
               x_size == y_size;
    return x->offset < (uint64_t)y->offset + y_size && y->offset < (uint64_t)x->offset + x_size;
}
