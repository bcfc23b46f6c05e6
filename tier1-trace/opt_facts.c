/* What is known of values: bits and unsigned ranges, from how they are computed and from guards.
 *
 * Requires: nothing.
 * Keeps: a fact about a reference holds wherever the reference may be used; facts from guards hold
 *   from the guard on, which dominates all that is emitted later.
 * Linear: a guard is followed to operands of operands at most DEPTH deep. Values that were computed
 *   before a guard are not looked at again.
 *
 * Known bits as in LLVM's KnownBits; what comparisons imply is a small part of Bodik, Gupta,
 * Sarkar: "ABCD: Eliminating Array Bounds Checks on Demand". */
#include "opt.h"

enum { DEPTH = 8 };

static uint64_t sign_bit(uint8_t type) {
    return UINT64_C(1) << (ir_type_bits(type) - 1);
}

OptFact opt_fact_of_type(uint8_t type) {
    uint64_t mask = type == IR_VOID ? 0 : ir_type_mask(type);
    return (OptFact){.zeros = ~mask, .high = mask};
}

static OptFact constant(uint64_t bits) {
    return (OptFact){.zeros = ~bits, .ones = bits, .low = bits, .high = bits};
}

OptFact opt_fact(const Optimiser *o, IrRef ref) {
    ref = opt_resolve(o, ref);
    if (trace_is_const(ref))
        return constant(trace_bits(o->out, ref));
    return o->info[ir_index(ref)].fact;
}

bool opt_fact_constant(const OptFact *fact, uint64_t *bits) {
    *bits = fact->low;
    return fact->low == fact->high;
}

static bool impossible(const OptFact *f) {
    return (f->zeros & f->ones) != 0 || f->low > f->high;
}

/* Bits say something of the range, and the range of the bits. */
static OptFact tighten(OptFact f) {
    if (f.low < f.ones)
        f.low = f.ones;
    if (f.high > ~f.zeros)
        f.high = ~f.zeros;
    if (f.low > f.high)
        return f;
    uint64_t differ = f.low ^ f.high;
    uint64_t same = differ == 0 ? UINT64_MAX : ~(UINT64_MAX >> __builtin_clzll(differ));
    f.ones |= f.low & same;
    f.zeros |= ~f.low & same;
    if (f.ones == ~f.zeros)
        f.low = f.high = f.ones;
    return f;
}

bool opt_fact_implies(const OptFact *narrow, const OptFact *wide) {
    return (wide->zeros & ~narrow->zeros) == 0 && (wide->ones & ~narrow->ones) == 0 &&
           narrow->low >= wide->low && narrow->high <= wide->high;
}

OptFact opt_fact_join(const OptFact *a, const OptFact *b) {
    return (OptFact){.zeros = a->zeros & b->zeros,
                     .ones = a->ones & b->ones,
                     .low = a->low < b->low ? a->low : b->low,
                     .high = a->high > b->high ? a->high : b->high};
}

static OptFact meet(const OptFact *a, const OptFact *b) {
    return tighten((OptFact){.zeros = a->zeros | b->zeros,
                             .ones = a->ones | b->ones,
                             .low = a->low > b->low ? a->low : b->low,
                             .high = a->high < b->high ? a->high : b->high});
}

/* ---- from operands -------------------------------------------------------------------------- */

static OptFact derive_add(uint64_t mask, OptFact a, OptFact b, OptFact f) {
    if (a.high <= mask - b.high) {
        f.low = a.low + b.low;
        f.high = a.high + b.high;
    }
    /* Bits below the lowest that is not known in both. */
    uint64_t unknown = ~(a.zeros | a.ones) | ~(b.zeros | b.ones);
    uint64_t known = unknown == 0 ? UINT64_MAX : (unknown & -unknown) - 1;
    uint64_t sum = (a.ones + b.ones) & mask;
    f.ones |= sum & known;
    f.zeros |= ~sum & known;
    return f;
}

