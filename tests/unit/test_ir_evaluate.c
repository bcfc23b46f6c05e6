/* ir_evaluate against the compiler's own arithmetic in C types of the same width, on random and on
 * extreme operands. YK_TEST_SEED sets the seed, which every failure names. */
#include "shared-ir/evaluate.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 20000 };
static uint64_t seed, state;

static void seed_it(void) {
    const char *given = getenv("YK_TEST_SEED");
    state = seed = given != NULL ? strtoull(given, NULL, 0) : UINT64_C(0x9e3779b97f4a7c15);
}
TestSuite(ir_evaluate, .init = seed_it);

static uint64_t next(void) { /* splitmix64 */
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Often small, often at an end of the range, often a shift. */
static uint64_t operand(uint8_t type) {
    uint64_t r = next(), mask = ir_type_mask(type);
    switch (r % 8) {
    case 0:
        return (next() % 5 - 2) & mask;
    case 1:
        return (mask / 2 + next() % 3) & mask;
    case 2:
        return next() % 70 & mask;
    case 3:
        return (next() >> (next() % 64)) & mask;
    default:
        return next() & mask;
    }
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
static uint64_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
static double as_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
static float as_float(uint64_t bits) {
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

static uint64_t float_operand(uint8_t type) {
    static const double special[] = {0,   -0.0, 1,    -1,     0.5,      -0.5,      1.5,    2.5,
                                     1e9, -1e9, 1e18, 0x1p31, 0x1p63,   -0x1p63,   0x1p64, 127,
                                     128, -128, -129, 255,    INFINITY, -INFINITY, NAN,    1e-310};
    double value;
    switch (next() % 4) {
    case 0:
        value = special[next() % (sizeof special / sizeof *special)];
        break;
    case 1:
        value = (double)(int64_t)(next() >> (next() % 64)) / 8;
        break;
    case 2:
        value = -(double)(next() >> (next() % 64)) / 3;
        break;
    default:
        return next() & ir_type_mask(type);
    }
    return type == IR_F32 ? bits_of_float((float)value) : bits_of(value);
}

static void check(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, bool defined,
                  uint64_t expected) {
    uint64_t result = UINT64_C(0x5555555555555555);
    errno = 77;
    bool is = ir_evaluate(insn, a, b, c, &result);
    cr_assert_eq(errno, 77);
    cr_assert_eq(is, defined,
                 "seed 0x%" PRIx64 ": %s %s (aux %s, c %" PRIu32 ") of 0x%" PRIx64 ", 0x%" PRIx64
                 " is %sdefined",
                 seed, ir_op_names[insn->op], ir_type_names[insn->type],
                 ir_type_names[insn->aux % IR_TYPE_COUNT], insn->c, a, b, is ? "" : "not ");
    if (!defined)
        expected = UINT64_C(0x5555555555555555);
    cr_assert_eq(result, expected,
                 "seed 0x%" PRIx64 ": %s %s (aux %s, c %" PRIu32 ") of 0x%" PRIx64 ", 0x%" PRIx64
                 ": 0x%" PRIx64 " instead of 0x%" PRIx64,
                 seed, ir_op_names[insn->op], ir_type_names[insn->type],
                 ir_type_names[insn->aux % IR_TYPE_COUNT], insn->c, a, b, result, expected);
}

static void binary(uint8_t op, uint8_t type, uint64_t a, uint64_t b, bool defined,
                   uint64_t expected) {
    IrInsn insn = {.op = op, .type = type};
    check(&insn, a, b, 0, defined, expected);
}

static void compare(uint8_t op, uint8_t type, uint64_t a, uint64_t b, bool expected) {
    IrInsn insn = {.op = op, .type = IR_I1, .aux = type};
    check(&insn, a, b, 0, true, expected);
}

static void math2(uint8_t function, uint8_t type, uint64_t a, uint64_t b, uint64_t expected) {
    IrInsn insn = {.op = IR_MATH2, .type = type, .c = function};
    check(&insn, a, b, 0, true, expected);
}

static void convert(uint8_t op, uint8_t from, uint8_t to, uint64_t a, bool defined,
                    uint64_t expected) {
    IrInsn insn = {.op = op, .type = to, .aux = from};
    check(&insn, a, 0, 0, defined, expected);
}

#define FOR_INTEGERS(X)                                                                            \
    X(IR_I8, int8_t, uint8_t, INT8_MIN)                                                            \
    X(IR_I16, int16_t, uint16_t, INT16_MIN)                                                        \
    X(IR_I32, int32_t, uint32_t, INT32_MIN)                                                        \
    X(IR_I64, int64_t, uint64_t, INT64_MIN)

#define X(T, S, U, least)                                                                          \
    static void integers_##T(void) {                                                               \
        for (int i = 0; i < ROUNDS; i++) {                                                         \
            U a = (U)operand(T), b = (U)operand(T);                                                \
            S x = (S)a, y = (S)b;                                                                  \
            bool divides = b != 0, divides_signed = divides && !(x == least && y == -1);           \
            bool shifts = b < sizeof(U) * 8;                                                       \
            uint64_t wide_a = a, wide_b = b;                                                       \
            binary(IR_ADD, T, a, b, true, (U)(wide_a + wide_b));                                   \
            binary(IR_SUB, T, a, b, true, (U)(wide_a - wide_b));                                   \
            binary(IR_MUL, T, a, b, true, (U)(wide_a * wide_b));                                   \
            binary(IR_AND, T, a, b, true, (U)(a & b));                                             \
            binary(IR_OR, T, a, b, true, (U)(a | b));                                              \
            binary(IR_XOR, T, a, b, true, (U)(a ^ b));                                             \
            binary(IR_UDIV, T, a, b, divides, divides ? (U)(a / b) : 0);                           \
            binary(IR_UREM, T, a, b, divides, divides ? (U)(a % b) : 0);                           \
            binary(IR_SDIV, T, a, b, divides_signed, divides_signed ? (U)(x / y) : 0);             \
            binary(IR_SREM, T, a, b, divides_signed, divides_signed ? (U)(x % y) : 0);             \
            binary(IR_SHL, T, a, b, shifts, shifts ? (U)(wide_a << b) : 0);                        \
            binary(IR_LSHR, T, a, b, shifts, shifts ? (U)(a >> b) : 0);                            \
            binary(IR_ASHR, T, a, b, shifts, shifts ? (U)(x >> b) : 0);                            \
            compare(IR_EQ, T, a, b, a == b);                                                       \
            compare(IR_EQ, T, a, a, true);                                                         \
            compare(IR_NE, T, a, b, a != b);                                                       \
            compare(IR_ULT, T, a, b, a < b);                                                       \
            compare(IR_ULE, T, a, b, a <= b);                                                      \
            compare(IR_SLT, T, a, b, x < y);                                                       \
            compare(IR_SLE, T, a, b, x <= y);                                                      \
            math2(IR_MATH_SMAX, T, a, b, (U)(x > y ? x : y));                                      \
            math2(IR_MATH_SMIN, T, a, b, (U)(x < y ? x : y));                                      \
            math2(IR_MATH_UMAX, T, a, b, a > b ? a : b);                                           \
            math2(IR_MATH_UMIN, T, a, b, a < b ? a : b);                                           \
            IrInsn insn = {.op = IR_MATH1, .type = T, .c = IR_MATH_CTPOP};                         \
            check(&insn, a, 0, 0, true, (uint64_t)__builtin_popcountll(a));                        \
            convert(IR_SITOFP, T, IR_F64, a, true, bits_of((double)x));                            \
            convert(IR_SITOFP, T, IR_F32, a, true, bits_of_float((float)x));                       \
            convert(IR_UITOFP, T, IR_F64, a, true, bits_of((double)a));                            \
            convert(IR_UITOFP, T, IR_F32, a, true, bits_of_float((float)a));                       \
            convert(IR_SEXT, T, IR_I64, a, true, (uint64_t)(int64_t)x);                            \
            convert(IR_ZEXT, T, IR_I64, a, true, a);                                               \
            convert(IR_TRUNC, IR_I64, T, wide_a | wide_b << 32, true, (U)(wide_a | wide_b << 32)); \
            convert(IR_TRUNC, T, IR_I1, a, true, a & 1);                                           \
            uint64_t d = float_operand(IR_F64), f = float_operand(IR_F32);                         \
            double limit = 2 * -(double)least, value = trunc(as_double(d));                        \
            bool fits = value >= least && value < -(double)least;                                  \
            convert(IR_FPTOSI, IR_F64, T, d, fits, fits ? (U)(S)as_double(d) : 0);                 \
            fits = value >= 0 && value < limit;                                                    \
            convert(IR_FPTOUI, IR_F64, T, d, fits, fits ? (U)as_double(d) : 0);                    \
            value = trunc(as_float(f));                                                            \
            fits = value >= least && value < -(double)least;                                       \
            convert(IR_FPTOSI, IR_F32, T, f, fits, fits ? (U)(S)as_float(f) : 0);                  \
            fits = value >= 0 && value < limit;                                                    \
            convert(IR_FPTOUI, IR_F32, T, f, fits, fits ? (U)as_float(f) : 0);                     \
        }                                                                                          \
    }
FOR_INTEGERS(X)
#undef X

Test(ir_evaluate, integers_of_8_bits) {
    integers_IR_I8();
}
Test(ir_evaluate, integers_of_16_bits) {
    integers_IR_I16();
}
Test(ir_evaluate, integers_of_32_bits) {
    integers_IR_I32();
}
Test(ir_evaluate, integers_of_64_bits) {
    integers_IR_I64();
}

Test(ir_evaluate, swapped_bytes) {
    IrInsn insn = {.op = IR_MATH1, .type = IR_I64, .c = IR_MATH_BSWAP};
    check(&insn, UINT64_C(0x0102030405060708), 0, 0, true, UINT64_C(0x0807060504030201));
    insn.type = IR_I32;
    check(&insn, 0x01020304, 0, 0, true, 0x04030201);
    insn.type = IR_I16;
    check(&insn, 0x0102, 0, 0, true, 0x0201);
}

/* All there is of one bit: 1 is -1 where the sign counts. */
Test(ir_evaluate, single_bits) {
    for (uint64_t a = 0; a < 2; a++) {
        for (uint64_t b = 0; b < 2; b++) {
            binary(IR_ADD, IR_I1, a, b, true, a ^ b);
            binary(IR_SUB, IR_I1, a, b, true, a ^ b);
            binary(IR_MUL, IR_I1, a, b, true, a & b);
            binary(IR_AND, IR_I1, a, b, true, a & b);
            binary(IR_OR, IR_I1, a, b, true, a | b);
            binary(IR_XOR, IR_I1, a, b, true, a ^ b);
            binary(IR_UDIV, IR_I1, a, b, b == 1, a);
            binary(IR_UREM, IR_I1, a, b, b == 1, 0);
            binary(IR_SDIV, IR_I1, a, b, b == 1 && a == 0, 0); /* -1 / -1 is 1: too large */
            binary(IR_SREM, IR_I1, a, b, b == 1 && a == 0, 0);
            binary(IR_SHL, IR_I1, a, b, b == 0, a);
            binary(IR_LSHR, IR_I1, a, b, b == 0, a);
            binary(IR_ASHR, IR_I1, a, b, b == 0, a);
            compare(IR_EQ, IR_I1, a, b, a == b);
            compare(IR_NE, IR_I1, a, b, a != b);
            compare(IR_ULT, IR_I1, a, b, a < b);
            compare(IR_ULE, IR_I1, a, b, a <= b);
            compare(IR_SLT, IR_I1, a, b, a > b);
            compare(IR_SLE, IR_I1, a, b, a >= b);
            math2(IR_MATH_UMAX, IR_I1, a, b, a | b);
            math2(IR_MATH_SMAX, IR_I1, a, b, a & b);
        }
        convert(IR_ZEXT, IR_I1, IR_I8, a, true, a);
        convert(IR_SEXT, IR_I1, IR_I8, a, true, a ? 0xff : 0);
        convert(IR_SITOFP, IR_I1, IR_F64, a, true, bits_of(-(double)a + 0.0));
        convert(IR_UITOFP, IR_I1, IR_F64, a, true, bits_of((double)a));
    }
    convert(IR_FPTOSI, IR_F64, IR_I1, bits_of(-1.5), true, 1);
    convert(IR_FPTOSI, IR_F64, IR_I1, bits_of(0.9), true, 0);
    convert(IR_FPTOSI, IR_F64, IR_I1, bits_of(1), false, 0);
    convert(IR_FPTOUI, IR_F64, IR_I1, bits_of(1), true, 1);
    convert(IR_FPTOUI, IR_F64, IR_I1, bits_of(-0.5), true, 0);
}

static void compare_floats(uint8_t type, uint64_t a, uint64_t b) {
    double x = type == IR_F32 ? as_float(a) : as_double(a);
    double y = type == IR_F32 ? as_float(b) : as_double(b);
    bool unordered = isunordered(x, y);
    const struct {
        uint8_t predicate;
        bool expected;
    } cases[] = {
        {IR_FCMP_OEQ, x == y},     {IR_FCMP_OGT, x > y},     {IR_FCMP_OGE, x >= y},
        {IR_FCMP_OLT, x < y},      {IR_FCMP_OLE, x <= y},    {IR_FCMP_ONE, islessgreater(x, y)},
        {IR_FCMP_ORD, !unordered}, {IR_FCMP_UNO, unordered}, {IR_FCMP_UEQ, unordered || x == y},
        {IR_FCMP_UGT, !(x <= y)},  {IR_FCMP_UGE, !(x < y)},  {IR_FCMP_ULT, !(x >= y)},
        {IR_FCMP_ULE, !(x > y)},   {IR_FCMP_UNE, x != y},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        IrInsn insn = {.op = IR_FCMP, .type = IR_I1, .aux = type, .c = cases[i].predicate};
        check(&insn, a, b, 0, true, cases[i].expected);
    }
}

/* What the compiler does not evaluate itself: it has another opinion of the sign of a NaN. */
#define OPAQUE(value) __asm__ volatile("" : "+x"(value))

Test(ir_evaluate, doubles) {
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t a = float_operand(IR_F64), b = float_operand(IR_F64);
        double x = as_double(a), y = as_double(b);
        OPAQUE(x);
        OPAQUE(y);
        binary(IR_FADD, IR_F64, a, b, true, bits_of(x + y));
        binary(IR_FSUB, IR_F64, a, b, true, bits_of(x - y));
        binary(IR_FMUL, IR_F64, a, b, true, bits_of(x * y));
        binary(IR_FDIV, IR_F64, a, b, true, bits_of(x / y));
        binary(IR_FREM, IR_F64, a, b, true, bits_of(fmod(x, y)));
        binary(IR_FNEG, IR_F64, a, 0, true, a ^ UINT64_C(1) << 63);
        compare_floats(IR_F64, a, b);
        compare_floats(IR_F64, a, a);
        convert(IR_FPTRUNC, IR_F64, IR_F32, a, true, bits_of_float((float)x));
        convert(IR_BITCAST, IR_F64, IR_I64, a, true, a);
        IrInsn insn = {.op = IR_MATH1, .type = IR_F64, .c = IR_MATH_FABS};
        check(&insn, a, 0, 0, true, a & ~(UINT64_C(1) << 63));
        insn.c = IR_MATH_SQRT;
        check(&insn, a, 0, 0, true, bits_of(sqrt(x)));
        insn.c = IR_MATH_FLOOR;
        check(&insn, a, 0, 0, true, bits_of(floor(x)));
        insn.c = IR_MATH_CEIL;
        check(&insn, a, 0, 0, true, bits_of(ceil(x)));
        insn.c = IR_MATH_FTRUNC;
        check(&insn, a, 0, 0, true, bits_of(trunc(x)));
        insn.c = IR_MATH_RINT;
        check(&insn, a, 0, 0, true, bits_of(rint(x)));
        math2(IR_MATH_COPYSIGN, IR_F64, a, b, (a & ~(UINT64_C(1) << 63)) | (b & UINT64_C(1) << 63));
    }
}

Test(ir_evaluate, floats) {
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t a = float_operand(IR_F32), b = float_operand(IR_F32);
        float x = as_float(a), y = as_float(b);
        OPAQUE(x);
        OPAQUE(y);
        binary(IR_FADD, IR_F32, a, b, true, bits_of_float(x + y));
        binary(IR_FSUB, IR_F32, a, b, true, bits_of_float(x - y));
        binary(IR_FMUL, IR_F32, a, b, true, bits_of_float(x * y));
        binary(IR_FDIV, IR_F32, a, b, true, bits_of_float(x / y));
        binary(IR_FREM, IR_F32, a, b, true, bits_of_float(fmodf(x, y)));
        binary(IR_FNEG, IR_F32, a, 0, true, a ^ 0x80000000u);
        compare_floats(IR_F32, a, b);
        convert(IR_FPEXT, IR_F32, IR_F64, a, true, bits_of(x));
        convert(IR_BITCAST, IR_F32, IR_I32, a, true, a);
        IrInsn insn = {.op = IR_MATH1, .type = IR_F32, .c = IR_MATH_FABS};
        check(&insn, a, 0, 0, true, a & 0x7fffffff);
        insn.c = IR_MATH_SQRT;
        check(&insn, a, 0, 0, true, bits_of_float(sqrtf(x)));
        insn.c = IR_MATH_FLOOR;
        check(&insn, a, 0, 0, true, bits_of_float(floorf(x)));
        insn.c = IR_MATH_CEIL;
        check(&insn, a, 0, 0, true, bits_of_float(ceilf(x)));
        insn.c = IR_MATH_FTRUNC;
        check(&insn, a, 0, 0, true, bits_of_float(truncf(x)));
        insn.c = IR_MATH_RINT;
        check(&insn, a, 0, 0, true, bits_of_float(rintf(x)));
        math2(IR_MATH_COPYSIGN, IR_F32, a, b, (a & 0x7fffffff) | (b & 0x80000000));
    }
}

