/* What tier 0 needs of a machine. Everything that depends on the instruction set is here and in
 * target_x86_64.c and thunks_x86_64.S; a port to another machine adds its own pair, and teaches
 * pass/layout.cpp its branches. */
#ifndef YK_TARGET_H
#define YK_TARGET_H

#include "../runtime/frame.h"
#include "stencil_table.h"
#include <stdbool.h>

/* Data of a dynamic jump: the pc last seen and its code. Read by native code. Cells that lead
 * into one unit are linked, so that dropping the unit finds them. */
typedef struct YkCell {
    uintptr_t pc; /* YK_CELL_EMPTY: never matches */
    const void *code;
    struct YkCell *next;
    struct YkCell **link;   /* what points to this cell; NULL: not linked */
    struct YkCell *sibling; /* next cell of the same block, or of the free list */
} YkCell;
#define YK_CELL_EMPTY UINTPTR_MAX

/* One entry of the table that all dynamic jumps share. */
typedef struct YkCacheEntry {
    uintptr_t pc;
    const void *code;
} YkCacheEntry;
#define YK_CACHE_BITS 10u
#define YK_CACHE_ENTRIES (1u << YK_CACHE_BITS)
/* Index of a pc in the cache; the thunks compute the same. */
static inline unsigned cache_index(uintptr_t pc) {
    return (unsigned)((pc ^ (pc >> 7)) >> 2) & (YK_CACHE_ENTRIES - 1);
}

/* The head of a loop, or of a function, in native code: executions are counted there, traces are
 * entered there. In front of the head's code stands a pad that counts down; when it has run out it
 * jumps to `code`, which is yk_native_hot or a trace. Traces that end at the head jump to `link`,
 * which is the pad or a trace. Read and written by native code: `countdown`, `code`, `link`. */
typedef struct YkHeader {
    int32_t countdown; /* executions left; the pad's way out sets it to 0 */
    uint32_t penalty;  /* of recordings that failed here */
    const void *code;
    const void *link;
    const void *pad;
    struct YkUnit *unit;
    uint64_t greens[YK_MAX_GREENS];
    uint64_t last; /* pc of the last instruction that jumps back here: the loop's end */
    struct CompiledTrace *trace; /* NULL: none, or not adopted yet */
    struct YkHeader *sibling;    /* next of the same block, or of the free list */
    uint32_t recording;          /* number of the last one that passed it */
    uint32_t visits;             /* by that one */
    uint32_t pending;            /* 1 + number of its trace that is being compiled; 0: none */
    uint32_t awaits;             /* 1 + number of the trace that its own trace needs; 0: none */
    uint8_t leavings;            /* recordings in a row that left the loop */
    bool function;               /* no loop: the start of a function */
    bool was_hot;                /* a function's: it has run out once */
} YkHeader;

/* Native code finds the YkFrame of its activation at this offset from rbp. */
#define YK_TARGET_FRAME_OFFSET 16

/* Why native code was left, in terms of what follows from it. The thunks know the numbers. */
enum YkNativeExit {
    YK_NATIVE_LEAVE =
        YK_ENTER_RESUME, /* at a merge point without code: the vector is in the frame */
    YK_NATIVE_RETURN = YK_ENTER_RETURN, /* the interpreter's function returns */
    YK_NATIVE_BYPASS = YK_ENTER_BYPASS, /* vector and extras are in the frame */
    YK_NATIVE_MISS = YK_ENTER_AGAIN,    /* as LEAVE, by a dynamic jump: frame->cell */
    YK_NATIVE_HOT = 5, /* at the head of a loop that has run out: reds are in the frame, greens in
                          frame->header */
};

/* Enters native code. frame->cache must be set. */
int yk_native_enter(YkFrame *frame, const void *code);

/* Routines that native code jumps to; never called from C. */
void yk_native_leave(void);
void yk_native_lookup(void);
void yk_native_lookup_cell(void);
void yk_native_return(void);
void yk_native_bypass(void);
void yk_native_hot(void);
/* Where the exits of traces jump to; see deopt/exit.h. The slow one is the other without counting.
 */
void yk_native_deopt(void);
void yk_native_exit(void);
void yk_native_exit_slow(void);

/* Stores `value + addend`, in the given form, at `at`, which will run at `address`. Returns false
 * if it does not fit. */
bool target_relocate(uint8_t *at, uintptr_t address, uint8_t form, uint64_t value, int32_t addend);

/* Where the code of a stencil stands. */
typedef struct YkParts {
    uint8_t *hot, *cold;
    uint32_t hot_size; /* places from here on are in the cold part */
} YkParts;
static inline uint8_t *parts_at(const YkParts *parts, uint32_t offset) {
    return offset < parts->hot_size ? parts->hot + offset
                                    : parts->cold + (offset - parts->hot_size);
}
/* Adds values[index] to the addend that stands at each place, in the given form. Returns false if
 * some sum does not fit. */
bool target_patch(const YkParts *parts, uint8_t form, const YkReloc *places, unsigned count,
                  const uint64_t *values);
/* Writes a jump of YK_TARGET_JUMP_SIZE bytes. */
bool target_write_jump(uint8_t *at, uintptr_t address, uintptr_t to);

/* Size of the jump that ends a stencil's hot part. */
#define YK_TARGET_JUMP_SIZE 5u
/* A dynamic jump: the fast check, and behind it, out of line, the slow way. */
#define YK_TARGET_CHECK_SIZE 19u
#define YK_TARGET_MISS_SIZE 12u
bool target_write_check(uint8_t *at, uintptr_t address, const YkCell *cell, uintptr_t miss);
bool target_write_miss(uint8_t *at, uintptr_t address, const YkCell *cell);
/* Leaves native code at a merge point with known greens. */
#define YK_TARGET_LEAVE_SIZE (10u * YK_MAX_GREENS + 5u)
unsigned target_leave_size(unsigned greens);
bool target_write_leave(uint8_t *at, uintptr_t address, const uint64_t *greens, unsigned count);
/* The pad in front of a loop's head, and its way out. */
#define YK_TARGET_PAD_SIZE 12u
#define YK_TARGET_HOT_SIZE 18u
bool target_write_pad(uint8_t *at, uintptr_t address, const YkHeader *header, uintptr_t hot);
bool target_write_hot(uint8_t *at, uintptr_t address, const YkHeader *header);
/* A jump to an address that is out of reach. */
#define YK_TARGET_STUB_SIZE 16u
void target_write_stub(uint8_t *at, uint64_t destination);
/* Fills unused code memory with trapping instructions. */
void target_fill(uint8_t *at, size_t size);

#endif
