/* Tier 0: native code for bytecode, made from stencils. The interface that runtime/ uses. */
#ifndef YK_TIER0_H
#define YK_TIER0_H

#include "../runtime/code_memory.h"
#include "hole_program.h"
#include "target.h"

/* A block of code memory that belongs to a unit. */
typedef struct YkBlock {
    uint8_t *code;
    uint32_t size;
    struct YkBlock *next;
    YkCell *cells;     /* of the block's dynamic jumps; linked by `sibling` */
    YkHeader *headers; /* of the block's loops and its function; linked by `sibling` */
} YkBlock;

/* All native code for one range of bytecode. */
typedef struct YkUnit {
    uintptr_t start; /* of the bytecode */
    size_t size;     /* bytes */
    YkBlock *blocks;
    YkCell *incoming;     /* cells that lead here */
    YkCodeMemory *memory; /* the entries count from its start */
    uint8_t shift;        /* log2 of the distance between two pcs */
    bool cached;          /* some entry of the shared cache may lead here */
    bool traced;          /* some trace or recording may depend on this bytecode */
    YkRange ranges[YK_MAX_GREENS];
    const YkLocation *location; /* for names */
    uint32_t entries[];         /* by (pc - start) >> shift: 1 + offset in the region; 0: no code */
} YkUnit;

/* What a compilation did, for logs and limits. */
typedef struct YkCompileStats {
    uint32_t instructions, bytes, hot_bytes;
} YkCompileStats;

typedef struct YkTier0 YkTier0;

/* `limit`: bytes of code at most. On failure NULL, *error a static text. */
YkTier0 *tier0_open(size_t limit, const char **error);
void tier0_close(YkTier0 *tier0);
YkCodeMemory *tier0_memory(YkTier0 *tier0);
const YkCacheEntry *tier0_cache(const YkTier0 *tier0);

/* The unit for the bytecode in `range`. If there is none it is made, or not: `make`. NULL without
 * memory, and if the range overlaps another in part: then yk_code_freed was forgotten. */
YkUnit *tier0_unit(YkTier0 *tier0, const YkRange *range, bool make);

/* The unit that contains a pc, or NULL. */
YkUnit *tier0_unit_at(YkTier0 *tier0, uintptr_t pc);
/* The head of a loop, or of the function, at a pc, or NULL. What it leads to can be run. */
YkHeader *tier0_header(const YkUnit *unit, uintptr_t pc);
/* From now on code counts the executions of loops and functions; a head starts with this many.
 * 0: not. */
void tier0_count_loops(YkTier0 *tier0, int32_t executions);

/* The code for a pc, which may have to wait until it is executable (code_memory_waits), or NULL. */
static inline const void *tier0_made(const YkUnit *unit, uintptr_t pc) {
    uintptr_t offset = pc - unit->start;
    if (offset >= unit->size)
        return NULL;
    uint32_t entry = unit->entries[offset >> unit->shift];
    return entry == 0 ? NULL : unit->memory->base + entry - 1;
}

/* The code for a pc, executable; or NULL. */
const void *tier0_find(const YkUnit *unit, uintptr_t pc);

/* ... but behind the pad if it is such a head: the bytecode is executed in any case. */
const void *tier0_find_behind_pad(const YkUnit *unit, uintptr_t pc);

/* Why no code was made. */
enum YkCompileResult {
    YK_COMPILED,
    YK_COMPILE_FULL,      /* code memory or data cells are used up */
    YK_COMPILE_NO_MEMORY, /* the heap */
    YK_COMPILE_NO_STENCIL /* the instruction at the entry has none */
};

/* Makes code for everything that is statically reachable from greens->value[0] and has none yet. */
int tier0_compile(YkTier0 *tier0, YkUnit *unit, const YkGreens *greens, YkCompileStats *stats);

/* Notes that a dynamic jump found `code` for `pc` in `unit`: for the cache, and for the jump's own
 * cell (may be NULL). */
void tier0_link(YkTier0 *tier0, YkUnit *unit, uintptr_t pc, const void *code, YkCell *cell);

/* Calls `drop` for every unit whose bytecode overlaps [start, start + size), after having taken it
 * out of all tables: nothing leads into its code any more. `drop` owns the unit. */
void tier0_take(YkTier0 *tier0, uintptr_t start, size_t size, void (*drop)(void *, YkUnit *),
                void *context);
/* Gives back a block of a unit that was taken. */
void tier0_release_block(YkTier0 *tier0, YkBlock *block);

#endif