static OptFact derive_shift(const IrInsn *insn, uint64_t mask, OptFact a, unsigned by, OptFact f) {
    uint64_t sign = sign_bit(insn->type);
    switch (insn->op) {
    case IR_SHL:
        f.zeros |= a.zeros << by | ((UINT64_C(1) << by) - 1);
        f.ones |= a.ones << by & mask;
        if (a.high <= mask >> by) {
            f.low = a.low << by;
            f.high = a.high << by;
        }
        return f;
    case IR_ASHR:
        if (!(a.zeros & sign))
            return f;
        /* fall through */
    default:
        f.zeros |= a.zeros >> by | ~(UINT64_MAX >> by);
        f.ones |= a.ones >> by;
        f.low = a.low >> by;
        f.high = a.high >> by;
        return f;
    }
}

OptFact opt_derive(const Optimiser *o, const IrInsn *insn) {
    uint8_t type = insn->op == IR_STORE ? IR_VOID : insn->type;
    OptFact f = opt_fact_of_type(type), a = f, b = f;
    if (!(o->passes & OPT_FACTS) || !(ir_op_flags[insn->op] & IR_FLAG_PURE))
        return f;
    if (!ir_is_int(type) && type != IR_PTR)
        return f;
    uint64_t mask = ir_type_mask(type), shift;
    if (ir_op_operands[insn->op][0] == 'v')
        a = opt_fact(o, insn->a);
    if (ir_op_operands[insn->op][1] == 'v')
        b = opt_fact(o, insn->b);
    switch (insn->op) {
    case IR_ADD:
        f = derive_add(mask, a, b, f);
        break;
    case IR_SUB:
        if (a.low >= b.high) {
            f.low = a.low - b.high;
            f.high = a.high - b.low;
        }
        break;
    case IR_MUL: {
        uint64_t high;
        if (!__builtin_mul_overflow(a.high, b.high, &high) && high <= mask) {
            f.low = a.low * b.low;
            f.high = high;
        }
        break;
    }
    case IR_UDIV:
        if (b.low != 0) {
            f.low = a.low / b.high;
            f.high = a.high / b.low;
        }
        break;
    case IR_UREM:
        if (b.low != 0)
            f.high = a.high < b.high - 1 ? a.high : b.high - 1;
        break;
    case IR_AND:
        f.zeros = a.zeros | b.zeros;
        f.ones = a.ones & b.ones;
        f.high = a.high < b.high ? a.high : b.high;
        break;
    case IR_OR:
        f.zeros = a.zeros & b.zeros;
        f.ones = a.ones | b.ones;
        f.low = a.low > b.low ? a.low : b.low;
        break;
    case IR_XOR:
        f.zeros = (a.zeros & b.zeros) | (a.ones & b.ones);
        f.ones = (a.zeros & b.ones) | (a.ones & b.zeros);
        break;
    case IR_SHL:
    case IR_LSHR:
    case IR_ASHR:
        if (opt_fact_constant(&b, &shift) && shift < ir_type_bits(type))
            f = derive_shift(insn, mask, a, (unsigned)shift, f);
        break;
    case IR_ZEXT:
        f = a;
        break;
    case IR_SEXT:
        if (a.zeros & sign_bit((uint8_t)insn->aux))
            f = a;
        else {
            f.zeros |= a.zeros & ir_type_mask((uint8_t)insn->aux) >> 1;
            f.ones |= a.ones & ir_type_mask((uint8_t)insn->aux) >> 1;
        }
        break;
    case IR_TRUNC:
        f.zeros |= a.zeros;
        f.ones = a.ones & mask;
        if (a.high <= mask) {
            f.low = a.low;
            f.high = a.high;
        }
        break;
    case IR_BITCAST:
        if (ir_is_int((uint8_t)insn->aux) || insn->aux == IR_PTR)
            f = a;
        break;
    case IR_SELECT: {
        OptFact c = opt_fact(o, insn->c);
        f = opt_fact_join(&b, &c);
        break;
    }
    case IR_FRAME:
        f.low = 1;
        break;
    case IR_MATH1:
        if (insn->c == IR_MATH_CTPOP)
            f.high = ir_type_bits(type);
        break;
    case IR_MATH2:
        if (insn->c == IR_MATH_UMIN) {
            f.low = a.low < b.low ? a.low : b.low;
            f.high = a.high < b.high ? a.high : b.high;
        } else if (insn->c == IR_MATH_UMAX) {
            f.low = a.low > b.low ? a.low : b.low;
            f.high = a.high > b.high ? a.high : b.high;
        } else if (insn->c == IR_MATH_SMAX || insn->c == IR_MATH_SMIN)
            f = opt_fact_join(&a, &b);
        break;
    default:
        break;
    }
    return tighten(f);
}

