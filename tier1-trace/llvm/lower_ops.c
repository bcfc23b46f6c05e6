/* Operations without memory: arithmetic, comparisons, conversions, functions of the C library.
 *
 * Nothing here is allowed to change a result: no fast-math flags, no contraction (this machine
 * description has none that fuses), and functions of the C library are LLVM's intrinsics only
 * where they become instructions. */
#include "lower.h"

#include <math.h>
#include <string.h>

/* ---- floating point -------------------------------------------------------------------------- */

/* A value that LLVM does not look through; it costs no instruction. To LLVM the sign of a NaN is
 * anyone's guess, but programs see it: so it must not know that a value is a negated one or an
 * absolute one, nor that it multiplies by -1, which it would rewrite, and, once it has folded an
 * invalid operation (passes_folded_nan), nothing at all. */
static LLVMValueRef fence(Lower *l, LLVMValueRef value) {
    return lower_intrinsic(l, l->at, "llvm.arithmetic.fence", LLVMTypeOf(value), &value, 1);
}

/* Whether an operation on a constant would be rewritten to another one that gives NaNs of another
 * sign: a negation for -0 - x, x * -1 and x / -1, an addition for x - NaN. */
static bool is_delicate(Lower *l, const IrInsn *insn, unsigned n) {
    IrRef ref = n == 0 ? insn->a : insn->b;
    if (insn->op < IR_FADD || insn->op > IR_FDIV || !trace_is_const(ref))
        return false;
    uint64_t bits = trace_bits(l->trace, ref);
    double number;
    float narrow;
    memcpy(&number, &bits, sizeof number);
    memcpy(&narrow, &bits, sizeof narrow);
    if (insn->type == IR_F32)
        number = (double)narrow;
    return number != number || number == -1 || (number == 0 && signbit(number));
}

/* ---- functions of the C library -------------------------------------------------------------- */

/* Calls `function` as a pure one. Its address goes into the code: there are no symbols. */
static LLVMValueRef library_call(Lower *l, const void *function, uint8_t type,
                                 LLVMValueRef *operands, unsigned count) {
    LLVMTypeRef types[2] = {l->types[type], l->types[type]};
    LLVMTypeRef signature = LLVMFunctionType(l->types[type], types, count, false);
    LLVMValueRef call =
        LLVMBuildCall2(l->at, signature, lower_pointer(l, function), operands, count, "");
    lower_attribute(l, call, l->nounwind);
    lower_attribute(l, call, l->willreturn);
    lower_attribute(l, call, l->memory_none);
    return call;
}

#define FUNCTION(name) (const void *)(uintptr_t)(name)
/* In the order of IR_MATH_FLOOR ... IR_MATH_RINT; for F32 and F64. */
static const struct {
    const char *intrinsic;
    double (*of_double)(double);
    float (*of_float)(float);
} roundings[] = {
    {"llvm.floor", floor, floorf},
    {"llvm.ceil", ceil, ceilf},
    {"llvm.trunc", trunc, truncf},
    {"llvm.rint", rint, rintf},
};
_Static_assert(IR_MATH_RINT - IR_MATH_FLOOR == 3, "the order of roundings[]");

static const char *const intrinsics[IR_MATH_COUNT] = {
    [IR_MATH_FABS] = "llvm.fabs",         [IR_MATH_SQRT] = "llvm.sqrt",
    [IR_MATH_COPYSIGN] = "llvm.copysign", [IR_MATH_CTPOP] = "llvm.ctpop",
    [IR_MATH_BSWAP] = "llvm.bswap",       [IR_MATH_SMAX] = "llvm.smax",
    [IR_MATH_SMIN] = "llvm.smin",         [IR_MATH_UMAX] = "llvm.umax",
    [IR_MATH_UMIN] = "llvm.umin",
};

static LLVMValueRef lower_math(Lower *l, const IrInsn *insn, LLVMValueRef *operands,
                               unsigned count) {
    LLVMTypeRef type = l->types[insn->type];
    if (insn->c >= IR_MATH_FLOOR && insn->c <= IR_MATH_RINT) {
        unsigned i = insn->c - IR_MATH_FLOOR;
        if (machine_rounds())
            return lower_intrinsic(l, l->at, roundings[i].intrinsic, type, operands, count);
        const void *f = insn->type == IR_F32 ? FUNCTION(roundings[i].of_float)
                                             : FUNCTION(roundings[i].of_double);
        return library_call(l, f, insn->type, operands, count);
    }
    if (insn->c >= IR_MATH_COUNT || intrinsics[insn->c] == NULL) {
        fail(l->error, "no code for function %u", insn->c);
        return NULL;
    }
    LLVMValueRef v = lower_intrinsic(l, l->at, intrinsics[insn->c], type, operands, count);
    return insn->c == IR_MATH_FABS || insn->c == IR_MATH_COPYSIGN ? fence(l, v) : v;
}

