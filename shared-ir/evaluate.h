/* Evaluates operations on constants, for the builder and the optimiser. */
#ifndef YK_IR_EVALUATE_H
#define YK_IR_EVALUATE_H

#include "ir.h"

/* The result of a pure operation whose operands that are values have the bits a, b, c, all
 * zero-extended; the other operands are those of `insn`. False, and nothing is written, if there
 * is no result: the operation is not pure, or computes from more than its operands (PARAM,
 * INHERIT, FRAME, CALL), or is undefined for these operands: division by zero or one that
 * overflows, a shift by the width or more, a float outside of the range of the integer.
 *
 * Floating point is what this machine computes with rounding to nearest; also the sign and payload
 * of a NaN are what its instruction gives for the operands in this order. Keeps errno. */
bool ir_evaluate(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, uint64_t *result);

#endif
