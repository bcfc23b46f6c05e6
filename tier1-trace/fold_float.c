/* Folding: floating point. Only what is exact, also for zeros' signs, infinities and NaNs (a
 * signalling NaN may stay one where the operation would have made it quiet; LLVM takes that
 * liberty, too). */
#include "fold.h"

#include <string.h>

#define RULE(condition, value)                                                                     \
    if (condition)                                                                                 \
    return (value)

static IrRef number(Fold *f, double value) {
    uint64_t bits = 0;
    if (f->i.type == IR_F32) {
        float single = (float)value;
        memcpy(&bits, &single, sizeof single);
    } else
        memcpy(&bits, &value, sizeof value);
    return opt_number(f->o, f->i.type, bits);
}

/* Whether `ref` is the constant, bit by bit. */
static bool is(Fold *f, IrRef ref, double value) {
    return fold_is_const(ref) && ref == number(f, value);
}

static IrRef unary(Fold *f, uint8_t op, uint32_t function, IrRef a) {
    return opt_emit(f->o, (IrInsn){.op = op, .type = f->i.type, .a = a, .c = function});
}

/* Whether dividing by the constant is multiplying by *inverse: powers of two, but for the smallest.
 */
static bool exact_inverse(Fold *f, IrRef ref, IrRef *inverse) {
    if (!fold_is_const(ref))
        return false;
    bool single = f->i.type == IR_F32;
    unsigned mantissa = single ? 23 : 52, exponents = single ? 255 : 2047;
    uint64_t bits = fold_bits(f, ref), exponent = bits >> mantissa & exponents;
    if ((bits & ((UINT64_C(1) << mantissa) - 1)) != 0 || exponent < 2 || exponent > exponents - 3)
        return false;
    uint64_t sign = bits & (UINT64_C(1) << (single ? 31 : 63));
    *inverse = opt_number(f->o, f->i.type, sign | (exponents - 1 - exponent) << mantissa);
    return true;
}

/* Not a NaN, whatever the operand. */
static bool is_number(const IrInsn *definition) {
    return definition->op == IR_SITOFP || definition->op == IR_UITOFP;
}

static IrRef rules_fcmp(Fold *f) {
    static const uint8_t swapped[8] = {0,           IR_FCMP_OEQ, IR_FCMP_OLT, IR_FCMP_OLE,
                                       IR_FCMP_OGT, IR_FCMP_OGE, IR_FCMP_ONE, IR_FCMP_ORD};
    IrInsn insn = f->i;
    Optimiser *o = f->o;
    if (insn.c >= 8) { /* the negation of an ordered predicate */
        insn.c = 15 - insn.c;
        return opt_emit(o, (IrInsn){.op = IR_XOR,
                                    .type = IR_I1,
                                    .a = opt_emit(o, insn),
                                    .b = opt_number(o, IR_I1, 1)});
    }
    bool swap = insn.c == IR_FCMP_OGT || insn.c == IR_FCMP_OGE ||
                ((insn.c == IR_FCMP_OEQ || insn.c == IR_FCMP_ONE || insn.c == IR_FCMP_ORD) &&
                 insn.a > insn.b);
    if (swap) {
        insn.a = f->i.b;
        insn.b = f->i.a;
        insn.c = swapped[insn.c];
        return opt_emit(o, insn);
    }
    bool numbers = is_number(&f->A) && is_number(&f->B);
    RULE(insn.c == IR_FCMP_ORD && numbers, opt_number(o, IR_I1, 1));
    if (insn.a == insn.b) {
        RULE(insn.c == IR_FCMP_OLT || insn.c == IR_FCMP_ONE, opt_number(o, IR_I1, 0));
        RULE(is_number(&f->A), opt_number(o, IR_I1, 1));
        insn.c = IR_FCMP_ORD;
        RULE(f->i.c != IR_FCMP_ORD, opt_emit(o, insn)); // x == x: not a NaN
    }
    return IR_NONE;
}

/* An integer that became a float and becomes an integer again. */
static IrRef rules_to_integer(Fold *f) {
    const uint8_t type = f->i.type, from = (uint8_t)f->A.aux;
    const unsigned exact = f->i.aux == IR_F32 ? 24 : 53;
    bool is_signed = f->i.op == IR_FPTOSI;
    if (f->A.op != (is_signed ? IR_SITOFP : IR_UITOFP) || ir_type_bits(from) > exact ||
        ir_type_bits(type) < ir_type_bits(from))
        return IR_NONE;
    RULE(type == from, f->A.a);
    return opt_emit(
        f->o,
        (IrInsn){.op = is_signed ? IR_SEXT : IR_ZEXT, .type = type, .aux = from, .a = f->A.a});
}

static IrRef rules_math1(Fold *f) {
    const IrRef a = f->i.a;
    const bool of_math = f->A.op == IR_MATH1;
    switch (f->i.c) {
    case IR_MATH_FABS:
        RULE(of_math && f->A.c == IR_MATH_FABS, a);                         // |(|x|)|
        RULE(f->A.op == IR_FNEG, unary(f, IR_MATH1, IR_MATH_FABS, f->A.a)); // |-x|
        RULE(f->A.op == IR_UITOFP, a);
        break;
    case IR_MATH_FLOOR:
    case IR_MATH_CEIL:
    case IR_MATH_FTRUNC:
    case IR_MATH_RINT:
        RULE(is_number(&f->A), a);                                             // floor(integer)
        RULE(of_math && f->A.c >= IR_MATH_FLOOR && f->A.c <= IR_MATH_RINT, a); // floor(ceil(x))
        break;
    default:
        break;
    }
    return IR_NONE;
}
_Static_assert(IR_MATH_CEIL == IR_MATH_FLOOR + 1 && IR_MATH_FTRUNC == IR_MATH_FLOOR + 2 &&
                   IR_MATH_RINT == IR_MATH_FLOOR + 3,
               "a range");

IrRef fold_float(Fold *f) {
    const IrRef a = f->i.a, b = f->i.b;
    IrRef inverse;
    switch (f->i.op) {
    case IR_FADD:
        RULE(is(f, b, -0.0), a); // x + -0
        RULE(is(f, a, -0.0), b);
        return IR_NONE;
    case IR_FSUB:
        RULE(is(f, b, 0.0), a); // x - 0
        return IR_NONE;
    case IR_FMUL:
        RULE(is(f, b, 1.0), a); // x * 1
        RULE(is(f, a, 1.0), b);
        return IR_NONE;
    case IR_FDIV:
        RULE(is(f, b, 1.0), a);             // x / 1
        RULE(exact_inverse(f, b, &inverse), // x / 2^n = x * 2^-n
             opt_emit(f->o, (IrInsn){.op = IR_FMUL, .type = f->i.type, .a = a, .b = inverse}));
        return IR_NONE;
    case IR_FNEG:
        RULE(f->A.op == IR_FNEG, f->A.a); // -(-x)
        return IR_NONE;
    case IR_MATH1:
        return rules_math1(f);
    case IR_FCMP:
        return rules_fcmp(f);
    case IR_FPTOSI:
    case IR_FPTOUI:
        return rules_to_integer(f);
    case IR_FPTRUNC:
        RULE(f->A.op == IR_FPEXT && f->A.aux == f->i.type, f->A.a); // as it was
        return IR_NONE;
    default:
        return IR_NONE;
    }
}