static LLVMValueRef remainder_of(Lower *l, const IrInsn *insn, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef operands[] = {a, b};
    const void *f = insn->type == IR_F32 ? FUNCTION(fmodf) : FUNCTION(fmod);
    return library_call(l, f, insn->type, operands, 2);
}

/* ---- integers -------------------------------------------------------------------------------- */

static LLVMValueRef freeze(Lower *l, LLVMValueRef value) {
    return LLVMBuildFreeze(l->at, value, "");
}

static LLVMValueRef shift(Lower *l, const IrInsn *insn, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef v = insn->op == IR_SHL    ? LLVMBuildShl(l->at, a, b, "")
                     : insn->op == IR_LSHR ? LLVMBuildLShr(l->at, a, b, "")
                                           : LLVMBuildAShr(l->at, a, b, "");
    bool known = trace_is_const(insn->b) &&
                 trace_bits(l->trace, insn->b) < LLVMGetIntTypeWidth(l->types[insn->type]);
    return known ? v : freeze(l, v);
}

/* FastISel has an instruction for each division, and chooses it even for a constant; what it cannot
 * express, such as vectors of one number, it leaves to SelectionDAG, which knows how to multiply. */
static LLVMValueRef divide(Lower *l, const IrInsn *insn, LLVMValueRef a, LLVMValueRef b) {
    static const LLVMOpcode opcodes[] = {LLVMSDiv, LLVMUDiv, LLVMSRem, LLVMURem};
    _Static_assert(IR_UREM - IR_SDIV == 3, "the order of opcodes[]");
    LLVMOpcode opcode = opcodes[insn->op - IR_SDIV];
    if (!trace_is_const(insn->b) || (insn->type != IR_I64 && insn->type != IR_I32))
        return LLVMBuildBinOp(l->at, opcode, a, b, "");
    LLVMTypeRef vector = LLVMVectorType(l->types[insn->type], 1);
    LLVMValueRef by = LLVMConstVector(&b, 1);
    a = LLVMBuildBitCast(l->at, a, vector, "");
    return LLVMBuildBitCast(l->at, LLVMBuildBinOp(l->at, opcode, a, by, ""), l->types[insn->type],
                            "");
}

static LLVMValueRef compare(Lower *l, const IrInsn *insn, LLVMValueRef a, LLVMValueRef b) {
    static const LLVMIntPredicate predicates[] = {LLVMIntEQ,  LLVMIntNE,  LLVMIntULT,
                                                  LLVMIntULE, LLVMIntSLT, LLVMIntSLE};
    _Static_assert(IR_SLE - IR_EQ == 5, "the order of predicates[]");
    return LLVMBuildICmp(l->at, predicates[insn->op - IR_EQ], a, b, "");
}

/* ---- conversions ----------------------------------------------------------------------------- */

static LLVMValueRef bitcast(Lower *l, const IrInsn *insn, LLVMValueRef a) {
    LLVMTypeRef type = l->types[insn->type];
    if (insn->type == IR_PTR && insn->aux != IR_PTR)
        return LLVMBuildIntToPtr(l->at, LLVMBuildBitCast(l->at, a, l->types[IR_I64], ""), type, "");
    if (insn->aux == IR_PTR && insn->type != IR_PTR)
        return LLVMBuildBitCast(l->at, LLVMBuildPtrToInt(l->at, a, l->types[IR_I64], ""), type, "");
    return LLVMBuildBitCast(l->at, a, type, "");
}

static LLVMValueRef convert(Lower *l, const IrInsn *insn, LLVMValueRef a) {
    LLVMTypeRef type = l->types[insn->type];
    if (insn->op == IR_BITCAST)
        return bitcast(l, insn, a);
    if (insn->type == insn->aux)
        return a;
    switch (insn->op) {
    case IR_ZEXT:
        return LLVMBuildZExt(l->at, a, type, "");
    case IR_SEXT:
        return LLVMBuildSExt(l->at, a, type, "");
    case IR_TRUNC:
        return LLVMBuildTrunc(l->at, a, type, "");
    case IR_SITOFP:
        return LLVMBuildSIToFP(l->at, a, type, "");
    case IR_UITOFP:
        return LLVMBuildUIToFP(l->at, a, type, "");
    case IR_FPTOSI:
        return freeze(l, LLVMBuildFPToSI(l->at, a, type, ""));
    case IR_FPTOUI:
        return freeze(l, LLVMBuildFPToUI(l->at, a, type, ""));
    case IR_FPEXT:
        return LLVMBuildFPExt(l->at, a, type, "");
    default:
        return LLVMBuildFPTrunc(l->at, a, type, "");
    }
}