/* The default NaN of the machine is negative: a program that prints it must print the same. */
Test(ir_evaluate, new_nans_are_the_machine_s) {
    double zero = 0;
    OPAQUE(zero);
    binary(IR_FDIV, IR_F64, 0, 0, true, bits_of(zero / zero));
    cr_assert(signbit(zero / zero));
}

Test(ir_evaluate, other_operations) {
    IrInsn insn = {.op = IR_SELECT, .type = IR_I32};
    check(&insn, 1, 10, 20, true, 10);
    check(&insn, 0, 10, 20, true, 20);
    binary(IR_PTRADD, IR_PTR, 0x1000, (uint64_t)-8, true, 0xff8);
    insn = (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = IR_PTR};
    check(&insn, 0x1000, 0x1000, 0, true, 1);
    insn = (IrInsn){.op = IR_INTO, .type = IR_PTR, .b = 1};
    check(&insn, 0x1000, 0, 0, true, 0x1000);
    insn = (IrInsn){.op = IR_PROMOTE, .type = IR_I8};
    check(&insn, 7, 0, 0, true, 7);
    insn = (IrInsn){.op = IR_CONSTANT_OF, .type = IR_I8};
    check(&insn, 7, 1, 0, true, 7);
    insn = (IrInsn){.op = IR_BITCAST, .type = IR_PTR, .aux = IR_I64};
    check(&insn, UINT64_MAX, 0, 0, true, UINT64_MAX);
}

Test(ir_evaluate, refuses_what_is_no_function_of_its_operands) {
    for (uint8_t op = 0; op < IR_OP_COUNT; op++) {
        bool pure = (ir_op_flags[op] & IR_FLAG_PURE) != 0;
        bool more = op == IR_PARAM || op == IR_INHERIT || op == IR_FRAME;
        IrInsn insn = {.op = op, .type = IR_I64, .aux = IR_I64};
        uint64_t result;
        if (ir_op_types[op][0] == '-' || ir_op_results[op] == 'f' || ir_op_auxes[op] == 'f' ||
            ir_op_results[op] == 'm')
            cr_assert(pure || !ir_evaluate(&insn, 1, 1, 1, &result), "%s", ir_op_names[op]);
        else
            cr_assert_eq(ir_evaluate(&insn, 1, 1, 1, &result), pure, "%s", ir_op_names[op]);
        if (more)
            cr_assert(!ir_evaluate(&insn, 1, 1, 1, &result), "%s", ir_op_names[op]);
    }
}
