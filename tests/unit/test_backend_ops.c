/* What compiled operations compute, against ir_evaluate: every operation with every type and
 * predicate on values where something may go wrong, as variables and as constants; and random
 * traces. Another seed than the fixed one: YK_TEST_SEED=n. */
#include "backend_harness.h"
#include "shared-ir/evaluate.h"

#include <math.h>
#include <stdio.h>

TestSuite(backend_ops, .init = open_backend, .fini = close_backend);

/* ---- values -----------------------------------------------------------------------------------
 */

static const uint64_t integers[] = {0,
                                    1,
                                    2,
                                    3,
                                    5,
                                    7,
                                    31,
                                    63,
                                    64,
                                    0x7f,
                                    0x80,
                                    0xff,
                                    0x7fff,
                                    0x8000,
                                    0x7fffffff,
                                    0x80000000,
                                    0xffffffff,
                                    UINT64_C(0x7fffffffffffffff),
                                    UINT64_C(0x8000000000000000),
                                    UINT64_C(0xfffffffffffffffe),
                                    UINT64_C(0xffffffffffffffff),
                                    UINT64_C(0x123456789abcdef0),
                                    UINT64_C(0x20000000000001)};
enum { INTEGERS = sizeof integers / sizeof *integers };
static const double floats[] = {0.0,    -0.0,   1.0,      -1.0,      0.5,    -0.5,
                                1.5,    2.5,    -2.5,     3.0,       1e300,  -1e-300,
                                5e-324, 0x1p63, -0x1p63,  0x1p53,    0x1p31, 4503599627370497.5,
                                1e10,   -7.25,  INFINITY, -INFINITY, 0.1};
/* NaNs by their bits: quiet ones only, since quieting is not a fixed point of LLVM's rewrites. */
static const uint64_t nans[] = {UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000000),
                                UINT64_C(0x7ff8000000000123), UINT64_C(0xfffc000000000456)};
enum { FLOATS = sizeof floats / sizeof *floats, NANS = sizeof nans / sizeof *nans };

static unsigned value_count(uint8_t type) {
    return ir_is_float(type) ? FLOATS + NANS : type == IR_I1 ? 2 : INTEGERS;
}

static uint64_t value_at(uint8_t type, unsigned n) {
    if (!ir_is_float(type))
        return integers[n] & ir_type_mask(type);
    if (n < FLOATS)
        return type == IR_F64 ? bits_of(floats[n]) : bits_of_float((float)floats[n]);
    uint64_t nan = nans[n - FLOATS];
    return type == IR_F64 ? nan : nan >> 32 | (nan & 0xfff);
}

static bool is_nan(uint8_t type, uint64_t bits) {
    return type == IR_F64   ? (bits & INT64_MAX) > UINT64_C(0x7ff0000000000000)
           : type == IR_F32 ? (bits & INT32_MAX) > 0x7f800000
                            : false;
}

/* Of two NaNs the first wins on this machine; in LLVM either may. */
static bool is_open(const IrInsn *insn, const uint64_t *v) {
    return insn->op >= IR_FADD && insn->op <= IR_FDIV && is_nan(insn->type, v[0]) &&
           is_nan(insn->type, v[1]) && v[0] != v[1];
}

/* ---- every operation --------------------------------------------------------------------------
 */

static uint8_t operand_type(const IrInsn *insn, unsigned n) {
    switch (ir_op_types[insn->op][n]) {
    case 't':
        return insn->type;
    case 'o':
        return (uint8_t)insn->aux;
    case 'b':
        return IR_I1;
    case 'p':
        return IR_PTR;
    case 'l':
        return IR_I64;
    default:
        return IR_VOID;
    }
}

static void set_operand(IrInsn *insn, unsigned n, IrRef ref) {
    *(n == 0 ? &insn->a : n == 1 ? &insn->b : &insn->c) = ref;
}

static IrRef parameter(Trace *t, uint8_t type, unsigned slot) {
    return trace_append(t, (IrInsn){IR_PARAM, type, 0, slot, 0, 0});
}

/* Reads the operands from memory at slot 0, stores results to memory at slot 1. Slot 0: as
 * variables. Then, for each value, with one operand constant: results[1 + n * 3 + operand]. */