/* ---- all
 * ----------------------------------------------------------------------------------------- */

static bool is_float_arithmetic(const IrInsn *insn) {
    return (insn->op >= IR_FADD && insn->op <= IR_FNEG) ||
           (insn->op == IR_MATH1 && ir_is_float(insn->type)) || insn->op == IR_FPTRUNC ||
           insn->op == IR_FPEXT;
}

static LLVMValueRef operand(Lower *l, const IrInsn *insn, unsigned n) {
    static const uint8_t counts[IR_OP_COUNT] = {
#define X(name, form, operands, flags)                                                             \
    [IR_##name] = (operands[0] == 'v') + (operands[1] == 'v') + (operands[2] == 'v'),
#include "../../shared-ir/ops.def"
#undef X
    };
    if (n >= counts[insn->op])
        return NULL;
    LLVMValueRef v = lower_ref(l, n == 0 ? insn->a : n == 1 ? insn->b : insn->c);
    return is_delicate(l, insn, n) || (l->opaque_floats && n == 0 && is_float_arithmetic(insn))
               ? fence(l, v)
               : v;
}

LLVMValueRef lower_pure(Lower *l, const IrInsn *insn) {
    LLVMValueRef v[3] = {operand(l, insn, 0), operand(l, insn, 1), operand(l, insn, 2)};
    switch (insn->op) {
    case IR_ADD:
        return LLVMBuildAdd(l->at, v[0], v[1], "");
    case IR_SUB:
        return LLVMBuildSub(l->at, v[0], v[1], "");
    case IR_MUL:
        return LLVMBuildMul(l->at, v[0], v[1], "");
    case IR_SDIV:
    case IR_UDIV:
    case IR_SREM:
    case IR_UREM:
        return divide(l, insn, v[0], v[1]);
    case IR_AND:
        return LLVMBuildAnd(l->at, v[0], v[1], "");
    case IR_OR:
        return LLVMBuildOr(l->at, v[0], v[1], "");
    case IR_XOR:
        return LLVMBuildXor(l->at, v[0], v[1], "");
    case IR_SHL:
    case IR_LSHR:
    case IR_ASHR:
        return shift(l, insn, v[0], v[1]);
    case IR_EQ:
    case IR_NE:
    case IR_ULT:
    case IR_ULE:
    case IR_SLT:
    case IR_SLE:
        return compare(l, insn, v[0], v[1]);
    case IR_FADD:
        return LLVMBuildFAdd(l->at, v[0], v[1], "");
    case IR_FSUB:
        return LLVMBuildFSub(l->at, v[0], v[1], "");
    case IR_FMUL:
        return LLVMBuildFMul(l->at, v[0], v[1], "");
    case IR_FDIV:
        return LLVMBuildFDiv(l->at, v[0], v[1], "");
    case IR_FREM:
        return remainder_of(l, insn, v[0], v[1]);
    case IR_FNEG:
        return fence(l, LLVMBuildFNeg(l->at, v[0], ""));
    case IR_FCMP: /* the predicates have LLVM's numbers */
        return LLVMBuildFCmp(l->at, (LLVMRealPredicate)insn->c, v[0], v[1], "");
    case IR_ZEXT:
    case IR_SEXT:
    case IR_TRUNC:
    case IR_BITCAST:
    case IR_SITOFP:
    case IR_UITOFP:
    case IR_FPTOSI:
    case IR_FPTOUI:
    case IR_FPEXT:
    case IR_FPTRUNC:
        return convert(l, insn, v[0]);
    case IR_SELECT:
        return LLVMBuildSelect(l->at, v[0], v[1], v[2], "");
    case IR_MATH1:
        return lower_math(l, insn, v, 1);
    case IR_MATH2:
        return lower_math(l, insn, v, 2);
    case IR_PTRADD:
        return LLVMBuildGEP2(l->at, l->types[IR_I8], v[0], &v[1], 1, "");
    case IR_INTO:
        return v[0];
    default:
        fail(l->error, "no code for operation %u", insn->op);
        return NULL;
    }
}
