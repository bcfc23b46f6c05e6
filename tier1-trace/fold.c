/* Folding: rules for integers, pointers, conversions. Applied to each instruction when it is
 * emitted, after its operands, so that a rule sees folded operands and looks at most two deep, as
 * in M. Pall's LuaJIT.
 *
 * Requires: operands that are resolved.
 * Keeps: every bit of the result, for all operands for which the instruction is defined.
 *
 * Normal forms, which the rules rely on:
 *
 * - The constant operand of a commutative operation is b; subtraction of a constant is addition.
 * - Of the comparisons only EQ, ULT and SLT remain, and of FCMP the ordered predicates; the others
 *   are their negations: XOR with 1.
 * - Constant displacements stand outside: ptradd(ptradd(p, x), c), add(shl(x, n), c); fold_address
 *   moves them into loads and stores.
 *
 * A RULE is a condition and the value if it holds; the comment is the rule. A, B: the instructions
 * that define the operands a, b; K(x): x is a constant, V(x): its bits. Results are emitted, that
 * is folded, in turn. */
#include "fold.h"

#include "../shared-ir/evaluate.h"

#define RULE(condition, value)                                                                     \
    if (condition)                                                                                 \
    return (value)
#define K(ref) fold_is_const(ref)
#define V(ref) fold_bits(f, ref)
#define IS(ref, number) (K(ref) && V(ref) == ((uint64_t)(number)&mask))
#define NUM(bits) opt_number(f->o, type, bits)
#define OP(name, x, y) binary(f, IR_##name, type, x, y)
#define CMP(name, of, x, y) compare(f, IR_##name, of, x, y)
#define CONV(name, from, x) convert(f, IR_##name, from, type, x)
#define NOT(x) binary(f, IR_XOR, IR_I1, x, opt_number(f->o, IR_I1, 1))
#define BOOL(truth) opt_number(f->o, IR_I1, truth)
/* Used at the head of a group of rules. */
#define GROUP                                                                                      \
    const IrInsn A = f->A, B = f->B;                                                               \
    const IrRef a = f->i.a, b = f->i.b;                                                            \
    const uint8_t type = f->i.type;                                                                \
    const uint64_t mask = ir_type_mask(type);                                                      \
    (void)A, (void)B, (void)a, (void)b, (void)mask

static IrRef binary(Fold *f, uint8_t op, uint8_t type, IrRef a, IrRef b) {
    return opt_emit(f->o, (IrInsn){.op = op, .type = type, .a = a, .b = b});
}

static IrRef compare(Fold *f, uint8_t op, uint8_t of, IrRef a, IrRef b) {
    return opt_emit(f->o, (IrInsn){.op = op, .type = IR_I1, .aux = of, .a = a, .b = b});
}

static IrRef convert(Fold *f, uint8_t op, uint8_t from, uint8_t to, IrRef a) {
    return from == to ? a : opt_emit(f->o, (IrInsn){.op = op, .type = to, .aux = from, .a = a});
}

/* Makes an integer of `from` bits one of another width. */
static IrRef resize(Fold *f, bool is_signed, uint8_t from, uint8_t to, IrRef a) {
    if (ir_type_bits(to) < ir_type_bits(from))
        return convert(f, IR_TRUNC, from, to, a);
    return convert(f, is_signed ? IR_SEXT : IR_ZEXT, from, to, a);
}

static IrRef select(Fold *f, uint8_t type, IrRef condition, IrRef a, IrRef b) {
    return opt_emit(f->o, (IrInsn){.op = IR_SELECT, .type = type, .a = condition, .b = a, .c = b});
}

IrInsn fold_definition(const Optimiser *o, IrRef ref) {
    if (ref == IR_NONE || trace_is_const(ref))
        return (IrInsn){.op = IR_OP_COUNT};
    return opt_resolve_operands(o, o->out->insns[ir_index(ref)]);
}

static bool is_power_of_two(uint64_t x) {
    return x != 0 && (x & (x - 1)) == 0;
}

/* A constant that shifts may use. */
static bool is_shift(const Fold *f, IrRef by) {
    return K(by) && V(by) < ir_type_bits(f->i.type);
}