static Trace *trace_of(IrInsn insn, unsigned operands, bool *legal) {
    Trace *t = trace_new(&fixture);
    cr_assert(t);
    trace_merge(t, 0x1000, NULL);
    IrRef in = parameter(t, IR_PTR, 0), out = parameter(t, IR_PTR, 1), refs[3];
    for (unsigned i = 0; i < operands; i++) {
        uint8_t type = operand_type(&insn, i);
        refs[i] = trace_append(t, (IrInsn){IR_LOAD, type, (uint16_t)(8 * i), in, 0, 0});
        set_operand(&insn, i, refs[i]);
    }
    IrRef result = trace_append(t, insn);
    trace_append(t, (IrInsn){IR_STORE, insn.type, 0, out, result, 0});
    bool partial = (ir_op_flags[insn.op] & IR_FLAG_PARTIAL) != 0;
    for (unsigned i = 0; i < operands && !partial; i++) {
        uint8_t type = operand_type(&insn, i);
        for (unsigned n = 0; n < value_count(type); n++) {
            IrInsn other = insn;
            set_operand(&other, i, trace_const(t, type, value_at(type, n)));
            result = trace_append(t, other);
            trace_append(
                t, (IrInsn){IR_STORE, insn.type, (uint16_t)(8 * (1 + 3 * n + i)), out, result, 0});
        }
    }
    t->end_snapshot = trace_snapshot_begin(t, 0);
    IrRef none[TRACE_VECTOR_SLOTS];
    memset(none, 0xff, sizeof none);
    trace_snapshot_vector(t, t->end_snapshot, none);
    char *why;
    *legal = trace_verify(t, &why);
    if (!*legal)
        free(why);
    return t;
}

static void expect_result(const IrInsn *insn, const uint64_t *v, uint64_t got, const char *how) {
    uint64_t expected = 0;
    if (is_open(insn, v) || !ir_evaluate(insn, v[0], v[1], v[2], &expected))
        return;
    got &= ir_type_mask(insn->type);
    cr_expect_eq(got, expected,
                 "%s %s aux %u c %u of %" PRIx64 " %" PRIx64 " %" PRIx64 " (%s): %" PRIx64
                 " instead of %" PRIx64,
                 ir_op_names[insn->op], ir_type_names[insn->type], insn->aux, insn->c, v[0], v[1],
                 v[2], how, got, expected);
}

/* Runs with one tuple of operands. */
static void check_tuple(const Compiled *c, const IrInsn *insn, unsigned operands,
                        const uint64_t *v) {
    uint64_t results[1 + 3 * 32], expected;
    bool partial = (ir_op_flags[insn->op] & IR_FLAG_PARTIAL) != 0;
    if (partial && !ir_evaluate(insn, v[0], v[1], v[2], &expected))
        return; /* the program would trap */
    frame.slots[0] = (uintptr_t)v;
    frame.slots[1] = (uintptr_t)results;
    run(c);
    expect_result(insn, v, results[0], "variables");
    for (unsigned i = 0; i < operands && !partial; i++) {
        uint8_t type = operand_type(insn, i);
        for (unsigned n = 0; n < value_count(type); n++) {
            uint64_t other[3] = {v[0], v[1], v[2]};
            other[i] = value_at(type, n);
            expect_result(insn, other, results[1 + 3 * n + i], "a constant");
        }
    }
}

/* Returns whether such an instruction exists. */
static bool check_operation(IrInsn insn) {
    const char *letters = ir_op_operands[insn.op];
    unsigned operands = 0;
    while (operands < 3 && letters[operands] == 'v')
        operands++;
    bool legal;
    Trace *t = trace_of(insn, operands, &legal);
    if (!legal) {
        trace_free(t);
        return false;
    }
    Compiled c = compile(t);
    unsigned counts[3] = {1, 1, 1};
    for (unsigned i = 0; i < operands; i++)
        counts[i] = value_count(operand_type(&insn, i));
    for (unsigned i = 0; i < counts[0]; i++)
        for (unsigned j = 0; j < counts[1]; j++)
            for (unsigned k = 0; k < counts[2]; k++) {
                const unsigned n[3] = {i, j, k};
                uint64_t v[3] = {0};
                for (unsigned m = 0; m < operands; m++)
                    v[m] = value_at(operand_type(&insn, m), n[m]);
                check_tuple(&c, &insn, operands, v);
            }
    discard(&c);
    return true;
}