/* ---- from guards ---------------------------------------------------------------------------- */

void opt_set_fact(Optimiser *o, IrRef ref, OptFact fact) {
    o->info[ir_index(ref)].fact = fact;
}

static void learn(Optimiser *o, IrRef condition, bool truth, unsigned depth);

/* `ref` is what `fact` allows; so are, perhaps, the values it was made of. */
static void narrow(Optimiser *o, IrRef ref, OptFact fact, unsigned depth) {
    ref = opt_resolve(o, ref);
    uint64_t bits;
    if (o->out->out_of_memory)
        return;
    if (trace_is_const(ref)) {
        bits = trace_bits(o->out, ref);
        if ((fact.zeros & bits) != 0 || (fact.ones & ~bits) != 0 || bits < fact.low ||
            bits > fact.high)
            o->contradiction = true;
        return;
    }
    OptInfo *info = &o->info[ir_index(ref)];
    IrInsn insn = opt_resolve_operands(o, o->out->insns[ir_index(ref)]);
    if (opt_fact_implies(&info->fact, &fact))
        return;
    OptFact f = meet(&info->fact, &fact);
    if (impossible(&f)) {
        o->contradiction = true;
        return;
    }
    info->fact = f;
    bool known = opt_fact_constant(&f, &bits);
    if (known) {
        IrRef number = opt_number(o, insn.type, bits);
        if (!o->out->out_of_memory)
            o->info[ir_index(ref)].equal = number;
    }
    if (depth >= DEPTH)
        return;
    if (known && insn.type == IR_I1) {
        learn(o, ref, bits != 0, depth);
        return;
    }
    bool by_constant = ir_op_operands[insn.op][1] == 'v' && trace_is_const(insn.b);
    uint64_t number = by_constant ? trace_bits(o->out, insn.b) : 0, mask = ir_type_mask(insn.type);
    uint8_t from = (uint8_t)insn.aux; /* of a conversion */
    OptFact g = opt_fact_of_type(insn.type);
    switch (insn.op) {
    case IR_ZEXT:
        narrow(o, insn.a, f, depth + 1);
        return;
    case IR_SEXT:
    case IR_TRUNC: {
        uint64_t low_bits = insn.op == IR_TRUNC ? mask : ir_type_mask(from);
        g = opt_fact_of_type(from);
        g.zeros |= f.zeros & low_bits;
        g.ones |= f.ones & low_bits;
        break;
    }
    case IR_BITCAST:
        if (ir_is_float(from) || ir_is_float(insn.type))
            return;
        g = f;
        break;
    case IR_AND:
        if (!by_constant)
            return;
        g.ones |= f.ones;
        g.zeros |= f.zeros & number;
        g.low = f.low;
        break;
    case IR_OR:
        if (!by_constant)
            return;
        g.ones |= f.ones & ~number;
        g.zeros |= f.zeros;
        g.high = f.high;
        break;
    case IR_XOR:
        if (!by_constant)
            return;
        g.ones |= (f.ones & ~number) | (f.zeros & number & mask);
        g.zeros |= (f.zeros & ~number) | (f.ones & number);
        break;
    case IR_ADD:
        if (!by_constant || !known)
            return;
        g = constant((bits - number) & mask);
        break;
    case IR_PTRADD:
        if (!by_constant || !known)
            return;
        g = constant(bits - number);
        break;
    case IR_SHL:
        if (!by_constant || number >= ir_type_bits(insn.type))
            return;
        g.ones |= f.ones >> number;
        g.zeros |= (f.zeros & mask) >> number;
        break;
    case IR_LSHR:
        if (!by_constant || number >= ir_type_bits(insn.type))
            return;
        g.ones |= f.ones << number & mask;
        g.zeros |= (f.zeros << number & mask);
        break;
    default:
        return;
    }
    narrow(o, insn.a, tighten(g), depth + 1);
}

