/* Tier 0's tables: units by their bytecode, cells, the shared cache of dynamic jumps. */
#include "../runtime/memory.h"
#include "tier0_internal.h"

#include <search.h>
#include <string.h>

/* Ranges compare equal if they overlap; units never do. An empty range counts as one byte. */
static int compare_units(const void *a, const void *b) {
    const YkUnit *x = a, *y = b;
    if (x->start + (x->size ? x->size : 1) <= y->start)
        return -1;
    return y->start + (y->size ? y->size : 1) <= x->start;
}

/* What native code refers to. It calls symbols with a 32-bit displacement; those out of reach get a
 * stub. */
static bool prepare_links(YkTier0 *tier0, const char **error) {
    const YkStencilTable *table = tier0->table;
    uint32_t count = table->symbol_count;
    tier0->links = memory_allocate((YK_LINK_SYMBOL + count) * sizeof *tier0->links);
    if (tier0->links == NULL) {
        *error = "out of memory";
        return false;
    }
    tier0->links[YK_LINK_RODATA] = (uintptr_t)table->rodata;
    tier0->links[YK_LINK_SYMBOLS] = (uintptr_t)table->symbols;
    tier0->links[YK_LINK_RETURN] = (uintptr_t)yk_native_return;
    tier0->links[YK_LINK_BYPASS] = (uintptr_t)yk_native_bypass;
    uint64_t *symbols = tier0->links + YK_LINK_SYMBOL;
    const int64_t reach = INT32_MAX - (int64_t)tier0->memory.code_size;
    uint32_t far = 0;
    for (uint32_t i = 0; i < count; i++) {
        int64_t distance = (int64_t)((uintptr_t)table->symbols[i] - (uintptr_t)tier0->memory.base);
        bool near = distance <= reach && distance >= -(int64_t)INT32_MAX;
        symbols[i] = near ? (uintptr_t)table->symbols[i] : 0;
        far += !near;
    }
    if (far == 0)
        return true;
    uint8_t *stubs = code_memory_allocate(&tier0->memory, far * YK_TARGET_STUB_SIZE);
    if (stubs == NULL || !code_memory_write(&tier0->memory, stubs, far * YK_TARGET_STUB_SIZE)) {
        *error = "no memory for native code";
        return false;
    }
    uint8_t *at = stubs;
    for (uint32_t i = 0; i < count; i++)
        if (symbols[i] == 0) {
            target_write_stub(at, (uintptr_t)table->symbols[i]);
            symbols[i] = (uintptr_t)at;
            at += YK_TARGET_STUB_SIZE;
        }
    if (!code_memory_seal(&tier0->memory, stubs, far * YK_TARGET_STUB_SIZE) ||
        !code_memory_ready(&tier0->memory)) {
        *error = "the system does not allow to run code that was made at run time";
        return false;
    }
    return true;
}

YkTier0 *tier0_open(size_t limit, const char **error) {
    if (yk_stencil_table.version != YK_TABLE_VERSION) {
        *error = "the program was linked with another version of the plugin";
        return NULL;
    }
    YkTier0 *tier0 = memory_allocate(sizeof *tier0);
    if (tier0 == NULL) {
        *error = "out of memory";
        return NULL;
    }
    memory_populate(tier0, sizeof *tier0);
    memset(tier0, 0, offsetof(YkTier0, scratch.first_insns));
    scratch_open(&tier0->scratch);
    tier0->table = &yk_stencil_table;
    for (unsigned i = 0; i < YK_CACHE_ENTRIES; i++)
        tier0->cache[i].pc = YK_CELL_EMPTY;
    if (!code_memory_open(&tier0->memory, limit, (const void *)(uintptr_t)&yk_native_enter,
                          error) ||
        !prepare_links(tier0, error)) {
        tier0_close(tier0);
        return NULL;
    }
    tier0->unwind = unwind_register(tier0->memory.base, tier0->memory.code_size, "yk_native_code");
    return tier0;
}

static void drop_block_records(YkUnit *unit) {
    while (unit->blocks != NULL) {
        YkBlock *b = unit->blocks;
        unit->blocks = b->next;
        memory_free(b);
    }
    memory_free(unit);
}

static void free_unit(void *unit) {
    drop_block_records(unit);
}

void tier0_close(YkTier0 *tier0) {
    if (tier0 == NULL)
        return;
    unwind_unregister(tier0->unwind);
    tdestroy(tier0->units, free_unit);
    scratch_release(&tier0->scratch);
    code_memory_close(&tier0->memory);
    memory_free(tier0->links);
    memory_free(tier0);
}

YkCodeMemory *tier0_memory(YkTier0 *tier0) {
    return &tier0->memory;
}

const YkCacheEntry *tier0_cache(const YkTier0 *tier0) {
    return tier0->cache;
}

YkUnit *tier0_unit(YkTier0 *tier0, const YkRange *range, bool make) {
    YkUnit key = {.start = range->start, .size = range->size};
    void *found = tfind(&key, &tier0->units, compare_units);
    if (found != NULL) {
        YkUnit *unit = *(YkUnit **)found;
        return unit->start == range->start && unit->size == range->size ? unit : NULL;
    }
    if (!make)
        return NULL;
    unsigned shift = (unsigned)__builtin_ctz(tier0->table->pc_step);
    size_t entries = (range->size >> shift) + 1;
    YkUnit *unit = memory_allocate_zeroed(sizeof *unit + entries * sizeof unit->entries[0]);
    if (unit == NULL)
        return NULL;
    unit->start = range->start;
    unit->size = range->size;
    unit->memory = &tier0->memory;
    unit->shift = (uint8_t)shift;
    if (tsearch(unit, &tier0->units, compare_units) == NULL) {
        memory_free(unit);
        return NULL;
    }
    return unit;
}