/* Predicates and functions. */
static unsigned immediates(uint8_t op) {
    return op == IR_FCMP ? 16 : op == IR_MATH1 || op == IR_MATH2 ? IR_MATH_COUNT : 1;
}

static void check_all(unsigned first_op, unsigned end_op) {
    for (unsigned op = first_op; op < end_op; op++) {
        if (ir_op_forms[op] == 'A' || !(ir_op_flags[op] & IR_FLAG_PURE) || op == IR_FRAME ||
            op == IR_PARAM || op == IR_INHERIT)
            continue;
        unsigned found = 0;
        for (uint8_t type = IR_I1; type < IR_TYPE_COUNT; type++)
            for (uint16_t aux = 0; aux < (ir_op_auxes[op] == '-' ? 1 : IR_TYPE_COUNT); aux++)
                for (unsigned c = 0; c < immediates((uint8_t)op); c++)
                    found += check_operation((IrInsn){(uint8_t)op, type, aux, 0, 0, c});
        cr_expect_gt(found, 0, "%s", ir_op_names[op]);
    }
}

Test(backend_ops, integers) {
    check_all(IR_ADD, IR_EQ);
}
Test(backend_ops, comparisons) {
    check_all(IR_EQ, IR_FADD);
}
Test(backend_ops, floats) {
    check_all(IR_FADD, IR_ZEXT);
}
Test(backend_ops, conversions_and_the_rest) {
    check_all(IR_ZEXT, IR_OP_COUNT);
}

/* LLVM folds an invalid operation to another NaN than the processor makes, if the operands become
 * constants only inside LLVM: here through memory. */
Test(backend_ops, invalid_operations_on_constants) {
    double cell[2];
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "store f64 0.0, 0x%1$" PRIxPTR "\n"
                               "store f64 inf, 0x%2$" PRIxPTR "\n"
                               "%%0 = load f64 0x%1$" PRIxPTR "\n"
                               "%%1 = load f64 0x%2$" PRIxPTR "\n"
                               "%%2 = fdiv f64 %%0, %%0\n"
                               "%%3 = fsub f64 %%1, %%1\n"
                               "%%4 = fmul f64 %%0, %%1\n"
                               "%%5 = fneg f64 %%2\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%2, %%3, %%4, %%5]\n",
                               (uintptr_t)&cell[0], (uintptr_t)&cell[1]));
    run(&c);
    for (unsigned i = 0; i < 4; i++)
        cr_expect_eq(frame.slots[i], nans[i < 3], "%u: %" PRIx64, i, frame.slots[i]);
    discard(&c);
}

/* ---- random traces ----------------------------------------------------------------------------
 */