static IrRef rules_add(Fold *f) {
    GROUP;
    RULE(IS(b, 0), a);                                                        // x + 0 = x
    RULE(K(b) && A.op == IR_ADD && K(A.b), OP(ADD, A.a, NUM(V(A.b) + V(b)))); // (x + c) + d
    RULE(K(b) && A.op == IR_SUB && K(A.a), OP(SUB, NUM(V(A.a) + V(b)), A.b)); // (c - x) + d
    RULE(A.op == IR_SUB && A.b == b, A.a);                                    // (x - y) + y = x
    RULE(B.op == IR_SUB && B.b == a, B.a);                                    // y + (x - y) = x
    RULE(A.op == IR_SUB && IS(A.a, 0), OP(SUB, b, A.b));                      // (0 - x) + y = y - x
    RULE(B.op == IR_SUB && IS(B.a, 0), OP(SUB, a, B.b));                      // x + (0 - y) = x - y
    RULE(type == IR_I1, OP(XOR, a, b));
    RULE(A.op == IR_ADD && K(A.b), OP(ADD, OP(ADD, A.a, b), A.b)); // (x + c) + y
    RULE(B.op == IR_ADD && K(B.b), OP(ADD, OP(ADD, a, B.a), B.b)); // x + (y + c)
    return IR_NONE;
}

static IrRef rules_sub(Fold *f) {
    GROUP;
    RULE(a == b, NUM(0));                                                     // x - x = 0
    RULE(K(b), OP(ADD, a, NUM(0 - V(b))));                                    // x - c = x + -c
    RULE(A.op == IR_ADD && A.a == b, A.b);                                    // (x + y) - x = y
    RULE(A.op == IR_ADD && A.b == b, A.a);                                    // (x + y) - y = x
    RULE(B.op == IR_ADD && B.a == a, OP(SUB, NUM(0), B.b));                   // x - (x + y) = 0 - y
    RULE(B.op == IR_ADD && B.b == a, OP(SUB, NUM(0), B.a));                   // y - (x + y) = 0 - x
    RULE(B.op == IR_SUB && B.a == a, B.b);                                    // x - (x - y) = y
    RULE(IS(a, 0) && B.op == IR_SUB, OP(SUB, B.b, B.a));                      // 0 - (x - y) = y - x
    RULE(K(a) && B.op == IR_ADD && K(B.b), OP(SUB, NUM(V(a) - V(B.b)), B.a)); // c - (x + d)
    RULE(A.op == IR_ADD && B.op == IR_ADD && A.a == B.a, OP(SUB, A.b, B.b));  // (x + y) - (x + z)
    RULE(A.op == IR_ADD && K(A.b), OP(ADD, OP(SUB, A.a, b), A.b));            // (x + c) - y
    RULE(B.op == IR_ADD && K(B.b), OP(ADD, OP(SUB, a, B.a), NUM(0 - V(B.b)))); // x - (y + c)
    return IR_NONE;
}

static IrRef rules_mul(Fold *f) {
    GROUP;
    RULE(IS(b, 0), b);                   // x * 0 = 0
    RULE(IS(b, 1), a);                   // x * 1 = x
    RULE(IS(b, -1), OP(SUB, NUM(0), a)); // x * -1 = 0 - x
    RULE(K(b) && is_power_of_two(V(b)),  // x * 2^n = x << n
         OP(SHL, a, NUM((unsigned)__builtin_ctzll(V(b)))));
    RULE(K(b) && A.op == IR_MUL && K(A.b), OP(MUL, A.a, NUM(V(A.b) * V(b)))); // (x * c) * d
    RULE(K(b) && A.op == IR_ADD && K(A.b),                                    // (x + c) * d
         OP(ADD, OP(MUL, A.a, b), NUM(V(A.b) * V(b))));
    return IR_NONE;
}

static bool not_negative(const Fold *f, IrRef ref) {
    return (opt_fact(f->o, ref).zeros >> (ir_type_bits(f->i.type) - 1) & 1) != 0;
}

static IrRef rules_divide(Fold *f) {
    GROUP;
    const uint8_t op = f->i.op;
    if (type != IR_I1 && not_negative(f, a) && not_negative(f, b)) {
        RULE(op == IR_SDIV, OP(UDIV, a, b)); // 0 <= x, 0 <= y
        RULE(op == IR_SREM, OP(UREM, a, b));
    }
    RULE(IS(b, 1) && type != IR_I1, op == IR_SDIV || op == IR_UDIV ? a : NUM(0)); // x / 1, x % 1
    if (K(b) && is_power_of_two(V(b))) {
        RULE(op == IR_UDIV, OP(LSHR, a, NUM((unsigned)__builtin_ctzll(V(b))))); // x / 2^n = x >> n
        RULE(op == IR_UREM, OP(AND, a, NUM(V(b) - 1)));                         // x % 2^n
    }
    return IR_NONE;
}

