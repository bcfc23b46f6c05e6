/* Hole programs: every operation at several widths, and what loads may look at. */
#include "tier0-cnp/hole_program.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

/* Operands that are not given are 0. */
#define OP(name, bits, ...) make_op(YK_HOLE_##name, bits, (const uint16_t[3]){__VA_ARGS__})
#define RUN(ops, ...) hole_program_run(ops, 0, sizeof(ops) / sizeof *(ops), __VA_ARGS__)

static YkHoleOp make_op(int opcode, unsigned bits, const uint16_t *operands) {
    return (YkHoleOp){(uint8_t)opcode, (uint8_t)bits, operands[0], operands[1], operands[2]};
}

static uint64_t values[YK_MAX_HOLE_OPS];
static bool defined[YK_MAX_HOLE_OPS];
static YkGreens greens;

static uint64_t mask(unsigned bits) {
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* The value of one operation on two constants, which may be wider than the operation. */
static uint64_t binary(enum YkHoleOpcode opcode, unsigned bits, uint64_t a, uint64_t b,
                       unsigned operand_bits) {
    const uint64_t constants[] = {a, b};
    const YkHoleOp ops[] = {
        OP(CONST, 64, 0), OP(CONST, 64, 1),
        make_op(opcode, bits, (const uint16_t[3]){0, 1, (uint16_t)operand_bits})};
    cr_assert(RUN(ops, constants, &greens, values, defined));
    return values[2];
}

static uint64_t unary(enum YkHoleOpcode opcode, unsigned bits, uint64_t a, unsigned from) {
    const YkHoleOp ops[] = {OP(CONST, 64, 0),
                            make_op(opcode, bits, (const uint16_t[3]){0, (uint16_t)from})};
    cr_assert(RUN(ops, &a, &greens, values, defined));
    return values[1];
}

/* xorshift64*; the seed is part of the test's output. */
static uint64_t seed = 0x9e3779b97f4a7c15;
static uint64_t random_bits(void) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * UINT64_C(0x2545f4914f6cdd1d);
}

/* Numbers around the edges of all widths, and random ones. */
static uint64_t interesting(void) {
    uint64_t r = random_bits();
    switch (r % 4) {
    case 0:
        return random_bits();
    case 1:
        return r >> 8 & 7;
    default:
        return (UINT64_C(1) << (r >> 8 & 63)) + (r >> 16 & 3) - 2;
    }
}

Test(hole_program, greens_and_constants) {
    const uint64_t constants[] = {7, UINT64_MAX, 9};
    const YkHoleOp ops[] = {OP(CONST, 64, 2), OP(GREEN, 64, 0), OP(GREEN, 64, 3), OP(CONST, 8, 0),
                            OP(CONST, 64, 1)};
    YkGreens g = {.value = {10, 11, 12, 13}};
    cr_assert(RUN(ops, constants, &g, values, defined));
    cr_expect_eq(values[0], 9);
    cr_expect_eq(values[1], 10);
    cr_expect_eq(values[2], 13);
    cr_expect_eq(values[3], 7);
    cr_expect_eq(values[4], UINT64_MAX);
}

Test(hole_program, an_empty_program_is_defined) {
    cr_expect(hole_program_run(NULL, 0, 0, NULL, &greens, values, defined));
}

