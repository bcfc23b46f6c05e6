/* Random traces (trace_random.h): the pool of values, and what computes new ones. */
#ifndef YK_TRACE_RANDOM_VALUES_H
#define YK_TRACE_RANDOM_VALUES_H

#include "trace_random_world.h"

/* ---- generation --------------------------------------------------------------------------------
 */

/* Mostly accesses to arrays and to the memory behind the first parameter; random_low: only to its
 * second word. */
static bool random_arrays, random_low;
/* Mostly stores to the same few places, and guards. */
static bool random_slots;

enum { POOL = 4096 };
typedef struct Pool {
    IrRef refs[POOL];
    uint32_t count;
} Pool;

enum { MOST_INSNS = 8192 };
typedef struct Random {
    Trace *t;
    uint8_t regions[MOST_INSNS]; /* by instruction */
    Interp in;
    InterpResult result;
    Pool pools[IR_TYPE_COUNT];
    Pool frames; /* pointers to frame buffers that are not in the pool of pointers */
    IrRef params[TRACE_VECTOR_SLOTS];
    unsigned depth;   /* 1: in the body; 2: in the function that it inlines */
    uint32_t frame;   /* of that: offset */
    uint32_t restart; /* snapshot where the bytecode begins; UINT32_MAX: it has had an effect */
    IrRef compared;   /* by random_equality */
    bool ended;       /* thrown or undefined: the rest would not be executed */
} Random;

static IrRef number(Random *r, uint8_t type, uint64_t bits) {
    return trace_const(r->t, type, bits);
}

static IrRef pick(Random *r, uint8_t type) {
    const Pool *pool = &r->pools[type];
    bool constant = type == IR_PTR ? one_in(20) : pool->count == 0 || one_in(6);
    if (constant && type == IR_PTR)
        return number(r, type, (uintptr_t)&interp_objects[below(INTERP_OBJECTS)]);
    if (constant)
        return number(r, type, ir_is_float(type) ? random_double() : random_integer());
    uint32_t recent = pool->count < 6 ? pool->count : 6;
    return pool->refs[one_in(2) ? below(pool->count) : pool->count - 1 - below(recent)];
}

static uint8_t region(const Random *r, IrRef ref) {
    return trace_is_const(ref) ? 0 : r->regions[ir_index(ref)];
}

/* A pointer that is known to point into a region, which may be 0. */
static IrRef pick_in(Random *r, uint8_t wanted) {
    for (unsigned i = 0; wanted != 0 && i < 20; i++) {
        IrRef ref = pick(r, IR_PTR);
        if (region(r, ref) == wanted)
            return ref;
    }
    return wanted != 0 ? r->params[wanted - 1] : pick(r, IR_PTR);
}

static IrRef append(Random *r, IrInsn insn) {
    IrRef ref = trace_append(r->t, insn);
    const char *letters = ir_op_operands[insn.op];
    if (ir_index(ref) < MOST_INSNS)
        r->regions[ir_index(ref)] = trace_region(
            r->t, &insn, letters[0] == 'v' ? region(r, insn.a) : 0,
            letters[1] == 'v' ? region(r, insn.b) : 0, letters[2] == 'v' ? region(r, insn.c) : 0);
    if (insn.op == IR_STORE || (insn.op == IR_CALL && !ir_is_pure(&insn)))
        r->restart = UINT32_MAX;
    if (r->ended)
        return ref;
    if (insn.op != IR_GUARD && insn.op != IR_MERGE && !interp_step(&r->in, ir_index(ref)))
        r->ended = true;
    return ref;
}

static IrRef add_to_pool(Random *r, IrRef ref) {
    Pool *pool = &r->pools[trace_type(r->t, ref)];
    if (pool->count < POOL)
        pool->refs[pool->count++] = ref;
    return ref;
}

static IrRef emit(Random *r, uint8_t op, uint8_t type, uint16_t aux, IrRef a, IrRef b, uint32_t c) {
    return add_to_pool(
        r, append(r, (IrInsn){.op = op, .type = type, .aux = aux, .a = a, .b = b, .c = c}));
}

static uint8_t random_int_type(void) {
    static const uint8_t types[] = {IR_I64, IR_I64, IR_I64, IR_I32, IR_I32, IR_I8, IR_I16, IR_I1};
    return types[below(8)];
}