static IrRef rules_and(Fold *f) {
    GROUP;
    RULE(a == b, a);                                                          // x & x = x
    RULE(IS(b, 0), b);                                                        // x & 0 = 0
    RULE(IS(b, -1), a);                                                       // x & ~0 = x
    RULE(K(b) && (~opt_fact(f->o, a).zeros & ~V(b)) == 0, a);                 // no bit to clear
    RULE(K(b) && A.op == IR_AND && K(A.b), OP(AND, A.a, NUM(V(A.b) & V(b)))); // (x & c) & d
    RULE(K(b) && A.op == IR_OR && K(A.b),                                     // (x | c) & d
         V(A.b) & V(b) ? OP(OR, OP(AND, A.a, b), NUM(V(A.b) & V(b))) : OP(AND, A.a, b));
    RULE(A.op == IR_AND && (A.a == b || A.b == b), a); // (x & y) & y
    RULE(B.op == IR_AND && (B.a == a || B.b == a), b); // x & (x & y)
    RULE(A.op == IR_OR && (A.a == b || A.b == b), b);  // (x | y) & y = y
    RULE(B.op == IR_OR && (B.a == a || B.b == a), a);  // x & (x | y) = x
    RULE(K(b) && A.op == IR_SELECT && K(A.b) && K(A.c),
         select(f, type, A.a, NUM(V(A.b) & V(b)), NUM(V(A.c) & V(b))));
    return IR_NONE;
}

static IrRef rules_or(Fold *f) {
    GROUP;
    RULE(a == b, a);                                                        // x | x = x
    RULE(IS(b, 0), a);                                                      // x | 0 = x
    RULE(IS(b, -1), b);                                                     // x | ~0 = ~0
    RULE(K(b) && (V(b) & ~opt_fact(f->o, a).ones) == 0, a);                 // all bits are set
    RULE(K(b) && A.op == IR_OR && K(A.b), OP(OR, A.a, NUM(V(A.b) | V(b)))); // (x | c) | d
    RULE(A.op == IR_OR && (A.a == b || A.b == b), a);                       // (x | y) | y
    RULE(B.op == IR_OR && (B.a == a || B.b == a), b);                       // x | (x | y)
    RULE(A.op == IR_AND && (A.a == b || A.b == b), b);                      // (x & y) | y = y
    RULE(B.op == IR_AND && (B.a == a || B.b == a), a);                      // x | (x & y) = x
    return IR_NONE;
}

static IrRef rules_xor(Fold *f) {
    GROUP;
    RULE(a == b, NUM(0));                                                     // x ^ x = 0
    RULE(IS(b, 0), a);                                                        // x ^ 0 = x
    RULE(K(b) && A.op == IR_XOR && K(A.b), OP(XOR, A.a, NUM(V(A.b) ^ V(b)))); // (x ^ c) ^ d
    RULE(A.op == IR_XOR && A.a == b, A.b);                                    // (x ^ y) ^ x = y
    RULE(A.op == IR_XOR && A.b == b, A.a);
    RULE(B.op == IR_XOR && B.a == a, B.b);
    RULE(B.op == IR_XOR && B.b == a, B.a);
    return IR_NONE;
}