#define CHECK_BINARY(type, signed_type, bits)                                                      \
    static void check_##bits(uint64_t a, uint64_t b) {                                             \
        type x = (type)a, y = (type)b;                                                             \
        signed_type i = (signed_type)x, j = (signed_type)y;                                        \
        unsigned n = (unsigned)(b % (bits));                                                       \
        cr_expect_eq(binary(YK_HOLE_ADD, bits, x, y, 0), (type)(x + y));                           \
        cr_expect_eq(binary(YK_HOLE_SUB, bits, x, y, 0), (type)(x - y));                           \
        cr_expect_eq(binary(YK_HOLE_MUL, bits, x, y, 0), (type)((uint64_t)x * y));                 \
        cr_expect_eq(binary(YK_HOLE_AND, bits, x, y, 0), (type)(x & y));                           \
        cr_expect_eq(binary(YK_HOLE_OR, bits, x, y, 0), (type)(x | y));                            \
        cr_expect_eq(binary(YK_HOLE_XOR, bits, x, y, 0), (type)(x ^ y));                           \
        cr_expect_eq(binary(YK_HOLE_SHL, bits, x, n, 0), (type)(x << n));                          \
        cr_expect_eq(binary(YK_HOLE_LSHR, bits, x, n, 0), (type)(x >> n));                         \
        cr_expect_eq(binary(YK_HOLE_ASHR, bits, x, n, 0), (type)(i >> n));                         \
        cr_expect_eq(binary(YK_HOLE_EQ, 1, x, y, bits), (uint64_t)(x == y));                       \
        cr_expect_eq(binary(YK_HOLE_NE, 1, x, y, bits), (uint64_t)(x != y));                       \
        cr_expect_eq(binary(YK_HOLE_ULT, 1, x, y, bits), (uint64_t)(x < y));                       \
        cr_expect_eq(binary(YK_HOLE_ULE, 1, x, y, bits), (uint64_t)(x <= y));                      \
        cr_expect_eq(binary(YK_HOLE_SLT, 1, x, y, bits), (uint64_t)(i < j));                       \
        cr_expect_eq(binary(YK_HOLE_SLE, 1, x, y, bits), (uint64_t)(i <= j));                      \
        cr_expect_eq(unary(YK_HOLE_TRUNC, bits, a, 0), x);                                         \
        cr_expect_eq(unary(YK_HOLE_ZEXT, 64, x, 0), x);                                            \
        cr_expect_eq(unary(YK_HOLE_SEXT, 64, x, bits), (uint64_t)(int64_t)i);                      \
        cr_expect_eq(unary(YK_HOLE_SEXT, 32, (uint8_t)x, 8), (uint32_t)(int8_t)x);                 \
    }
CHECK_BINARY(uint8_t, int8_t, 8)
CHECK_BINARY(uint16_t, int16_t, 16)
CHECK_BINARY(uint32_t, int32_t, 32)
CHECK_BINARY(uint64_t, int64_t, 64)

Test(hole_program, arithmetic_is_that_of_c) {
    cr_log_info("seed %" PRIx64, seed);
    for (int n = 0; n < 4000; n++) {
        uint64_t a = interesting(), b = n % 8 ? interesting() : a;
        check_8(a, b);
        check_16(a, b);
        check_32(a, b);
        check_64(a, b);
    }
}

Test(hole_program, odd_widths) {
    cr_expect_eq(binary(YK_HOLE_ADD, 1, 1, 1, 0), 0);
    cr_expect_eq(binary(YK_HOLE_ADD, 7, 100, 100, 0), 72);
    cr_expect_eq(binary(YK_HOLE_SUB, 24, 0, 1, 0), 0xffffff);
    cr_expect_eq(binary(YK_HOLE_MUL, 33, UINT64_C(1) << 32, 3, 0), UINT64_C(1) << 32);
    cr_expect_eq(binary(YK_HOLE_ASHR, 24, 0x800000, 4, 0), 0xf80000);
    cr_expect_eq(binary(YK_HOLE_SLT, 1, 1, 0, 1), 1, "a set bit is -1");
    cr_expect_eq(binary(YK_HOLE_SLT, 1, 0x40, 0x3f, 7), 1);
    cr_expect_eq(unary(YK_HOLE_SEXT, 64, 1, 1), UINT64_MAX);
    cr_expect_eq(unary(YK_HOLE_SEXT, 32, 0x1ffff, 17), UINT32_MAX);
    cr_expect_eq(unary(YK_HOLE_TRUNC, 1, 0xfffe, 0), 0);
}

Test(hole_program, results_fit_their_width) {
    for (unsigned bits = 1; bits <= 64; bits++)
        for (int opcode = YK_HOLE_ADD; opcode <= YK_HOLE_ASHR; opcode++)
            for (int n = 0; n < 20; n++) {
                uint64_t a = interesting() & mask(bits), b = interesting() & mask(bits);
                uint64_t r = binary((enum YkHoleOpcode)opcode, bits, a, b, 0);
                cr_expect_eq(r & ~mask(bits), 0, "opcode %d, %u bits", opcode, bits);
            }
}

Test(hole_program, shifts_by_the_width_or_more_are_zero) {
    for (unsigned bits = 8; bits <= 64; bits *= 2)
        for (int opcode = YK_HOLE_SHL; opcode <= YK_HOLE_ASHR; opcode++) {
            cr_expect_eq(binary((enum YkHoleOpcode)opcode, bits, mask(bits), bits, 0), 0);
            cr_expect_eq(binary((enum YkHoleOpcode)opcode, bits, mask(bits), UINT64_MAX, 0), 0);
        }
}

