/* Guards that addresses are apart: a store to an element of an array must not make the trace forget
 * what it knows of the interpreter's stack, whose slots are of the same access class.
 *
 * *Home* is the memory that the trace accesses through one pointer that it gets as a parameter,
 * with constant offsets: of all such pointers the one with the most accesses.
 *
 * When something is stored to element i of an array at A which, by its class, might be at home, and
 * a guard has shown i < n, a guard is put in front that the whole array, [A, A + n * size), is
 * apart from home. Then the base is marked: its accesses and home are disjoint (opt_memory.c). This
 * does not depend on i: where A and n are invariant, peeling leaves the guard in the preamble, and
 * loads of elements profit from it, too. There is no guard for other addresses: those of another
 * function's stack slots, behind a call, are at home indeed, and the guard would fail each time.
 *
 * [a, a + m) and [h, h + l) overlap if and only if (a - h) + m - 1 < l + m - 1, modulo 2^64.
 *
 * Requires: snapshots TRACE_RESTART. The guard's exit executes the bytecode anew, so it must stand
 *   in front of everything in the bytecode that has an effect.
 * Keeps: what the trace does; takes another exit where it would have gone on.
 *
 * Run-time checks of disjointness as vectorising compilers have in front of loops. */
#include "opt.h"

#include "../runtime/memory.h"

enum { FEWEST_ACCESSES = 4, LARGEST_HOME = 1 << 20 };

static bool access_at(const Trace *t, uint32_t i, IrRef *base, int64_t *offset, uint32_t *size) {
    const IrInsn *insn = &t->insns[i];
    if (insn->op != IR_LOAD && insn->op != IR_STORE)
        return false;
    alias_address(t, insn->a, base, offset);
    *offset += (int16_t)insn->aux;
    *size = ir_type_bytes[insn->type];
    return true;
}

static bool is_given(const Trace *t, IrRef ref) {
    if ((ref & IR_KIND_MASK) != IR_INSN)
        return false;
    uint8_t op = t->insns[ir_index(ref)].op;
    return op == IR_PARAM || op == IR_INHERIT;
}

/* The pointer with the most accesses. PARAMs of one slot may stand more than once; the first
 * counts. */
static void find_home(Optimiser *o, uint32_t *counts) {
    OptApart *apart = &o->apart;
    const Trace *in = o->in;
    uint32_t size;
    int64_t offset;
    IrRef base, best = IR_NONE;
    for (uint32_t i = 0; i < in->insn_count; i++)
        if (access_at(in, i, &base, &offset, &size) && is_given(in, base) &&
            ++counts[ir_index(base)] >= FEWEST_ACCESSES &&
            (best == IR_NONE || counts[ir_index(base)] > counts[ir_index(best)]))
            best = base;
    apart->in_base = best;
    if (best == IR_NONE)
        return;
    apart->in_low = INT64_MAX;
    apart->in_high = INT64_MIN;
    for (uint32_t i = 0; i < in->insn_count; i++) {
        if (!access_at(in, i, &base, &offset, &size) || base != best)
            continue;
        if (offset < apart->in_low)
            apart->in_low = offset;
        if (offset + size > apart->in_high)
            apart->in_high = offset + size;
        apart->last = i;
        opt_memory_home(o->memory, in->insns[i].c & ~IR_VOLATILE);
    }
    if (apart->in_low < -LARGEST_HOME || apart->in_high > LARGEST_HOME)
        apart->in_base = IR_NONE;
}

bool opt_apart_open(Optimiser *o) {
    OptApart *apart = &o->apart;
    const Trace *in = o->in;
    *apart = (OptApart){.in_base = IR_NONE, .base = IR_NONE, .vector = UINT32_MAX};
    if (!(o->passes & OPT_APART))
        return true;
    uint32_t *counts = memory_allocate_zeroed((in->insn_count + 1) * sizeof *counts);
    apart->vectors = memory_allocate((in->merge_count + 1) * sizeof *apart->vectors);
    bool ok = counts != NULL && apart->vectors != NULL;
    if (ok) {
        find_home(o, counts);
        for (uint32_t i = 0; i < in->merge_count; i++)
            apart->vectors[i] = UINT32_MAX;
        for (uint32_t i = 0; i < in->snapshot_count; i++)
            if (in->snapshots[i].flags & TRACE_RESTART)
                apart->vectors[in->snapshots[i].merge] = i;
    }
    memory_free(counts);
    return ok;
}

void opt_apart_close(Optimiser *o) {
    memory_free(o->apart.vectors);
}

void opt_apart_update(Optimiser *o) {
    OptApart *apart = &o->apart;
    apart->base = IR_NONE;
    apart->vector = UINT32_MAX;
    if (apart->in_base == IR_NONE || o->map[ir_index(apart->in_base)] == IR_NONE)
        return;
    int64_t offset;
    alias_address(o->out, opt_use(o, apart->in_base), &apart->base, &offset);
    if ((apart->base & IR_KIND_MASK) != IR_INSN || offset < -LARGEST_HOME || offset > LARGEST_HOME)
        apart->base = IR_NONE;
    apart->low = apart->in_low + offset;
    apart->high = apart->in_high + offset;
}

void opt_apart_merge(Optimiser *o, uint32_t merge) {
    o->apart.vector = o->apart.vectors != NULL ? o->apart.vectors[merge] : UINT32_MAX;
}