static IrRef rules_shift(Fold *f) {
    GROUP;
    const uint8_t op = f->i.op;
    const unsigned bits = ir_type_bits(type);
    RULE(op == IR_ASHR && not_negative(f, a), OP(LSHR, a, b)); // 0 <= x
    RULE(IS(b, 0), a);                                         // x << 0 = x
    RULE(IS(a, 0), a);                                         // 0 << x = 0
    if (!is_shift(f, b))
        return IR_NONE;
    const uint64_t n = V(b),
                   m = (A.op == IR_SHL || A.op == IR_LSHR || A.op == IR_ASHR) && is_shift(f, A.b)
                           ? V(A.b)
                           : UINT64_MAX;
    if (m != UINT64_MAX && A.op == op) { // (x << m) << n
        RULE(m + n < bits, binary(f, op, type, A.a, NUM(m + n)));
        RULE(op == IR_ASHR, binary(f, op, type, A.a, NUM(bits - 1)));
        return NUM(0);
    }
    RULE(op == IR_LSHR && A.op == IR_SHL && m == n, OP(AND, A.a, NUM(mask >> n))); // (x << n) >> n
    RULE(op == IR_SHL && A.op == IR_LSHR && m == n, OP(AND, A.a, NUM(mask << n))); // (x >> n) << n
    RULE(op == IR_SHL && A.op == IR_ASHR && m == n, OP(AND, A.a, NUM(mask << n)));
    RULE(op == IR_SHL && A.op == IR_ADD && K(A.b), // (x + c) << n
         OP(ADD, OP(SHL, A.a, b), NUM(V(A.b) << n)));
    RULE(op != IR_ASHR && A.op == IR_AND && K(A.b), // (x & c) << n
         OP(AND, binary(f, op, type, A.a, b), NUM(op == IR_SHL ? V(A.b) << n : V(A.b) >> n)));
    return IR_NONE;
}

/* ---- comparisons ---------------------------------------------------------------------------- */

/* Equality with a constant, of values that are computed from another by a bijection or so. */
static IrRef rules_eq_constant(Fold *f, uint8_t of) {
    GROUP;
    const uint64_t c = V(b), all = ir_type_mask(of);
    const uint8_t from = (uint8_t)A.aux;
#define EQ_BITS(x, bits) compare(f, IR_EQ, of, x, opt_number(f->o, of, bits))
    RULE(of == IR_I1, c ? a : NOT(a)); // x == 1 = x
    switch (A.op) {
    case IR_ADD:
        RULE(K(A.b), EQ_BITS(A.a, c - V(A.b))); // x + d == c
        break;
    case IR_SUB:
        RULE(K(A.a), EQ_BITS(A.b, V(A.a) - c)); // d - x == c
        RULE(c == 0, CMP(EQ, of, A.a, A.b));    // x - y == 0
        break;
    case IR_XOR:
        RULE(K(A.b), EQ_BITS(A.a, c ^ V(A.b))); // x ^ d == c
        RULE(c == 0, CMP(EQ, of, A.a, A.b));    // x ^ y == 0
        break;
    case IR_PTRADD:
        RULE(K(A.b), EQ_BITS(A.a, c - V(A.b)));
        break;
    case IR_SHL: // x << n == c << n
        RULE(K(A.b) && V(A.b) < ir_type_bits(of) && (c & ((UINT64_C(1) << V(A.b)) - 1)) == 0,
             EQ_BITS(binary(f, IR_AND, of, A.a, opt_number(f->o, of, all >> V(A.b))), c >> V(A.b)));
        break;
    case IR_ZEXT: // wide x == c
        RULE(c <= ir_type_mask(from), CMP(EQ, from, A.a, opt_number(f->o, from, c)));
        return BOOL(0);
    case IR_SEXT: {
        uint64_t cut = c & ir_type_mask(from), sign = ir_type_mask(from) ^ ir_type_mask(from) >> 1;
        uint64_t back = (cut & sign ? cut | ~ir_type_mask(from) : cut) & all;
        RULE(back == c, CMP(EQ, from, A.a, opt_number(f->o, from, cut)));
        return BOOL(0);
    }
    case IR_BITCAST:
        RULE(ir_is_int(from) || from == IR_PTR, CMP(EQ, from, A.a, opt_number(f->o, from, c)));
        break;
    case IR_SELECT:
        if (K(A.b) && K(A.c)) {
            bool first = V(A.b) == c, second = V(A.c) == c;
            return first == second ? BOOL(first) : first ? A.a : NOT(A.a);
        }
        break;
    default:
        break;
    }
#undef EQ_BITS
    return IR_NONE;
}