static uint64_t random_state;
static uint64_t rnd(void) { /* splitmix64 */
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
static unsigned below(unsigned n) {
    return (unsigned)(rnd() % n);
}

enum { MAX_VALUES = 512, MEMORY = 64 };

/* A trace and, alongside, what it computes for one vector. */
typedef struct Random {
    Trace *t;
    uint64_t in[TRACE_VECTOR_SLOTS];
    IrRef refs[MAX_VALUES];
    uint64_t bits[MAX_VALUES];
    uint8_t types[MAX_VALUES];
    unsigned count;
    uint8_t memory[MEMORY], memory_in[MEMORY];
    int exit; /* by which it leaves, or -1 */
    IrRef snapshot[TRACE_VECTOR_SLOTS];
    uint64_t expected[TRACE_VECTOR_SLOTS];
} Random;

static void add_value(Random *r, IrRef ref, uint8_t type, uint64_t bits) {
    if (r->count == MAX_VALUES)
        return;
    r->refs[r->count] = ref;
    r->types[r->count] = type;
    r->bits[r->count++] = bits;
}

static uint64_t random_bits(uint8_t type) {
    if (type == IR_PTR || (!ir_is_float(type) && below(2)))
        return rnd() >> below(64) & ir_type_mask(type);
    return value_at(type, below(value_count(type)));
}

/* A value of the type: a constant, or one that is there. */
static IrRef pick(Random *r, uint8_t type, uint64_t *bits) {
    for (unsigned tries = below(8) == 0 ? 0 : 40; tries > 0; tries--) {
        unsigned n = below(r->count);
        if (r->types[n] == type) {
            *bits = r->bits[n];
            return r->refs[n];
        }
    }
    *bits = random_bits(type);
    return trace_const(r->t, type, *bits);
}

static uint8_t random_type(void) {
    static const uint8_t types[] = {IR_I1,  IR_I8,  IR_I16, IR_I32, IR_I32, IR_I64,
                                    IR_I64, IR_I64, IR_PTR, IR_F32, IR_F64, IR_F64};
    return types[below(sizeof types)];
}

static bool takes(char letter, uint8_t type) {
    return letter == 'i'   ? ir_is_int(type)
           : letter == 'q' ? ir_is_int(type) || type == IR_PTR
           : letter == 'f' ? ir_is_float(type)
           : letter == 'b' ? type == IR_I1
           : letter == 'p' ? type == IR_PTR
                           : letter == '*' || letter == 'm';
}

static bool fits_conversion(const IrInsn *insn) {
    unsigned to = ir_type_bits(insn->type), from = ir_type_bits((uint8_t)insn->aux);
    switch (insn->op) {
    case IR_ZEXT:
    case IR_SEXT:
    case IR_FPEXT:
        return to > from;
    case IR_TRUNC:
    case IR_FPTRUNC:
        return to < from;
    case IR_BITCAST:
        return to == from && to >= 32 && insn->type != insn->aux;
    case IR_MATH1:
    case IR_MATH2: {
        bool of_floats = insn->c <= IR_MATH_COPYSIGN;
        return ir_math_operands[insn->c] == insn->op - IR_MATH1 + 1 &&
               (of_floats ? ir_is_float(insn->type) : ir_is_int(insn->type)) &&
               (insn->c != IR_MATH_BSWAP || to >= 16);
    }
    default:
        return true;
    }
}

static void random_operation(Random *r) {
    IrInsn insn = {.op = (uint8_t)below(IR_PTRADD + 1)};
    insn.type = random_type();
    if (ir_op_results[insn.op] == 'b')
        insn.type = IR_I1;
    if (ir_op_results[insn.op] == 'p')
        insn.type = IR_PTR;
    insn.aux = ir_op_auxes[insn.op] == '-' ? 0 : random_type();
    if (ir_op_operands[insn.op][2] == 'i')
        insn.c = insn.op == IR_FCMP ? 1 + below(14) : below(IR_MATH_COUNT);
    if (!takes(ir_op_results[insn.op], insn.type) ||
        (ir_op_auxes[insn.op] != '-' && !takes(ir_op_auxes[insn.op], (uint8_t)insn.aux)) ||
        !fits_conversion(&insn))
        return;
    uint64_t v[3] = {0}, result;
    for (unsigned i = 0; i < 3; i++)
        if (ir_op_operands[insn.op][i] == 'v')
            set_operand(&insn, i, pick(r, operand_type(&insn, i), &v[i]));
    if (insn.op >= IR_SHL && insn.op <= IR_ASHR && v[1] >= ir_type_bits(insn.type)) {
        v[1] %= ir_type_bits(insn.type);
        insn.b = trace_const(r->t, insn.type, v[1]);
    }
    if (ir_evaluate(&insn, v[0], v[1], v[2], &result) && !is_open(&insn, v))
        add_value(r, trace_append(r->t, insn), insn.type, result);
}

static void random_access(Random *r) {
    uint8_t type = random_type();
    unsigned bytes = ir_type_bytes[type], at = below(MEMORY - bytes + 1);
    IrInsn insn = {below(2) ? IR_LOAD : IR_STORE, type, (uint16_t)at, r->refs[0], 0, 0};
    if (below(8) == 0)
        insn.c |= IR_VOLATILE;
    uint64_t bits = 0;
    if (insn.op == IR_STORE) {
        insn.b = pick(r, type, &bits);
        memcpy(r->memory + at, &bits, bytes);
        trace_append(r->t, insn);
        return;
    }
    memcpy(&bits, r->memory + at, bytes);
    if (is_nan(type, bits) && !(bits & (type == IR_F64 ? UINT64_C(1) << 51 : 1 << 22)))
        return; /* a signalling one */
    add_value(r, trace_append(r->t, insn), type, bits & ir_type_mask(type));
}

static uint32_t random_snapshot(Random *r, uint64_t *bits) {
    IrRef refs[TRACE_VECTOR_SLOTS];
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++) {
        refs[i] = pick(r, random_type(), &bits[i]);
        if (below(10) == 0)
            refs[i] = IR_NONE;
    }
    uint32_t s = trace_snapshot_begin(r->t, 0);
    trace_snapshot_vector(r->t, s, refs);
    memcpy(r->snapshot, refs, sizeof refs);
    return s;
}

