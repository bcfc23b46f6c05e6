/* The frame in which the interpreter's function and the runtime hand the state vector to each
 * other. The plugin generates the interpreter's side of it (pass/lower.cpp) and the entry and
 * exit thunks rely on the offsets (tier0-cnp/thunks_x86_64.S). */
#ifndef YK_FRAME_H
#define YK_FRAME_H

#include "../include/yk.h"
#include "../tier0-cnp/stencil_table.h"

#define YK_EXIT_VALUES 112u /* values that an exit of a trace can save */
#define YK_FRAME_BYTES 768u /* frame buffers of all functions that are inlined at one place */

/* Immutable memory that a green variable points into. */
typedef struct YkRange {
    uintptr_t start;
    size_t size; /* bytes */
} YkRange;

/* What a trace keeps in memory; apart from the frame because the native stack may be small. */
typedef struct YkTraceArea {
    uint64_t values[YK_EXIT_VALUES];             /* what its exits save; see deopt/exit.h */
    _Alignas(16) uint8_t frames[YK_FRAME_BYTES]; /* frame buffers; their addresses may escape */
} YkTraceArea;

typedef struct YkFrame {
    /* State vector: reds, greens, then for a bypass the extras. Integers are zero-extended. */
    uint64_t slots[YK_VECTOR_SLOTS];
    YkRange ranges[YK_MAX_GREENS];
    uint64_t result;                  /* what the interpreter's function returns, if anything */
    const struct YkCacheEntry *cache; /* what dynamic jumps share */
    struct YkCell *cell;              /* of the dynamic jump that found nothing, or NULL */
    struct YkHeader *header;          /* of the loop that has run out (YK_NATIVE_HOT) */
    struct YkTraceArea *area;         /* of this activation */
    uint64_t reserved;
} YkFrame;
_Static_assert(sizeof(YkFrame) % 16 == 0, "the plugin makes it of 16-byte pieces");

/* What the runtime asks of the interpreter. */
enum YkEnterResult {
    YK_ENTER_RESUME, /* reload the vector and go on behind the merge point */
    YK_ENTER_RETURN, /* the interpreter's function has finished: return */
    YK_ENTER_BYPASS, /* reload vector and extras and go on at the join behind the merge point */
    YK_ENTER_AGAIN,  /* reload the vector, pass the merge point's arguments anew, ranges as well */
    YK_ENTER_RANGES, /* nothing was done: pass the ranges as well */
};

/* Called at a merge point on a path that a location's counter has made hot. The frame holds the
 * vector: enough to run code that the location knows. */
int yk_enter(YkMT *mt, YkLocation *location, YkFrame *frame);
/* The same when it does not, or may not. The frame's ranges are set, too. */
int yk_enter_with_ranges(YkMT *mt, YkLocation *location, YkFrame *frame);

#endif