static IrRef rules_eq(Fold *f) {
    GROUP;
    const uint8_t of = (uint8_t)f->i.aux;
    RULE(a == b, BOOL(1));
    OptFact x = opt_fact(f->o, a), y = opt_fact(f->o, b);
    RULE((x.ones & y.zeros) != 0 || (x.zeros & y.ones) != 0, BOOL(0)); // a bit differs
    RULE(x.high < y.low || y.high < x.low, BOOL(0));                   // so do the ranges
    if (K(b)) {
        IrRef r = rules_eq_constant(f, of);
        RULE(r != IR_NONE, r);
    }
    bool casts = A.op == IR_BITCAST && B.op == IR_BITCAST && A.aux == B.aux;
    RULE(casts && (ir_is_int((uint8_t)A.aux) || A.aux == IR_PTR),
         CMP(EQ, (uint8_t)A.aux, A.a, B.a));
    RULE((A.op == IR_ZEXT || A.op == IR_SEXT) && B.op == A.op && A.aux == B.aux,
         CMP(EQ, (uint8_t)A.aux, A.a, B.a));
    if ((A.op == IR_ADD || A.op == IR_PTRADD) && A.op == B.op) { // x + y == x + z
        const uint8_t by = A.op == IR_PTRADD ? IR_I64 : of;
        RULE(A.a == B.a, CMP(EQ, by, A.b, B.b));
        RULE(A.b == B.b, CMP(EQ, of, A.a, B.a));
    }
    if ((A.op == IR_ADD || A.op == IR_PTRADD) && A.a == b) // x + y == x
        return CMP(EQ, trace_type(f->o->out, A.b), A.b,
                   opt_number(f->o, trace_type(f->o->out, A.b), 0));
    if ((B.op == IR_ADD || B.op == IR_PTRADD) && B.a == a)
        return CMP(EQ, trace_type(f->o->out, B.b), B.b,
                   opt_number(f->o, trace_type(f->o->out, B.b), 0));
    return IR_NONE;
}

static IrRef rules_less(Fold *f) {
    GROUP;
    const uint8_t of = (uint8_t)f->i.aux, op = f->i.op;
    const uint64_t sign = UINT64_C(1) << (ir_type_bits(of) - 1), all = ir_type_mask(of);
    RULE(a == b, BOOL(0));
    OptFact x = opt_fact(f->o, a), y = opt_fact(f->o, b);
    if (op == IR_SLT) {
        bool x_known = ((x.zeros | x.ones) & sign) != 0, y_known = ((y.zeros | y.ones) & sign) != 0;
        RULE(x_known && y_known && (x.ones & sign) == (y.ones & sign), CMP(ULT, of, a, b));
        RULE(x_known && y_known, BOOL((x.ones & sign) != 0));
        RULE(IS(b, 0) && A.op == IR_SEXT,
             CMP(SLT, (uint8_t)A.aux, A.a, opt_number(f->o, (uint8_t)A.aux, 0)));
        RULE(K(b) && V(b) == (sign & all), BOOL(0));  // x < least
        RULE(K(a) && V(a) == (~sign & all), BOOL(0)); // most < x
        RULE(A.op == IR_SEXT && B.op == IR_SEXT && A.aux == B.aux,
             CMP(SLT, (uint8_t)A.aux, A.a, B.a));
        return IR_NONE;
    }
    const uint8_t from = (uint8_t)A.aux;
    RULE(x.high < y.low, BOOL(1));
    RULE(x.low >= y.high, BOOL(0));
    RULE(K(b) && V(b) == 1, CMP(EQ, of, a, opt_number(f->o, of, 0))); // x < 1
    RULE(IS(a, 0), NOT(CMP(EQ, of, b, a)));                           // 0 < x
    RULE(K(b) && V(b) == all, NOT(CMP(EQ, of, a, b)));                // x < most
    RULE(A.op == IR_ZEXT && K(b) && V(b) <= ir_type_mask(from),
         CMP(ULT, from, A.a, opt_number(f->o, from, V(b))));
    RULE(B.op == IR_ZEXT && K(a) && V(a) <= ir_type_mask((uint8_t)B.aux),
         CMP(ULT, (uint8_t)B.aux, opt_number(f->o, (uint8_t)B.aux, V(a)), B.a));
    RULE(A.op == IR_ZEXT && B.op == IR_ZEXT && A.aux == B.aux, CMP(ULT, from, A.a, B.a));
    return IR_NONE;
}

static IrRef rules_compare(Fold *f) {
    GROUP;
    const uint8_t of = (uint8_t)f->i.aux;
    switch (f->i.op) {
    case IR_NE:
        return NOT(CMP(EQ, of, a, b));
    case IR_ULE:
        return NOT(CMP(ULT, of, b, a));
    case IR_SLE:
        return NOT(CMP(SLT, of, b, a));
    default:
        break;
    }
    IrRef r = f->i.op == IR_EQ ? rules_eq(f) : rules_less(f);
    if (r != IR_NONE)
        return r;
    int implied = opt_implied(f->o, &f->i);
    RULE(implied >= 0, BOOL((unsigned)implied));
    return IR_NONE;
}