/* Whether the value is a parameter and a constant. */
static bool is_at_parameter(const Optimiser *o, IrRef ref) {
    const IrInsn *insn = &o->out->insns[ir_index(ref)];
    if (insn->op == IR_PTRADD && trace_is_const(insn->b) && !trace_is_const(insn->a))
        insn = &o->out->insns[ir_index(opt_resolve(o, insn->a))];
    return insn->op == IR_PARAM;
}

/* The later of two equal values is replaced by the earlier; but what is at a constant distance from
 * a parameter replaces what is not, for more is known of what lies there. Either has been computed
 * where the other is used from now on. */
static void equate(Optimiser *o, IrRef a, IrRef b, unsigned depth) {
    a = opt_resolve(o, a);
    b = opt_resolve(o, b);
    if (a == b)
        return;
    OptFact of_a = opt_fact(o, a), of_b = opt_fact(o, b);
    narrow(o, a, of_b, depth);
    narrow(o, b, of_a, depth);
    a = opt_resolve(o, a);
    b = opt_resolve(o, b);
    if (a == b || trace_is_const(a) || trace_is_const(b) || o->contradiction)
        return;
    /* Equal addresses may still be of different objects (trace_regions.c). */
    if (opt_region(o, a) != opt_region(o, b))
        return;
    bool at_a = is_at_parameter(o, a), at_b = is_at_parameter(o, b);
    IrRef stays = (at_a != at_b ? at_a : ir_index(a) < ir_index(b)) ? a : b;
    IrRef goes = stays == a ? b : a;
    o->info[ir_index(goes)].equal = stays;
    if (trace_type(o->out, goes) == IR_PTR)
        opt_memory_rebase(o, goes);
}

static void differ(Optimiser *o, uint8_t type, IrRef a, IrRef b, unsigned depth) {
    for (unsigned i = 0; i < 2; i++) {
        IrRef x = i == 0 ? a : b, y = i == 0 ? b : a;
        uint64_t bits;
        OptFact of_y = opt_fact(o, y), of_x = opt_fact(o, x), f = opt_fact_of_type(type);
        if (!opt_fact_constant(&of_y, &bits))
            continue;
        if (of_x.low == bits)
            f.low = bits + 1;
        if (of_x.high == bits)
            f.high = bits - 1;
        if (of_x.low != of_x.high)
            narrow(o, x, f, depth);
    }
}

/* a < b, or a <= b, unsigned. */
static void order(Optimiser *o, uint8_t type, IrRef a, IrRef b, bool strict, unsigned depth) {
    OptFact of_a = opt_fact(o, a), of_b = opt_fact(o, b), f = opt_fact_of_type(type), g = f;
    if (strict && (of_b.high == 0 || of_a.low == f.high)) {
        o->contradiction = true;
        return;
    }
    f.high = of_b.high - strict;
    narrow(o, a, f, depth);
    g.low = of_a.low + strict;
    narrow(o, b, g, depth);
}

/* a < b, or a <= b, signed. */
static void order_signed(Optimiser *o, uint8_t type, IrRef a, IrRef b, bool strict,
                         unsigned depth) {
    uint64_t sign = sign_bit(type);
    OptFact of_a = opt_fact(o, a), of_b = opt_fact(o, b), f = opt_fact_of_type(type);
    uint64_t minus_one;
    /* Not negative <= b; and -1 < b */
    bool a_counts = (of_a.zeros & sign) != 0 ||
                    (strict && opt_fact_constant(&of_a, &minus_one) && minus_one == f.high);
    if (a_counts) {
        f.zeros |= sign;
        narrow(o, b, tighten(f), depth);
        if (of_a.zeros & sign)
            order(o, type, a, b, strict, depth);
    } else if (of_b.ones & sign) {
        f.ones |= sign;
        narrow(o, a, tighten(f), depth);
        order(o, type, a, b, strict, depth);
    } else if ((of_a.zeros & sign) == 0 && strict && of_b.high == 0) {
        f.ones |= sign; /* a < 0 */
        narrow(o, a, tighten(f), depth);
    }
}

