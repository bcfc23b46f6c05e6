/* The frame in which the interpreter's function and the runtime hand the state vector to each
 * other. The plugin generates the interpreter's side of it (pass/lower.cpp) and the entry and
 * exit thunks rely on the offsets (tier0-cnp/thunks_x86_64.S). */
#ifndef YK_FRAME_H
#define YK_FRAME_H

#include "../include/yk.h"
#include "../tier0-cnp/stencil_table.h"

/* Immutable memory that a green variable points into. */
typedef struct YkRange {
    uintptr_t start;
    size_t size; /* bytes */
} YkRange;

typedef struct YkFrame {
    /* State vector: reds, greens, then for a bypass the extras. Integers are zero-extended. */
    uint64_t slots[YK_VECTOR_SLOTS];
    YkRange ranges[YK_MAX_GREENS];
    uint64_t result; /* what the interpreter's function returns, if anything */
    uint64_t reserved;
} YkFrame;

/* What yk_enter asks of the interpreter. */
enum YkEnterResult {
    YK_ENTER_RESUME, /* reload the vector and go on behind the merge point */
    YK_ENTER_RETURN, /* the interpreter's function has finished: return */
    YK_ENTER_BYPASS, /* reload vector and extras and go on at the join behind the merge point */
    YK_ENTER_AGAIN,  /* reload the vector, pass the merge point's arguments anew */
};

/* Called at a merge point on a path that a location's counter has made hot. */
int yk_enter(YkMT *mt, YkLocation *location, YkFrame *frame);

#endif