/* ---- loads ---------------------------------------------------------------------------------- */

static const uint8_t memory[16] = {0x80, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7,
                                   0x08, 0x19, 0x2a, 0x3b, 0x4c, 0x5d, 0x6e, 0x7f};

/* Loads from an address with a declared range; false: undefined. */
static bool load(uintptr_t address, unsigned bits, uintptr_t start, size_t size, uint64_t *value) {
    const uint64_t constants[] = {address};
    const YkHoleOp ops[] = {OP(CONST, 64, 0), OP(LOAD, bits, 0, 0, 2)};
    YkGreens g = {.range = {[2] = {start, size}}};
    memset(defined, true, sizeof defined);
    bool fine = RUN(ops, constants, &g, values, defined);
    if (!fine)
        cr_expect(defined[0] && !defined[1]);
    *value = values[1];
    return fine;
}

Test(hole_program, loads_of_every_width) {
    uintptr_t m = (uintptr_t)memory;
    uint64_t value;
    cr_expect(load(m, 8, m, 16, &value) && value == 0x80, "zero-extended");
    cr_expect(load(m + 1, 16, m, 16, &value) && value == 0xa291, "not aligned");
    cr_expect(load(m + 3, 32, m, 16, &value) && value == 0xe6d5c4b3);
    cr_expect(load(m + 8, 64, m, 16, &value) && value == UINT64_C(0x7f6e5d4c3b2a1908));
}

Test(hole_program, loads_at_the_edges_of_the_range) {
    uintptr_t start = (uintptr_t)memory + 4;
    const size_t size = 8;
    uint64_t value;
    for (unsigned bits = 8; bits <= 64; bits *= 2) {
        unsigned bytes = bits / 8;
        cr_expect(load(start, bits, start, size, &value), "first, %u", bits);
        cr_expect(load(start + size - bytes, bits, start, size, &value), "last, %u", bits);
        cr_expect_not(load(start - 1, bits, start, size, &value), "before, %u", bits);
        cr_expect_not(load(start + size - bytes + 1, bits, start, size, &value), "over, %u", bits);
        cr_expect_not(load(start + size, bits, start, size, &value), "behind, %u", bits);
    }
}

Test(hole_program, an_empty_range_allows_nothing) {
    uintptr_t m = (uintptr_t)memory;
    uint64_t value;
    cr_expect_not(load(m, 8, m, 0, &value));
    cr_expect_not(load(m - 1, 8, m, 0, &value));
    cr_expect_not(load(0, 8, 0, 0, &value));
    cr_expect_not(load(0, 64, m, 16, &value), "null");
}

/* None of these may touch memory. */
Test(hole_program, addresses_that_overflow) {
    uintptr_t m = (uintptr_t)memory;
    uint64_t value;
    cr_expect_not(load(UINTPTR_MAX, 8, m, 16, &value));
    cr_expect_not(load(UINTPTR_MAX - 3, 64, m, 16, &value));
    cr_expect_not(load(UINTPTR_MAX - 3, 64, UINTPTR_MAX - 7, 8, &value), "the end wraps around");
    cr_expect_not(load(m + (UINTPTR_MAX / 2 + 1), 8, m, 16, &value));
    cr_expect_not(load(1, 64, UINTPTR_MAX - 15, 16, &value), "just behind the last address");
}