YkUnit *tier0_unit_at(YkTier0 *tier0, uintptr_t pc) {
    YkUnit key = {.start = pc, .size = 1};
    void *found = tfind(&key, &tier0->units, compare_units);
    return found == NULL ? NULL : *(YkUnit **)found;
}

const void *tier0_find(const YkUnit *unit, uintptr_t pc) {
    const void *code = tier0_made(unit, pc);
    return code != NULL && code_memory_waits(unit->memory, code) && !code_memory_ready(unit->memory)
               ? NULL
               : code;
}

YkHeader *tier0_header(const YkUnit *unit, uintptr_t pc) {
    if (tier0_find(unit, pc) == NULL)
        return NULL;
    for (const YkBlock *b = unit->blocks; b != NULL; b = b->next)
        for (YkHeader *h = b->headers; h != NULL; h = h->sibling)
            if (h->greens[0] == pc)
                return h;
    return NULL;
}

const void *tier0_find_behind_pad(const YkUnit *unit, uintptr_t pc) {
    const uint8_t *code = tier0_find(unit, pc);
    return code != NULL && tier0_header(unit, pc) != NULL ? code + YK_TARGET_PAD_SIZE : code;
}

void tier0_count_loops(YkTier0 *tier0, int32_t executions) {
    tier0->loop_countdown = executions;
}

YkHeader *tier0_new_header(YkTier0 *tier0) {
    YkHeader *header = tier0->free_headers;
    if (header != NULL)
        tier0->free_headers = header->sibling;
    else
        header = code_memory_data(&tier0->memory, sizeof *header);
    if (header != NULL)
        *header = (YkHeader){.countdown = tier0->loop_countdown,
                             .code = (const void *)(uintptr_t)&yk_native_hot};
    return header;
}

void tier0_free_headers(YkTier0 *tier0, YkHeader *headers) {
    while (headers != NULL) {
        YkHeader *header = headers;
        headers = header->sibling;
        header->sibling = tier0->free_headers;
        tier0->free_headers = header;
    }
}

YkCell *tier0_new_cell(YkTier0 *tier0) {
    YkCell *cell = tier0->free_cells;
    if (cell != NULL)
        tier0->free_cells = cell->sibling;
    else
        cell = code_memory_data(&tier0->memory, sizeof *cell);
    if (cell != NULL)
        *cell = (YkCell){.pc = YK_CELL_EMPTY};
    return cell;
}

static void unlink_cell(YkCell *cell) {
    if (cell->link != NULL) {
        *cell->link = cell->next;
        if (cell->next != NULL)
            cell->next->link = cell->link;
    }
    cell->pc = YK_CELL_EMPTY;
    cell->code = NULL;
    cell->next = NULL;
    cell->link = NULL;
}

void tier0_free_cells(YkTier0 *tier0, YkCell *cells) {
    while (cells != NULL) {
        YkCell *cell = cells;
        cells = cell->sibling;
        unlink_cell(cell);
        cell->sibling = tier0->free_cells;
        tier0->free_cells = cell;
    }
}

void tier0_link(YkTier0 *tier0, YkUnit *unit, uintptr_t pc, const void *code, YkCell *cell) {
    tier0->cache[cache_index(pc)] = (YkCacheEntry){pc, code};
    unit->cached = true;
    if (cell == NULL || cell->link != NULL)
        return; /* a jump's cell keeps its first destination */
    cell->code = code;
    cell->next = unit->incoming;
    cell->link = &unit->incoming;
    if (cell->next != NULL)
        cell->next->link = &cell->next;
    unit->incoming = cell;
    cell->pc = pc;
}

void tier0_take(YkTier0 *tier0, uintptr_t start, size_t size, void (*drop)(void *, YkUnit *),
                void *context) {
    YkUnit key = {.start = start, .size = size};
    for (void *found; (found = tfind(&key, &tier0->units, compare_units)) != NULL;) {
        YkUnit *unit = *(YkUnit **)found;
        tdelete(unit, &tier0->units, compare_units);
        while (unit->incoming != NULL)
            unlink_cell(unit->incoming);
        for (unsigned i = 0; unit->cached && i < YK_CACHE_ENTRIES; i++)
            if (tier0->cache[i].pc - unit->start < unit->size)
                tier0->cache[i].pc = YK_CELL_EMPTY;
        for (YkBlock *b = unit->blocks; b != NULL; b = b->next)
            for (YkCell *cell = b->cells; cell != NULL; cell = cell->sibling)
                unlink_cell(cell);
        drop(context, unit);
    }
}

void tier0_release_block(YkTier0 *tier0, YkBlock *block) {
    tier0_free_cells(tier0, block->cells);
    tier0_free_headers(tier0, block->headers);
    code_memory_free(&tier0->memory, block->code, block->size);
    memory_free(block);
}