static void learn(Optimiser *o, IrRef condition, bool truth, unsigned depth) {
    IrInsn insn = opt_resolve_operands(o, o->out->insns[ir_index(condition)]);
    uint8_t type = (uint8_t)insn.aux;
    if (depth >= DEPTH)
        return;
    switch (insn.op) {
    case IR_XOR:
    case IR_AND:
    case IR_OR:
        if (trace_is_const(insn.b)) {
            bool number = trace_bits(o->out, insn.b) == 1;
            if (number == (insn.op != IR_OR))
                narrow(o, insn.a, constant(truth != (insn.op == IR_XOR)), depth + 1);
        } else if (insn.op != IR_XOR && truth == (insn.op == IR_AND)) {
            narrow(o, insn.a, constant(truth), depth + 1);
            narrow(o, insn.b, constant(truth), depth + 1);
        }
        return;
    case IR_EQ:
    case IR_NE:
        if (truth == (insn.op == IR_EQ))
            equate(o, insn.a, insn.b, depth + 1);
        else
            differ(o, type, insn.a, insn.b, depth + 1);
        return;
    case IR_ULT:
    case IR_ULE:
        if (truth)
            order(o, type, insn.a, insn.b, insn.op == IR_ULT, depth + 1);
        else
            order(o, type, insn.b, insn.a, insn.op == IR_ULE, depth + 1);
        return;
    case IR_SLT:
    case IR_SLE:
        if (truth)
            order_signed(o, type, insn.a, insn.b, insn.op == IR_SLT, depth + 1);
        else
            order_signed(o, type, insn.b, insn.a, insn.op == IR_SLE, depth + 1);
        return;
    case IR_TRUNC: {
        OptFact f = opt_fact_of_type(type);
        *(truth ? &f.ones : &f.zeros) |= 1;
        narrow(o, insn.a, tighten(f), depth + 1);
        return;
    }
    default:
        return;
    }
}

void opt_learn(Optimiser *o, IrRef condition, bool truth) {
    if (o->passes & OPT_FACTS)
        narrow(o, condition, constant(truth), 0);
}

static int known(const Optimiser *o, const IrInsn *model, uint8_t op, IrRef a, IrRef b) {
    IrInsn insn = *model;
    insn.op = op;
    insn.a = a;
    insn.b = b;
    IrRef found = opt_find(o, &insn);
    return found != IR_NONE && trace_is_const(found) ? trace_bits(o->out, found) != 0 : -1;
}

int opt_implied(const Optimiser *o, const IrInsn *c) {
    if (!(o->passes & OPT_FACTS))
        return -1;
    switch (c->op) {
    case IR_EQ: {
        int unsigned_ab = known(o, c, IR_ULT, c->a, c->b),
            signed_ab = known(o, c, IR_SLT, c->a, c->b);
        int unsigned_ba = known(o, c, IR_ULT, c->b, c->a),
            signed_ba = known(o, c, IR_SLT, c->b, c->a);
        if (unsigned_ab == 1 || unsigned_ba == 1 || signed_ab == 1 || signed_ba == 1)
            return 0;
        if ((unsigned_ab == 0 && unsigned_ba == 0) || (signed_ab == 0 && signed_ba == 0))
            return 1;
        return -1;
    }
    case IR_ULT:
    case IR_SLT: {
        int reverse = known(o, c, c->op, c->b, c->a);
        if (reverse == 1)
            return 0;
        /* Equality is known by the operands in the order that folding gives them. */
        if (reverse == 0 &&
            (known(o, c, IR_EQ, c->a, c->b) == 0 || known(o, c, IR_EQ, c->b, c->a) == 0))
            return 1;
        return -1;
    }
    default:
        return -1;
    }
}