Test(hole_program, a_load_is_checked_against_its_own_green) {
    static const uint8_t other[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    YkGreens g = {.value = {(uintptr_t)memory, (uintptr_t)other},
                  .range = {{(uintptr_t)memory, sizeof memory}, {(uintptr_t)other, sizeof other}}};
    const YkHoleOp right[] = {OP(GREEN, 64, 1), OP(LOAD, 8, 0, 0, 1)};
    const YkHoleOp wrong[] = {OP(GREEN, 64, 1), OP(LOAD, 8, 0, 0, 0)};
    cr_expect(RUN(right, NULL, &g, values, defined) && values[1] == 1);
    cr_expect_not(RUN(wrong, NULL, &g, values, defined));
}

/* code[pc] < 8 ? table[code[pc]] : 99, as a bytecode's operand selects a constant. */
static bool conditional(uint8_t operand, uint64_t *value) {
    static const uint64_t table[8] = {10, 11, 12, 13, 14, 15, 16, 17};
    const uint64_t constants[] = {8, 99};
    const YkHoleOp ops[] = {OP(GREEN, 64, 0),        OP(LOAD, 8, 0, 0, 0), OP(CONST, 64, 0),
                            OP(GREEN, 64, 1),        OP(MUL, 64, 1, 2),    OP(ADD, 64, 3, 4),
                            OP(LOAD, 64, 5, 0, 1),   OP(ULT, 1, 1, 2, 8),  OP(CONST, 64, 1),
                            OP(SELECT, 64, 7, 6, 8), OP(ADD, 64, 9, 9)};
    YkGreens g = {.value = {(uintptr_t)&operand, (uintptr_t)table},
                  .range = {{(uintptr_t)&operand, 1}, {(uintptr_t)table, sizeof table}}};
    memset(defined, true, sizeof defined);
    bool all = RUN(ops, constants, &g, values, defined);
    cr_expect_eq(all, operand < 8, "%u: only an index in range loads", operand);
    cr_expect_eq(defined[6], operand < 8);
    *value = values[10] / 2;
    return defined[10];
}

Test(hole_program, a_load_out_of_range_in_the_arm_not_chosen_is_fine) {
    uint64_t value;
    for (unsigned operand = 0; operand < 8; operand++)
        cr_expect(conditional((uint8_t)operand, &value) && value == 10 + operand);
    cr_expect(conditional(8, &value) && value == 99);
    cr_expect(conditional(255, &value) && value == 99);
}

Test(hole_program, a_load_out_of_range_in_the_chosen_arm_is_undefined) {
    const uint64_t constants[] = {0, 1};
    YkHoleOp ops[] = {OP(CONST, 1, 0),         OP(CONST, 64, 1),        OP(LOAD, 64, 1, 0, 0),
                      OP(SELECT, 64, 0, 1, 2), OP(SELECT, 64, 0, 2, 1), OP(SELECT, 64, 2, 1, 1)};
    cr_expect_not(RUN(ops, constants, &greens, values, defined));
    cr_expect_not(defined[3], "0 chooses the third operand");
    cr_expect(defined[4] && values[4] == 1, "0 does not choose the second");
    cr_expect_not(defined[5], "no choice without a condition");
    ops[0].a = 1;
    cr_expect_not(RUN(ops, constants, &greens, values, defined));
    cr_expect(defined[3] && values[3] == 1);
    cr_expect_not(defined[4]);
}

Test(hole_program, undefined_operands_make_undefined_results) {
    const uint64_t constants[] = {1};
    for (int opcode = YK_HOLE_ADD; opcode <= YK_HOLE_SLE; opcode++) {
        bool one = opcode == YK_HOLE_ZEXT || opcode == YK_HOLE_SEXT || opcode == YK_HOLE_TRUNC;
        for (unsigned which = 0; which < (one ? 1u : 2u); which++) {
            const YkHoleOp ops[] = {
                OP(CONST, 64, 0), OP(LOAD, 32, 0, 0, 0),
                make_op(opcode, 32, (const uint16_t[3]){which == 0, which == 1, 32}),
                OP(ADD, 64, 0, 0)};
            memset(defined, true, sizeof defined);
            cr_expect_not(RUN(ops, constants, &greens, values, defined));
            cr_expect_not(defined[1]);
            cr_expect_not(defined[2], "opcode %d, operand %u", opcode, which);
            cr_expect(defined[3] && values[3] == 2, "others are not concerned");
        }
    }
    const YkHoleOp chain[] = {OP(CONST, 64, 0), OP(LOAD, 64, 0, 0, 0), OP(LOAD, 64, 1, 0, 0),
                              OP(LOAD, 8, 2, 0, 0)};
    cr_expect_not(RUN(chain, constants, &greens, values, defined), "no load from nowhere");
    cr_expect(!defined[2] && !defined[3]);
}

Test(hole_program, the_longest_program) {
    static YkHoleOp ops[YK_MAX_HOLE_OPS];
    const uint64_t constants[] = {1};
    ops[0] = OP(CONST, 64, 0);
    for (unsigned i = 1; i < YK_MAX_HOLE_OPS; i++)
        ops[i] = OP(ADD, 64, (uint16_t)(i - 1), 0);
    cr_expect(hole_program_run(ops, 0, YK_MAX_HOLE_OPS, constants, &greens, values, defined));
    cr_expect_eq(values[YK_MAX_HOLE_OPS - 1], YK_MAX_HOLE_OPS);
}

/* What the plugin puts in the place of several operations. */
Test(hole_program, fused_operations) {
    const uint64_t constants[] = {UINT64_C(0x123456789abcdef0), 0xfffffff0};
    uint8_t bytes[16];
    YkGreens g = {.value = {1000, (uintptr_t)bytes + 8},
                  .range = {{0}, {(uintptr_t)bytes, sizeof bytes}}};
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i + 1);
    const YkHoleOp ops[] = {
        OP(CONST, 64, 0),
        OP(GREEN, 64, 0),
        OP(GREEN, 64, 1),
        OP(ADD_CONST, 64, 0, 0xfffe, 0xffff),
        OP(ADD_CONST, 64, 0, 1, 2),
        OP(CONST, 32, 1),
        OP(ADD_CONST, 32, 5, 0x10, 0),
        OP(FIELD, 64, 0, YK_FIELD(4, 8), 0),
        OP(FIELD, 64, 0, YK_FIELD(60, 4), 60),
        OP(FIELD, 64, 0, YK_FIELD(0, 64), 0),
        OP(FIELD, 64, 0, YK_FIELD(8, 4), 4),
        OP(LOAD, 16, 2, (uint16_t)-8, 1),
        OP(LOAD, 8, 2, (uint16_t)-1, 1),
        OP(LOAD, 32, 2, 4, 1),
    };
    cr_assert(RUN(ops, constants, &g, values, defined));
    cr_expect_eq(values[1], 1000);
    cr_expect_eq(values[3], constants[0] - 2);
    cr_expect_eq(values[4], constants[0] + 0x20001);
    cr_expect_eq(values[6], 0, "truncated");
    cr_expect_eq(values[7], 0xef);
    cr_expect_eq(values[8], UINT64_C(1) << 60);
    cr_expect_eq(values[9], constants[0]);
    cr_expect_eq(values[10], 0xe0);
    cr_expect_eq(values[11], 0x0201);
    cr_expect_eq(values[12], 8);
    cr_expect_eq(values[13], 0x100f0e0d);
}

