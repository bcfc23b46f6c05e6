/* Evaluation of hole programs: what goes into the holes of a stencil. */
#ifndef YK_HOLE_PROGRAM_H
#define YK_HOLE_PROGRAM_H

#include "../runtime/frame.h"
#include <stdbool.h>

/* The green variables and the immutable memory that they point into. */
typedef struct YkGreens {
    uint64_t value[YK_MAX_GREENS];
    YkRange range[YK_MAX_GREENS];
} YkGreens;

/* Runs ops[0..count), count <= YK_MAX_HOLE_OPS, and stores the value of operation n in
 * values[first + n]. The `first` values in front of them are there and defined.
 *
 * A load outside of its green's range yields an undefined value: such a value may exist (the
 * other arm of a selection) but not be used. Returns false if some value is undefined; then
 * defined[n], an array of `first + count` that is written only in this case, says whether value n
 * is. */
bool hole_program_run(const YkHoleOp *ops, unsigned first, unsigned count,
                      const uint64_t *constants, const YkGreens *greens, uint64_t *values,
                      bool *defined);

#endif