enum OptZone opt_apart_zone(const Optimiser *o, const AliasAccess *at) {
    const OptApart *apart = &o->apart;
    if (apart->base == IR_NONE || (at->base & IR_KIND_MASK) != IR_INSN)
        return OPT_ELSEWHERE;
    if (at->base == apart->base)
        return at->offset >= apart->low && at->offset + at->size <= apart->high ? OPT_HOME
                                                                                : OPT_ELSEWHERE;
    const OptInfo *info = &o->info[ir_index(at->base)];
    return info->apart_from == apart->base && at->offset >= info->apart_low &&
                   at->offset + at->size <= info->apart_high
               ? OPT_APART_FROM_HOME
               : OPT_ELSEWHERE;
}

static IrRef emit(Optimiser *o, uint8_t op, IrRef a, IrRef b) {
    return opt_emit(o, (IrInsn){.op = op, .type = IR_I64, .a = a, .b = b});
}

static IrRef plus(Optimiser *o, IrRef a, int64_t number) {
    return emit(o, IR_ADD, a, opt_number(o, IR_I64, (uint64_t)number));
}

static IrRef to_integer(Optimiser *o, IrRef pointer) {
    return opt_emit(o, (IrInsn){.op = IR_BITCAST, .type = IR_I64, .aux = IR_PTR, .a = pointer});
}

/* pointer - home */
static IrRef distance(Optimiser *o, IrRef pointer) {
    return emit(o, IR_SUB, to_integer(o, pointer), to_integer(o, o->apart.base));
}

/* In front of what follows: not a < b, or the bytecode is executed anew, if it may. */
static bool guard_not_less(Optimiser *o, IrRef a, IrRef b) {
    IrRef less = opt_emit(o, (IrInsn){.op = IR_ULT, .type = IR_I1, .aux = IR_I64, .a = a, .b = b});
    bool expected = false;
    less = opt_strip_negation(o, less, &expected);
    if (trace_is_const(less))
        return trace_bits(o->out, less) == expected;
    if (o->apart.vector == UINT32_MAX)
        return false;
    uint32_t snapshot = opt_snapshot(o, o->apart.vector);
    if (o->out->out_of_memory)
        return false;
    o->out->snapshots[snapshot].flags &= (uint16_t)~TRACE_RESTART;
    opt_append(o,
               (IrInsn){.op = IR_GUARD, .type = IR_VOID, .a = less, .b = expected, .c = snapshot});
    opt_learn(o, less, expected);
    return true;
}

/* The access is to element i of an array at A, i < n is known: guards for the whole array. */
static bool guard_array(Optimiser *o, const AliasAccess *at, int64_t *from, int64_t *to) {
    IrInsn base = opt_resolve_operands(o, o->out->insns[ir_index(at->base)]);
    if (base.op != IR_PTRADD || trace_is_const(base.a) || trace_is_const(base.b))
        return false;
    IrInsn shift = opt_resolve_operands(o, o->out->insns[ir_index(base.b)]);
    if (shift.op != IR_SHL || !trace_is_const(shift.b) || trace_bits(o->out, shift.b) > 12)
        return false;
    unsigned log = (unsigned)trace_bits(o->out, shift.b);
    int64_t element = at->offset >> log;
    *from = element * ((int64_t)1 << log);
    *to = *from + ((int64_t)1 << log);
    if (at->offset + at->size > *to)
        return false;
    IrRef i = shift.a;
    if (element != 0) {
        IrInsn sum = {
            .op = IR_ADD, .type = IR_I64, .a = i, .b = opt_number(o, IR_I64, (uint64_t)element)};
        i = opt_find(o, &sum);
    }
    if (i == IR_NONE || trace_is_const(i) || o->info[ir_index(i)].bound == IR_NONE)
        return false;
    IrRef n = opt_resolve(o, o->info[ir_index(i)].bound);
    OptFact size = opt_fact(o, n);
    if (trace_type(o->out, n) != IR_I64 || size.high > UINT64_C(1) << 40)
        return false;
    IrRef bytes = emit(o, IR_SHL, n, opt_number(o, IR_I64, log));
    IrRef end = emit(o, IR_ADD, distance(o, base.a), bytes);
    int64_t home = o->apart.high - o->apart.low;
    return guard_not_less(o, plus(o, end, -o->apart.low - 1), plus(o, bytes, home - 1));
}

void opt_apart_prove(Optimiser *o, const AliasAccess *at, bool is_store) {
    OptApart *apart = &o->apart;
    if (apart->base == IR_NONE || (at->base & IR_KIND_MASK) != IR_INSN || at->base == apart->base ||
        alias_frame(o->out, at->base) != ALIAS_NEVER)
        return;
    /* Whom would it help? */
    if (o->in->end != TRACE_LOOP && o->position > apart->last)
        return;
    int64_t from, to;
    uint32_t vector = apart->vector;
    if (!is_store)
        apart->vector = UINT32_MAX;
    bool proven = guard_array(o, at, &from, &to);
    apart->vector = vector;
    if (!proven)
        return;
    if (o->out->out_of_memory)
        return;
    OptInfo *info = &o->info[ir_index(at->base)];
    bool joins =
        info->apart_from == apart->base && from <= info->apart_high && to >= info->apart_low;
    info->apart_low = joins && info->apart_low < from ? info->apart_low : from;
    info->apart_high = joins && info->apart_high > to ? info->apart_high : to;
    info->apart_from = apart->base;
}