/* ---- conversions and the rest --------------------------------------------------------------- */

static IrRef rules_convert(Fold *f) {
    GROUP;
    const uint8_t from = (uint8_t)f->i.aux, inner = (uint8_t)A.aux;
    RULE(from == type, a);
    /* Of one constant or another. */
    RULE(f->i.op != IR_BITCAST && A.op == IR_SELECT && K(A.b) && K(A.c),
         select(f, type, A.a, convert(f, f->i.op, from, type, A.b),
                convert(f, f->i.op, from, type, A.c)));
    switch (f->i.op) {
    case IR_ZEXT:
        RULE(A.op == IR_ZEXT, CONV(ZEXT, inner, A.a));
        RULE(A.op == IR_TRUNC,
             OP(AND, resize(f, false, inner, type, A.a), NUM(ir_type_mask(from))));
        break;
    case IR_SEXT:
        RULE(opt_fact(f->o, a).zeros >> (ir_type_bits(from) - 1) & 1, CONV(ZEXT, from, a));
        RULE(A.op == IR_SEXT, CONV(SEXT, inner, A.a));
        break;
    case IR_TRUNC:
        RULE(A.op == IR_TRUNC, CONV(TRUNC, inner, A.a));
        RULE(A.op == IR_ZEXT || A.op == IR_SEXT, resize(f, A.op == IR_SEXT, inner, type, A.a));
        RULE(A.op == IR_AND && K(A.b) && (~V(A.b) & mask) == 0, CONV(TRUNC, from, A.a));
        break;
    case IR_BITCAST:
        RULE(A.op == IR_BITCAST && (inner == type || ir_is_int(inner) || ir_is_int(type)),
             CONV(BITCAST, inner, A.a));
        RULE(from == IR_PTR && A.op == IR_PTRADD, OP(ADD, CONV(BITCAST, IR_PTR, A.a), A.b));
        if (from == IR_I64 && type == IR_PTR && A.op == IR_ADD) { // (integer p) + x
            IrInsn base = fold_definition(f->o, A.a);
            RULE(base.op == IR_BITCAST && base.aux == IR_PTR, OP(PTRADD, base.a, A.b));
        }
        break;
    default:
        break;
    }
    return IR_NONE;
}

static IrRef rules_select(Fold *f) {
    GROUP;
    const IrRef c = f->i.c;
    RULE(K(a), V(a) ? b : c);
    RULE(b == c, b);
    RULE(A.op == IR_XOR && IS(A.b, 1), select(f, type, A.a, c, b)); // !x ? y : z
    RULE(type == IR_I1 && K(b) && K(c), V(b) ? a : NOT(a));
    RULE(type == IR_I1 && IS(c, 0), OP(AND, a, b));
    RULE(type == IR_I1 && IS(b, 1), OP(OR, a, c));
    RULE(A.op == IR_EQ && ((A.a == b && A.b == c) || (A.a == c && A.b == b)), c); // x == y ? x : y
    return IR_NONE;
}

static IrRef rules_ptradd(Fold *f) {
    GROUP;
    RULE(K(b) && V(b) == 0, a);               // p + 0 = p
    RULE(A.op == IR_PTRADD && K(A.b) && K(b), // (p + c) + d
         OP(PTRADD, A.a, opt_number(f->o, IR_I64, V(A.b) + V(b))));
    RULE(A.op == IR_PTRADD && K(A.b), OP(PTRADD, OP(PTRADD, A.a, b), A.b)); // (p + c) + x
    RULE(B.op == IR_ADD && K(B.b), OP(PTRADD, OP(PTRADD, a, B.a), B.b));    // p + (x + c)
    if (B.op == IR_SUB) {                                                   // p + (q - p) = q
        IrInsn x = fold_definition(f->o, B.a), y = fold_definition(f->o, B.b);
        RULE(x.op == IR_BITCAST && x.aux == IR_PTR && y.op == IR_BITCAST && y.a == a, x.a);
    }
    return IR_NONE;
}

static IrRef rules_math2(Fold *f) {
    GROUP;
    RULE(a == b && f->i.c != IR_MATH_COPYSIGN, a); // max(x, x) = x
    return IR_NONE;
}