static void random_arithmetic(Random *r) {
    static const uint8_t ops[] = {IR_ADD, IR_ADD, IR_ADD, IR_SUB, IR_SUB,
                                  IR_MUL, IR_AND, IR_AND, IR_OR,  IR_XOR};
    uint8_t type = random_int_type();
    unsigned bits = ir_type_bits(type);
    IrRef a = pick(r, type), b = pick(r, type);
    switch (below(10)) {
    case 0:
        if (type == IR_I1)
            return;
        b = one_in(2) ? number(r, type, below(bits))
                      : emit(r, IR_AND, type, 0, b, number(r, type, bits - 1), 0);
        emit(r, (uint8_t)(IR_SHL + below(3)), type, 0, a, b, 0);
        return;
    case 1:
        b = one_in(2) ? number(r, type, 1 + below(9))
                      : emit(r, IR_OR, type, 0, b, number(r, type, 1), 0);
        if (type != IR_I1)
            emit(r, (uint8_t)(IR_SDIV + below(4)), type, 0, a, b, 0);
        return;
    case 2:
        emit(r, IR_MATH2, type, 0, a, b, IR_MATH_SMAX + below(4));
        return;
    case 3:
        emit(r, IR_SELECT, type, 0, pick(r, IR_I1), a, b);
        return;
    default:
        emit(r, ops[below(sizeof ops)], type, 0, a, b, 0);
    }
}

static IrRef random_condition(Random *r) {
    uint8_t type = one_in(6) ? (uint8_t)IR_PTR : random_int_type();
    if (one_in(5)) {
        static const uint8_t predicates[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
        return emit(r, IR_FCMP, IR_I1, IR_F64, pick(r, IR_F64), pick(r, IR_F64),
                    predicates[below(14)]);
    }
    IrRef a = pick(r, type), b = pick(r, type);
    /* Often what is true: then a guard on it says something. */
    if (type != IR_PTR && one_in(3))
        a = emit(r, IR_AND, type, 0, a, number(r, type, one_in(2) ? 15 : random_integer()), 0);
    if (type != IR_PTR && one_in(2) && !r->ended)
        b = number(r, type, interp_value(&r->in, a) + below(3) - (one_in(3) ? 0 : 1));
    return emit(r, (uint8_t)(IR_EQ + below(6)), IR_I1, type, a, b, 0);
}

static void random_conversion(Random *r) {
    static const uint8_t ints[] = {IR_I1, IR_I8, IR_I16, IR_I32, IR_I64};
    uint8_t x = ints[below(5)], y = ints[below(5)];
    uint8_t small = x < y ? x : y, large = x < y ? y : x;
    switch (below(9)) {
    case 0:
    case 1:
        if (small != large)
            emit(r, IR_ZEXT, large, small, pick(r, small), 0, 0);
        return;
    case 2:
        if (small != large)
            emit(r, IR_SEXT, large, small, pick(r, small), 0, 0);
        return;
    case 3:
    case 4:
        if (small != large)
            emit(r, IR_TRUNC, small, large, pick(r, large), 0, 0);
        return;
    case 5:
        emit(r, IR_BITCAST, one_in(2) ? IR_F64 : IR_I64, 0, 0, 0, 0);
        r->t->insn_count--; /* replaced: the types depend on each other */
        r->pools[r->t->insns[r->t->insn_count].type].count--;
        if (one_in(3))
            emit(r, IR_BITCAST, IR_F64, IR_I64, pick(r, IR_I64), 0, 0);
        else if (one_in(2))
            emit(r, IR_BITCAST, IR_I64, IR_F64, pick(r, IR_F64), 0, 0);
        else
            emit(r, IR_BITCAST, IR_I64, IR_PTR, pick(r, IR_PTR), 0, 0);
        return;
    case 6:
        emit(r, one_in(2) ? IR_SITOFP : IR_UITOFP, IR_F64, y, pick(r, y), 0, 0);
        return;
    case 7: {
        IrRef a = pick(r, IR_F64);
        uint64_t bits = interp_value(&r->in, a);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (value > -1e9 && value < 1e9 && one_in(2))
            emit(r, IR_FPTOSI, IR_I64, IR_F64, a, 0, 0);
        return;
    }
    default:
        emit(r, IR_FPTRUNC, IR_F32, IR_F64, pick(r, IR_F64), 0, 0);
        emit(r, IR_FPEXT, IR_F64, IR_F32, pick(r, IR_F32), 0, 0);
        return;
    }
}

static void random_float(Random *r) {
    static const uint8_t ops[] = {IR_FADD, IR_FSUB, IR_FMUL, IR_FDIV, IR_FREM};
    static const double values[] = {0.0, -0.0, 1.0, 2.0, 0.5, -4.0};
    IrRef a = pick(r, IR_F64), b = pick(r, IR_F64);
    if (one_in(3)) {
        uint64_t bits;
        memcpy(&bits, &values[below(6)], sizeof bits);
        b = number(r, IR_F64, bits);
    }
    switch (below(8)) {
    case 0:
        emit(r, IR_FNEG, IR_F64, 0, a, 0, 0);
        return;
    case 1:
    case 2:
        emit(r, IR_MATH1, IR_F64, 0, a, 0, IR_MATH_FABS + below(6));
        return;
    default:
        emit(r, ops[below(5)], IR_F64, 0, a, b, 0);
    }
}

#endif
