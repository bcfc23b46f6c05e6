/* Operations on constants. Integers are computed in 64 bits, sign-extended where the sign counts,
 * and cut to the width; floats in their own type, because double would round twice. */
#include "evaluate.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static double to_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float to_float(uint64_t bits) {
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

static uint64_t from_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t from_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int64_t sign_extend(uint8_t type, uint64_t bits) {
    unsigned shift = 64 - ir_type_bits(type);
    return (int64_t)(bits << shift) >> shift;
}

static bool divide(uint8_t op, uint8_t type, uint64_t a, uint64_t b, uint64_t *result) {
    int64_t x = sign_extend(type, a), y = sign_extend(type, b);
    int64_t least = (int64_t)(UINT64_C(1) << 63) >> (64 - ir_type_bits(type));
    bool is_signed = op == IR_SDIV || op == IR_SREM;
    if (b == 0 || (is_signed && x == least && y == -1))
        return false;
    switch (op) {
    case IR_SDIV:
        *result = (uint64_t)(x / y);
        break;
    case IR_SREM:
        *result = (uint64_t)(x % y);
        break;
    case IR_UDIV:
        *result = a / b;
        break;
    default:
        *result = a % b;
    }
    return true;
}

static bool shift(uint8_t op, uint8_t type, uint64_t a, uint64_t b, uint64_t *result) {
    if (b >= ir_type_bits(type))
        return false;
    if (op == IR_SHL)
        *result = a << b;
    else if (op == IR_LSHR)
        *result = a >> b;
    else
        *result = (uint64_t)(sign_extend(type, a) >> b);
    return true;
}

static bool compare_int(uint8_t op, uint8_t type, uint64_t a, uint64_t b) {
    switch (op) {
    case IR_EQ:
        return a == b;
    case IR_NE:
        return a != b;
    case IR_ULT:
        return a < b;
    case IR_ULE:
        return a <= b;
    case IR_SLT:
        return sign_extend(type, a) < sign_extend(type, b);
    default:
        return sign_extend(type, a) <= sign_extend(type, b);
    }
}

static bool compare_float(uint8_t type, uint32_t predicate, uint64_t a, uint64_t b) {
    double x = type == IR_F32 ? to_float(a) : to_double(a);
    double y = type == IR_F32 ? to_float(b) : to_double(b);
    unsigned relation = x == y ? 1 : x > y ? 2 : x < y ? 4 : 8;
    return (predicate & relation) != 0;
}

static bool arithmetic_float(uint8_t op, uint8_t type, uint64_t a, uint64_t b, uint64_t *result) {
#define IN(from, to, fmod)                                                                         \
    switch (op) {                                                                                  \
    case IR_FADD:                                                                                  \
        *result = from(to(a) + to(b));                                                             \
        return true;                                                                               \
    case IR_FSUB:                                                                                  \
        *result = from(to(a) - to(b));                                                             \
        return true;                                                                               \
    case IR_FMUL:                                                                                  \
        *result = from(to(a) * to(b));                                                             \
        return true;                                                                               \
    case IR_FDIV:                                                                                  \
        *result = from(to(a) / to(b));                                                             \
        return true;                                                                               \
    case IR_FREM:                                                                                  \
        *result = from(fmod(to(a), to(b)));                                                        \
        return true;                                                                               \
    }
    if (type == IR_F32) {
        IN(from_float, to_float, fmodf)
    } else {
        IN(from_double, to_double, fmod)
    }
#undef IN
    return false;
}

static bool to_integer(uint8_t op, uint8_t from, uint8_t to, uint64_t a, uint64_t *result) {
    double value = trunc(from == IR_F32 ? to_float(a) : to_double(a));
    unsigned bits = ir_type_bits(to);
    double limit = ldexp(1, (int)(op == IR_FPTOSI ? bits - 1 : bits));
    double least = op == IR_FPTOSI ? -limit : 0;
    if (!(value >= least && value < limit)) /* NaN is neither */
        return false;
    *result = op == IR_FPTOSI ? (uint64_t)(int64_t)value : (uint64_t)value;
    return true;
}

