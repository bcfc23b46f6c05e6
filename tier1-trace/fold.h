/* Simplification of one instruction while it is emitted (fold.c: the rules for integers and
 * pointers; fold_float.c: for floating point). */
#ifndef YK_FOLD_H
#define YK_FOLD_H

#include "opt.h"

/* An instruction that is being folded, with the instructions that define its operands: copies,
 * their operands resolved; op IR_OP_COUNT for a constant. */
typedef struct Fold {
    Optimiser *o;
    IrInsn i, A, B;
} Fold;

/* Rules: the value, or IR_NONE if none applies. */
IrRef fold_integer(Fold *f);
IrRef fold_float(Fold *f);

static inline bool fold_is_const(IrRef ref) {
    return trace_is_const(ref);
}
static inline uint64_t fold_bits(const Fold *f, IrRef ref) {
    return trace_bits(f->o->out, ref);
}
/* The instruction that defines a value. */
IrInsn fold_definition(const Optimiser *o, IrRef ref);

#endif
