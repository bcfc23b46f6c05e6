/* Emission: instructions go through folding and value numbering to the end of the new trace.
 *
 * Value numbering is by hashing (Cocke and Schwartz; the list is linear, so it is global). The
 * chains of a bucket go from late to early instructions: cutting the trace back needs no more than
 * the old heads.
 *
 * Requires: operands that are references of `out`.
 * Keeps: SSA. A reference stands for one value in the whole trace; all guards dominate what stands
 *   behind them, so whatever has been computed may be used again. */
#include "fold.h"
#include "opt.h"

#include "../runtime/memory.h"
#include "../shared-ir/alias.h"
#include <string.h>

bool opt_open(Optimiser *o, const Trace *in, unsigned passes) {
    *o = (Optimiser){.in = in, .passes = passes};
    o->bucket_count = 64;
    while (o->bucket_count < in->insn_count)
        o->bucket_count *= 2;
    o->info_capacity = in->insn_count + 64;
    o->out = trace_new(in->module);
    o->map = memory_allocate((in->insn_count + 1) * sizeof *o->map);
    o->info = memory_allocate(o->info_capacity * sizeof *o->info);
    o->buckets = memory_allocate_zeroed(o->bucket_count * sizeof *o->buckets);
    o->memory = opt_memory_new(in);
    if (o->out == NULL || o->map == NULL || o->info == NULL || o->buckets == NULL ||
        o->memory == NULL) {
        trace_free(o->out);
        opt_close(o);
        return false;
    }
    memset(o->map, 0xff, (in->insn_count + 1) * sizeof *o->map);
    o->info[0] = (OptInfo){.fact = opt_fact_of_type(IR_I64)};
    return true;
}

void opt_close(Optimiser *o) {
    memory_free(o->map);
    memory_free(o->info);
    memory_free(o->buckets);
    opt_memory_free(o->memory);
}

IrRef opt_resolve(const Optimiser *o, IrRef ref) {
    while (!trace_is_const(ref) && ref != IR_NONE && o->info[ir_index(ref)].equal != ref)
        ref = o->info[ir_index(ref)].equal;
    return ref;
}

IrInsn opt_resolve_operands(const Optimiser *o, IrInsn insn) {
    const char *letters = ir_op_operands[insn.op];
    if (letters[0] == 'v')
        insn.a = opt_resolve(o, insn.a);
    if (letters[1] == 'v')
        insn.b = opt_resolve(o, insn.b);
    if (letters[2] == 'v')
        insn.c = opt_resolve(o, insn.c);
    return insn;
}

static bool grow_info(Optimiser *o) {
    uint32_t capacity = o->info_capacity * 2;
    OptInfo *info = memory_reallocate(o->info, capacity * sizeof *info);
    if (info == NULL) {
        o->out->out_of_memory = true;
        return false;
    }
    o->info = info;
    o->info_capacity = capacity;
    return true;
}

static void escape(void *context, IrRef pointer) {
    Optimiser *o = context;
    if (alias_frame(o->out, pointer) != ALIAS_NEVER)
        opt_memory_escape(o, pointer);
}

uint8_t opt_region(const Optimiser *o, IrRef ref) {
    return (ref & IR_KIND_MASK) == IR_INSN ? o->info[ir_index(ref)].region : 0;
}

static uint8_t derive_region(const Optimiser *o, const IrInsn *insn) {
    const char *letters = ir_op_operands[insn->op];
    return trace_region(o->out, insn, letters[0] == 'v' ? opt_region(o, insn->a) : 0,
                        letters[1] == 'v' ? opt_region(o, insn->b) : 0,
                        letters[2] == 'v' ? opt_region(o, insn->c) : 0);
}

IrRef opt_append(Optimiser *o, IrInsn insn) {
    if (o->out->insn_count >= o->info_capacity && !grow_info(o))
        return 0;
    alias_escapes(o->out, &insn, escape, o);
    IrRef ref = trace_append(o->out, insn);
    if (o->out->out_of_memory)
        return 0;
    if (insn.op == IR_INTO)
        opt_memory_bound(o, &insn);
    o->info[ir_index(ref)] =
        (OptInfo){.equal = ref, .fact = opt_derive(o, &insn), .region = derive_region(o, &insn)};
    return ref;
}

static uint32_t mix(uint32_t hash, uint32_t x) {
    return (hash ^ x) * 0x9e3779b1u ^ hash >> 15;
}

static uint32_t *bucket(const Optimiser *o, const IrInsn *insn, const IrRef *args) {
    uint32_t hash = mix(insn->op | insn->type << 8 | (uint32_t)insn->aux << 16, insn->a);
    if (insn->op != IR_CALL)
        hash = mix(hash, insn->b);
    else
        for (uint32_t i = 0; i < insn->c; i++)
            hash = mix(hash, args[i]);
    hash = mix(hash, insn->c);
    return &o->buckets[(hash ^ hash >> 16) & (o->bucket_count - 1)];
}

static const IrRef *args_of(const Optimiser *o, const IrInsn *insn) {
    return insn->op == IR_CALL ? o->out->extras + insn->b : NULL;
}

static IrRef find(const Optimiser *o, const IrInsn *insn, const IrRef *args) {
    if (!(o->passes & OPT_NUMBER))
        return IR_NONE;
    for (uint32_t i = *bucket(o, insn, args); i != 0; i = o->info[i - 1].chain) {
        const IrInsn *x = &o->out->insns[i - 1];
        if (x->op != insn->op || x->type != insn->type || x->aux != insn->aux || x->a != insn->a ||
            x->c != insn->c)
            continue;
        if (x->op == IR_CALL ? insn->c != 0 && memcmp(args_of(o, x), args, insn->c * sizeof *args)
                             : x->b != insn->b)
            continue;
        return opt_resolve(o, IR_INSN | (i - 1));
    }
    return IR_NONE;
}

IrRef opt_find(const Optimiser *o, const IrInsn *insn) {
    return find(o, insn, NULL);
}

IrRef opt_append_numbered(Optimiser *o, IrInsn insn) {
    IrRef ref = opt_append(o, insn);
    if (o->out->out_of_memory)
        return ref;
    uint32_t *head = bucket(o, &insn, args_of(o, &insn));
    o->info[ir_index(ref)].chain = *head;
    *head = ir_index(ref) + 1;
    return ref;
}

IrRef opt_emit(Optimiser *o, IrInsn insn) {
    insn = opt_resolve_operands(o, insn);
    if (o->out->out_of_memory)
        return opt_number(o, insn.type == IR_VOID ? IR_I64 : insn.type, 0);
    if (o->passes & OPT_FOLD) {
        IrRef folded = fold(o, &insn);
        if (folded != IR_NONE)
            return opt_resolve(o, folded);
    }
    IrRef found = opt_find(o, &insn);
    return found != IR_NONE ? found : opt_append_numbered(o, insn);
}

IrRef opt_call(Optimiser *o, IrInsn insn, const IrRef *args) {
    insn.a = opt_resolve(o, insn.a);
    bool pure = ir_is_pure(&insn) && insn.type != IR_VOID;
    if (pure) {
        IrRef found = find(o, &insn, args);
        if (found != IR_NONE)
            return found;
    }
    insn.b = trace_extras(o->out, args, insn.c);
    if (!pure) {
        /* First, so that what the arguments let escape counts. */
        alias_escapes(o->out, &insn, escape, o);
        opt_memory_call(o, insn.aux);
    }
    return pure ? opt_append_numbered(o, insn) : opt_append(o, insn);
}
