/* Shared by the files of tier 0. */
#ifndef YK_TIER0_INTERNAL_H
#define YK_TIER0_INTERNAL_H

#include "../perf/unwind.h"
#include "tier0.h"

/* An instruction that is being compiled. */
typedef struct YkInsn {
    const YkStencil *stencil;
    uint32_t index;     /* of its pc in the unit */
    uint32_t values;    /* its first value in the scratch values */
    uint32_t hot, cold; /* offsets of its parts in the block */
    bool falls_through; /* the jump at the end of the hot part is left out */
    bool has_pad;       /* in front of the hot part: it heads a loop, or a function */
    uint32_t loop_last; /* index of the last instruction that jumps back here */
    uint32_t way_out;   /* of the pad: offset behind the cold parts */
} YkInsn;

/* A pc for which there is no code: jumps to it leave native code. */
typedef struct YkLeave {
    uint64_t pc;
    uint32_t offset; /* in the block */
} YkLeave;

/* Growing arrays that are kept from one compilation to the next. What most units need is part of
 * the structure: fresh memory costs a page fault, as much as ten instructions. */
typedef struct YkScratch {
    YkInsn *insns;
    uint32_t insn_count, insn_capacity;
    uint64_t *values;
    uint32_t value_count, value_capacity;
    uint32_t *work; /* indices of pcs */
    uint32_t work_count, work_capacity;
    YkLeave *leaves;
    uint32_t leave_count, leave_capacity;
    YkInsn first_insns[64];
    uint64_t first_values[1024];
    uint32_t first_work[128];
    YkLeave first_leaves[32];
} YkScratch;

struct YkTier0 {
    YkCodeMemory memory;
    const YkStencilTable *table;
    uint64_t *links; /* enum YkLink: addresses that native code can reach */
    void *units;     /* tree of units by range (tsearch) */
    YkCell *free_cells;
    YkHeader *free_headers;
    int32_t loop_countdown; /* of new loop heads; 0: nothing is counted */
    YkUnwind *unwind;
    YkCacheEntry cache[YK_CACHE_ENTRIES];
    YkScratch scratch;
};

YkCell *tier0_new_cell(YkTier0 *tier0);
void tier0_free_cells(YkTier0 *tier0, YkCell *cells);
YkHeader *tier0_new_header(YkTier0 *tier0);
void tier0_free_headers(YkTier0 *tier0, YkHeader *headers);
void scratch_open(YkScratch *scratch);
void scratch_release(YkScratch *scratch);

#endif