static bool convert(const IrInsn *insn, uint64_t a, uint64_t *result) {
    uint8_t from = (uint8_t)insn->aux;
    switch (insn->op) {
    case IR_ZEXT:
    case IR_TRUNC:
    case IR_BITCAST:
        *result = a;
        return true;
    case IR_SEXT:
        *result = (uint64_t)sign_extend(from, a);
        return true;
    case IR_SITOFP:
        *result = insn->type == IR_F32 ? from_float((float)sign_extend(from, a))
                                       : from_double((double)sign_extend(from, a));
        return true;
    case IR_UITOFP:
        *result = insn->type == IR_F32 ? from_float((float)a) : from_double((double)a);
        return true;
    case IR_FPEXT:
        *result = from_double(to_float(a));
        return true;
    case IR_FPTRUNC:
        *result = from_float((float)to_double(a));
        return true;
    default:
        return to_integer(insn->op, from, insn->type, a, result);
    }
}

static uint64_t swap_bytes(uint8_t type, uint64_t a) {
    return __builtin_bswap64(a) >> (64 - ir_type_bits(type));
}

static bool math(uint32_t function, uint8_t type, uint64_t a, uint64_t b, uint64_t *result) {
    int64_t x = sign_extend(type, a), y = sign_extend(type, b);
    bool narrow = type == IR_F32;
    uint64_t sign = ir_type_mask(type) / 2 + 1;
    switch (function) {
    case IR_MATH_FABS:
        *result = a & ~sign;
        return true;
    case IR_MATH_COPYSIGN:
        *result = (a & ~sign) | (b & sign);
        return true;
#define CASE(name, function)                                                                       \
    case IR_MATH_##name:                                                                           \
        *result =                                                                                  \
            narrow ? from_float(function##f(to_float(a))) : from_double(function(to_double(a)));   \
        return true;
        CASE(SQRT, sqrt)
        CASE(FLOOR, floor)
        CASE(CEIL, ceil)
        CASE(FTRUNC, trunc)
        CASE(RINT, rint)
#undef CASE
    case IR_MATH_CTPOP:
        *result = (uint64_t)__builtin_popcountll(a);
        return true;
    case IR_MATH_BSWAP:
        *result = swap_bytes(type, a);
        return true;
    case IR_MATH_SMAX:
        *result = x > y ? a : b;
        return true;
    case IR_MATH_SMIN:
        *result = x < y ? a : b;
        return true;
    case IR_MATH_UMAX:
        *result = a > b ? a : b;
        return true;
    case IR_MATH_UMIN:
        *result = a < b ? a : b;
        return true;
    default:
        return false;
    }
}

static bool evaluate(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, uint64_t *result) {
    uint8_t type = insn->type;
    switch (insn->op) {
    case IR_ADD:
    case IR_PTRADD:
        *result = a + b;
        return true;
    case IR_SUB:
        *result = a - b;
        return true;
    case IR_MUL:
        *result = a * b;
        return true;
    case IR_AND:
        *result = a & b;
        return true;
    case IR_OR:
        *result = a | b;
        return true;
    case IR_XOR:
        *result = a ^ b;
        return true;
    case IR_SDIV:
    case IR_UDIV:
    case IR_SREM:
    case IR_UREM:
        return divide(insn->op, type, a, b, result);
    case IR_SHL:
    case IR_LSHR:
    case IR_ASHR:
        return shift(insn->op, type, a, b, result);
    case IR_EQ:
    case IR_NE:
    case IR_ULT:
    case IR_ULE:
    case IR_SLT:
    case IR_SLE:
        *result = compare_int(insn->op, (uint8_t)insn->aux, a, b);
        return true;
    case IR_FADD:
    case IR_FSUB:
    case IR_FMUL:
    case IR_FDIV:
    case IR_FREM:
        return arithmetic_float(insn->op, type, a, b, result);
    case IR_FNEG:
        *result = a ^ (ir_type_mask(type) / 2 + 1);
        return true;
    case IR_FCMP:
        *result = compare_float((uint8_t)insn->aux, insn->c, a, b);
        return true;
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
        return convert(insn, a, result);
    case IR_SELECT:
        *result = a & 1 ? b : c;
        return true;
    case IR_MATH1:
    case IR_MATH2:
        return math(insn->c, type, a, b, result);
    case IR_INTO:
    case IR_PROMOTE:
    case IR_CONSTANT_OF:
        *result = a;
        return true;
    default:
        return false;
    }
}

bool ir_evaluate(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, uint64_t *result) {
    uint64_t bits;
    int saved = errno;
    bool defined = evaluate(insn, a, b, c, &bits);
    errno = saved;
    if (defined)
        *result = bits & ir_type_mask(insn->type);
    return defined;
}