/* Returns false if the guard fails: the trace is left there. */
static bool random_guard(Random *r, bool fails) {
    uint64_t bit;
    IrRef test = pick(r, IR_I1, &bit);
    uint32_t s = random_snapshot(r, r->expected);
    trace_append(r->t, (IrInsn){IR_GUARD, IR_VOID, 0, test, (uint32_t)bit ^ fails, s});
    if (fails)
        r->exit = (int)s;
    return !fails;
}

static void make_random(Random *r, unsigned length) {
    static const uint8_t types[TRACE_VECTOR_SLOTS] = {IR_PTR, IR_I64, IR_I64, IR_I64,
                                                      IR_I32, IR_F64, IR_F64, IR_F64,
                                                      IR_F32, IR_I8,  IR_I1,  IR_I16};
    memset(r, 0, sizeof *r);
    r->t = trace_new(&fixture);
    cr_assert(r->t);
    trace_merge(r->t, 0x1000, NULL);
    for (unsigned i = 0; i < MEMORY; i++)
        r->memory_in[i] = r->memory[i] = (uint8_t)rnd();
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++) {
        uint64_t bits = i == 0 ? 0 : random_bits(types[i]);
        r->in[i] = bits | (rnd() & ~ir_type_mask(types[i])); /* the rest is not looked at */
        add_value(r, parameter(r->t, types[i], i), i == 0 ? IR_VOID : types[i], bits);
    }
    r->exit = -1;
    bool goes_on = true;
    for (unsigned i = 0; i < length && goes_on; i++) {
        unsigned what = below(20);
        if (what == 0)
            goes_on = random_guard(r, below(12) == 0);
        else if (what <= 5)
            random_access(r);
        else
            random_operation(r);
    }
    if (goes_on) {
        r->t->end_snapshot = random_snapshot(r, r->expected);
        return;
    }
    /* What follows is never reached. */
    IrRef snapshot[TRACE_VECTOR_SLOTS];
    uint64_t expected[TRACE_VECTOR_SLOTS];
    memcpy(snapshot, r->snapshot, sizeof snapshot);
    memcpy(expected, r->expected, sizeof expected);
    r->t->end_snapshot = random_snapshot(r, r->expected);
    memcpy(r->snapshot, snapshot, sizeof snapshot);
    memcpy(r->expected, expected, sizeof expected);
}

static void check_random(Random *r, uint64_t seed) {
    cr_assert(trace_verify(r->t, &error), "seed %" PRIu64 ": %s", seed, error);
    Compiled c = compile(r->t);
    uint8_t memory[MEMORY];
    memcpy(memory, r->memory_in, MEMORY);
    memcpy(frame.slots, r->in, sizeof r->in);
    frame.slots[0] = (uintptr_t)memory;
    memset(area.values, 0x77, sizeof area.values);
    run(&c);
    bool fine = r->exit < 0 || frame.slots[0] == (uintptr_t)&c.exits[r->exit];
    const uint64_t *out = r->exit < 0 ? frame.slots : area.values;
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS && fine; i++)
        fine = r->snapshot[i] == IR_NONE || out[i] == r->expected[i];
    fine = fine && memcmp(memory, r->memory, MEMORY) == 0;
    if (!fine) {
        trace_print(stderr, r->t);
        for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
            fprintf(stderr, "slot %u in %" PRIx64 " out %" PRIx64 " expected %" PRIx64 "\n", i,
                    r->in[i], out[i], r->expected[i]);
    }
    cr_assert(fine, "seed %" PRIu64 ", level %u, exit %d", seed, level, r->exit);
    discard(&c);
}

Test(backend_ops, random_traces, .timeout = 100) {
    const char *given = getenv("YK_TEST_SEED");
    uint64_t first = given != NULL ? strtoull(given, NULL, 0) : 1;
    cr_log_info("seed %" PRIu64, first);
    for (uint64_t seed = first; seed < first + 600; seed++) {
        Random r;
        random_state = seed;
        level = below(4);
        make_random(&r, 10 + below(150));
        check_random(&r, seed);
    }
}