IrRef fold_integer(Fold *f) {
    switch (f->i.op) {
    case IR_ADD:
        return rules_add(f);
    case IR_SUB:
        return rules_sub(f);
    case IR_MUL:
        return rules_mul(f);
    case IR_SDIV:
    case IR_UDIV:
    case IR_SREM:
    case IR_UREM:
        return rules_divide(f);
    case IR_AND:
        return rules_and(f);
    case IR_OR:
        return rules_or(f);
    case IR_XOR:
        return rules_xor(f);
    case IR_SHL:
    case IR_LSHR:
    case IR_ASHR:
        return rules_shift(f);
    case IR_EQ:
    case IR_NE:
    case IR_ULT:
    case IR_ULE:
    case IR_SLT:
    case IR_SLE:
        return rules_compare(f);
    case IR_ZEXT:
    case IR_SEXT:
    case IR_TRUNC:
    case IR_BITCAST:
        return rules_convert(f);
    case IR_SELECT:
        return rules_select(f);
    case IR_PTRADD:
        return rules_ptradd(f);
    case IR_MATH2:
        return rules_math2(f);
    case IR_INTO:
        RULE(K(f->i.a) || (K(f->i.b) && opt_region(f->o, f->i.a) == f->i.c), f->i.a);
        return IR_NONE;
    default:
        return IR_NONE;
    }
}

static bool operand_bits(const Fold *f, unsigned operand, IrRef ref, uint64_t *bits) {
    if (ir_op_operands[f->i.op][operand] != 'v')
        return true;
    if (!K(ref))
        return false;
    *bits = V(ref);
    return true;
}

/* Constants to the right; else earlier values to the left, so that value numbering finds both
 * orders. The order of floats decides which NaN results. */
static void order_operands(IrInsn *i) {
    if (!(ir_op_flags[i->op] & IR_FLAG_COMMUTES) || ir_is_float(i->type))
        return;
    bool a_const = K(i->a), b_const = K(i->b);
    if (a_const != b_const ? a_const : i->a > i->b) {
        IrRef a = i->a;
        i->a = i->b;
        i->b = a;
    }
}

IrRef fold(Optimiser *o, IrInsn *insn) {
    if (!(ir_op_flags[insn->op] & IR_FLAG_PURE))
        return IR_NONE;
    order_operands(insn);
    Fold fold = {.o = o, .i = *insn}, *f = &fold;
    uint64_t bits[3] = {0}, result;
    if (ir_op_operands[insn->op][0] != 'v')
        return IR_NONE;
    if (operand_bits(f, 0, insn->a, &bits[0]) && operand_bits(f, 1, insn->b, &bits[1]) &&
        operand_bits(f, 2, insn->c, &bits[2]) &&
        ir_evaluate(insn, bits[0], bits[1], bits[2], &result))
        return opt_number(o, insn->type, result);
    f->A = fold_definition(o, insn->a);
    f->B = ir_op_operands[insn->op][1] == 'v' ? fold_definition(o, insn->b)
                                              : (IrInsn){.op = IR_OP_COUNT};
    IrRef value =
        ir_is_float(insn->type) && insn->op != IR_SELECT && insn->op != IR_BITCAST ? fold_float(f)
        : insn->op == IR_FCMP || insn->op == IR_FPTOSI || insn->op == IR_FPTOUI    ? fold_float(f)
                                                                                : fold_integer(f);
    if (value != IR_NONE)
        return value;
    *insn = f->i;
    OptFact fact = opt_derive(o, insn);
    if ((ir_is_int(insn->type) || insn->type == IR_PTR) && opt_fact_constant(&fact, &result))
        return opt_number(o, insn->type, result);
    return IR_NONE;
}

IrRef fold_address(Optimiser *o, IrRef address, uint16_t *aux) {
    address = opt_resolve(o, address);
    while (o->passes & OPT_FOLD) {
        IrInsn add = fold_definition(o, address);
        if (add.op != IR_PTRADD || !K(add.b))
            break;
        int64_t offset = (int64_t)(trace_bits(o->out, add.b) + (uint64_t)(int64_t)(int16_t)*aux);
        if (offset < INT16_MIN || offset > INT16_MAX)
            break;
        *aux = (uint16_t)offset;
        address = add.a;
    }
    return address;
}
