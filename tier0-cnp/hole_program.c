/* Evaluation of hole programs. The common case, every load in range, is a single pass without
 * bookkeeping; only when a load fails is the program run again with a flag per value. */
#include "hole_program.h"

#include <string.h>

/* `bits` is 1 to 64. */
static inline uint64_t truncate_to(uint64_t value, unsigned bits) {
    return value & UINT64_MAX >> (64 - bits);
}

static inline int64_t sign_extend(uint64_t value, unsigned bits) {
    unsigned shift = 64 - bits;
    return (int64_t)(value << shift) >> shift;
}

/* Loads from `base` plus the operation's offset, which must lie in the range. */
static inline bool load(const YkHoleOp *op, uint64_t base, const YkGreens *greens, uint64_t *out) {
    uint64_t address = base + (uint64_t)(int16_t)op->b;
    const void *at = (const void *)(uintptr_t)address;
    const YkRange *range = &greens->range[op->c];
    uint64_t offset = address - range->start;
    unsigned bytes = op->bits / 8;
    if (offset > range->size || range->size - offset < bytes)
        return false;
    *out = 0;
    switch (bytes) { /* a constant number is one instruction */
    case 1:
        memcpy(out, at, 1);
        break;
    case 2:
        memcpy(out, at, 2);
        break;
    case 4:
        memcpy(out, at, 4);
        break;
    default:
        memcpy(out, at, 8);
        break;
    }
    return true;
}

static inline uint64_t shift(const YkHoleOp *op, uint64_t a, uint64_t amount) {
    if (amount >= op->bits)
        return 0; /* undefined in the source as well */
    switch (op->opcode) {
    case YK_HOLE_SHL:
        return truncate_to(a << amount, op->bits);
    case YK_HOLE_LSHR:
        return a >> amount;
    default:
        return truncate_to((uint64_t)(sign_extend(a, op->bits) >> amount), op->bits);
    }
}

/* One operation on defined operands, but for loads. */
static inline uint64_t apply(const YkHoleOp *op, const uint64_t *v, const uint64_t *constants,
                             const YkGreens *greens) {
    switch ((enum YkHoleOpcode)op->opcode) {
    case YK_HOLE_GREEN:
        return greens->value[op->a];
    case YK_HOLE_ADD_CONST:
        return truncate_to(v[op->a] + (uint64_t)(int32_t)(op->b | (uint32_t)op->c << 16), op->bits);
    case YK_HOLE_CONST:
        return constants[op->a];
    case YK_HOLE_ADD:
        return truncate_to(v[op->a] + v[op->b], op->bits);
    case YK_HOLE_SUB:
        return truncate_to(v[op->a] - v[op->b], op->bits);
    case YK_HOLE_MUL:
        return truncate_to(v[op->a] * v[op->b], op->bits);
    case YK_HOLE_AND:
        return v[op->a] & v[op->b];
    case YK_HOLE_OR:
        return v[op->a] | v[op->b];
    case YK_HOLE_XOR:
        return v[op->a] ^ v[op->b];
    case YK_HOLE_SHL:
    case YK_HOLE_LSHR:
    case YK_HOLE_ASHR:
        return shift(op, v[op->a], v[op->b]);
    case YK_HOLE_ZEXT:
        return v[op->a];
    case YK_HOLE_SEXT:
        return truncate_to((uint64_t)sign_extend(v[op->a], op->b), op->bits);
    case YK_HOLE_TRUNC:
        return truncate_to(v[op->a], op->bits);
    case YK_HOLE_EQ:
        return v[op->a] == v[op->b];
    case YK_HOLE_NE:
        return v[op->a] != v[op->b];
    case YK_HOLE_ULT:
        return v[op->a] < v[op->b];
    case YK_HOLE_ULE:
        return v[op->a] <= v[op->b];
    case YK_HOLE_SLT:
        return sign_extend(v[op->a], op->c) < sign_extend(v[op->b], op->c);
    case YK_HOLE_SLE:
        return sign_extend(v[op->a], op->c) <= sign_extend(v[op->b], op->c);
    case YK_HOLE_SELECT:
        return v[op->a] ? v[op->b] : v[op->c];
    default:
        return 0;
    }
}

/* One operation on defined operands. False: a load outside of its range. */
__attribute__((always_inline)) static inline bool step(const YkHoleOp *op, const uint64_t *v,
                                                       const uint64_t *constants,
                                                       const YkGreens *greens, uint64_t *out) {
    switch (op->opcode) {
    case YK_HOLE_LOAD:
        return load(op, v[op->a], greens, out);
    case YK_HOLE_FIELD: /* the most frequent one needs no further switch */
        *out = truncate_to(v[op->a] >> YK_FIELD_RIGHT(op->b), YK_FIELD_COUNT(op->b)) << op->c;
        return true;
    default:
        *out = apply(op, v, constants, greens);
        return true;
    }
}

static const uint8_t operand_count[] = {
#define X(name, operands) operands,
    YK_HOLE_OPCODES(X)
#undef X
};

static bool is_defined(const YkHoleOp *op, const uint64_t *values, const bool *defined) {
    if (op->opcode == YK_HOLE_SELECT)
        return defined[op->a] && (values[op->a] ? defined[op->b] : defined[op->c]);
    unsigned operands = operand_count[op->opcode];
    return (operands < 1 || defined[op->a]) && (operands < 2 || defined[op->b]);
}

static void run_carefully(const YkHoleOp *ops, unsigned first, unsigned count,
                          const uint64_t *constants, const YkGreens *greens, uint64_t *values,
                          bool *defined) {
    memset(defined, true, first);
    for (unsigned i = first; i < first + count; i++) {
        const YkHoleOp *op = &ops[i - first];
        values[i] = 0;
        defined[i] = is_defined(op, values, defined);
        if (!defined[i])
            continue;
        defined[i] = step(op, values, constants, greens, &values[i]);
    }
}

bool hole_program_run(const YkHoleOp *ops, unsigned first, unsigned count,
                      const uint64_t *constants, const YkGreens *greens, uint64_t *values,
                      bool *defined) {
    uint64_t *out = values + first;
    for (unsigned i = 0; i < count; i++)
        if (!step(&ops[i], values, constants, greens, &out[i])) {
            run_carefully(ops, first, count, constants, greens, values, defined);
            return false;
        }
    return true;
}