Test(hole_program, fused_operations_may_be_undefined) {
    const uint64_t constants[] = {5};
    static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    YkGreens g = {.value = {(uintptr_t)bytes}, .range = {{(uintptr_t)bytes, 8}}};
    const YkHoleOp ops[] = {OP(CONST, 64, 0),
                            OP(GREEN, 64, 0),
                            OP(LOAD, 32, 1, 5, 0),
                            OP(FIELD, 32, 2, YK_FIELD(0, 8), 0),
                            OP(ADD_CONST, 32, 2, 1, 0),
                            OP(LOAD, 8, 2, 0, 0),
                            OP(LOAD, 8, 1, (uint16_t)-1, 0),
                            OP(LOAD, 32, 1, 4, 0),
                            OP(FIELD, 64, 0, YK_FIELD(0, 3), 1)};
    memset(defined, true, sizeof defined);
    cr_expect_not(RUN(ops, constants, &g, values, defined));
    for (unsigned i = 2; i <= 6; i++)
        cr_expect_not(defined[i], "%u", i);
    cr_expect(defined[0] && defined[1] && defined[7] && defined[8]);
    cr_expect_eq(values[8], 10);
}

/* Programs begin behind values that are there. */
Test(hole_program, first_values) {
    const uint64_t constants[] = {5};
    static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    YkGreens g = {.range = {{(uintptr_t)bytes, 8}}};
    const YkHoleOp ops[] = {OP(CONST, 64, 0), OP(LOAD, 8, 0, 7, 0), OP(ADD, 64, 1, 3)};
    values[0] = (uintptr_t)bytes;
    values[1] = 100;
    cr_assert(hole_program_run(ops, 2, 3, constants, &g, values, defined));
    cr_expect(values[0] == (uintptr_t)bytes && values[1] == 100);
    cr_expect(values[2] == 5 && values[3] == 8 && values[4] == 108);
    values[0]++;
    memset(defined, 2, sizeof defined);
    cr_expect_not(hole_program_run(ops, 2, 3, constants, &g, values, defined));
    cr_expect(defined[0] == true && defined[1] == true && defined[2] == true);
    cr_expect(!defined[3] && !defined[4]);
}
