/* See opt_alias.h. */
#include "opt_alias.h"

#include "../runtime/memory.h"
#include "../shared-ir/alias.h"
#include <string.h>

enum { BELOW, ABOVE, PARTS };

static bool is_access(const IrInsn *insn) {
    return insn->op == IR_LOAD || insn->op == IR_STORE;
}

bool alias_open(AliasClasses *classes, const Trace *t) {
    *classes = (AliasClasses){0};
    uint32_t known = t->module != NULL ? t->module->class_count : 0;
    uint32_t declared = t->module != NULL ? t->module->region_count : 0;
    classes->regions = 1 + declared + ALIAS_LIST_NODES + ALIAS_FRESH + ALIAS_KEYS + PARTS;
    classes->bound = IR_NONE;
    known += known == 0;
    classes->number = memory_allocate(known * sizeof *classes->number);
    uint32_t *used = memory_allocate(known * sizeof *used);
    if (classes->number == NULL || used == NULL)
        goto fail;
    memset(classes->number, 0xff, known * sizeof *classes->number);
    for (uint32_t i = 0; i < t->insn_count; i++) {
        if (!is_access(&t->insns[i]))
            continue;
        uint32_t class = t->insns[i].c & ~IR_VOLATILE;
        if (classes->number[class] == UINT32_MAX) {
            used[classes->count] = class;
            classes->number[class] = classes->count++;
        }
    }
    classes->words = (classes->count + 63) / 64;
    classes->overlaps =
        memory_allocate_zeroed(((size_t)classes->count * classes->words + 1) * sizeof(uint64_t));
    classes->touches = alias_touches(classes);
    if (classes->overlaps == NULL || classes->touches == NULL)
        goto fail;
    for (uint32_t i = 0; i < classes->count; i++) {
        for (uint32_t j = 0; j < classes->count; j++)
            if (t->module == NULL || ir_classes_alias(t->module, used[i], used[j]))
                classes->overlaps[i * classes->words + j / 64] |= UINT64_C(1) << j % 64;
    }
    memory_free(used);
    return true;
fail:
    memory_free(used);
    alias_close(classes);
    return false;
}

void alias_close(AliasClasses *classes) {
    memory_free(classes->number);
    memory_free(classes->overlaps);
    memory_free(classes->touches);
    memory_free(classes->region);
    *classes = (AliasClasses){0};
}

bool alias_find_regions(AliasClasses *classes, const Trace *t) {
    classes->region = trace_regions(t);
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (t->insns[i].op == IR_INTO)
            alias_note_bound(classes, t, &t->insns[i]);
    return classes->region != NULL;
}

void alias_address(const Trace *t, IrRef address, IrRef *base, int64_t *offset) {
    uint64_t sum = 0;
    while (!trace_is_const(address)) {
        const IrInsn *insn = &t->insns[ir_index(address)];
        if (insn->op == IR_PTRADD && trace_is_const(insn->b)) {
            sum += trace_bits(t, insn->b);
            address = insn->a;
        } else if (insn->op == IR_FRAME) {
            *base = ALIAS_FRAMES;
            *offset = (int64_t)(sum + insn->a);
            return;
        } else {
            *base = address;
            *offset = (int64_t)sum;
            return;
        }
    }
    *base = ALIAS_ABSOLUTE;
    *offset = (int64_t)(sum + trace_bits(t, address));
}

AliasAccess alias_access(const AliasClasses *classes, const Trace *t, const IrInsn *insn) {
    AliasAccess access = {.size = ir_type_bytes[insn->type],
                          .class = classes->number[insn->c & ~IR_VOLATILE],
                          .is_volatile = (insn->c & IR_VOLATILE) != 0};
    alias_address(t, insn->a, &access.base, &access.offset);
    access.offset = (int64_t)((uint64_t)access.offset + (uint64_t)(int64_t)(int16_t)insn->aux);
    if (classes->region != NULL && (access.base & IR_KIND_MASK) == IR_INSN)
        access.region = alias_part(classes, t, &access, classes->region[access.base]);
    return access;
}

static uint8_t part(const AliasClasses *classes, unsigned number) {
    return (uint8_t)(classes->regions - PARTS + number);
}

void alias_note_bound(AliasClasses *classes, const Trace *t, const IrInsn *into) {
    if (classes->bound != IR_NONE || trace_is_const(into->b))
        return;
    alias_address(t, into->b, &classes->bound, &classes->bound_offset);
    classes->bound_region = (uint8_t)into->c;
}

uint8_t alias_part(const AliasClasses *classes, const Trace *t, const AliasAccess *access,
                   uint8_t region) {
    if (region == 0 || region != classes->bound_region || classes->bound == IR_NONE)
        return region;
    if (access->base == classes->bound)
        return access->offset >= classes->bound_offset ? part(classes, ABOVE) : region;
    IrRef bound;
    int64_t offset;
    const IrInsn *into = &t->insns[ir_index(access->base)];
    if (into->op != IR_INTO || trace_is_const(into->b) ||
        access->offset > (int16_t)into->aux - (int64_t)access->size)
        return region;
    alias_address(t, into->b, &bound, &offset);
    return bound == classes->bound && offset <= classes->bound_offset ? part(classes, BELOW)
                                                                      : region;
}

static uint8_t key_region(const AliasClasses *classes, unsigned number) {
    return (uint8_t)(classes->regions - PARTS - ALIAS_KEYS + number);
}

uint8_t alias_key(AliasClasses *classes, uint32_t class, uint64_t bits, uint8_t region) {
    uint32_t i = 0;
    for (; i < classes->key_count; i++) {
        const AliasKey *key = &classes->keys[i];
        if (key->bits == bits && key->class == class && key->region == region)
            return key_region(classes, i);
    }
    if (i == ALIAS_KEYS)
        return region;
    classes->keys[classes->key_count++] = (AliasKey){bits, class, region};
    return key_region(classes, i);
}

static const AliasKey *key_of(const AliasClasses *classes, uint8_t region) {
    uint8_t first = key_region(classes, 0);
    return region >= first && region < part(classes, 0) ? &classes->keys[region - first] : NULL;
}

static uint8_t fresh_region(const AliasClasses *classes, uint32_t number) {
    return (uint8_t)(key_region(classes, 0) - ALIAS_FRESH + number);
}

static bool is_fresh(const AliasClasses *classes, uint8_t region) {
    return region >= fresh_region(classes, 0) && region < key_region(classes, 0);
}

uint8_t alias_fresh(AliasClasses *classes, const Trace *t, IrRef base) {
    if ((base & IR_KIND_MASK) != IR_INSN)
        return 0;
    uint32_t index = ir_index(base), i = 0;
    const IrInsn *call = &t->insns[index];
    if (call->op != IR_CALL || (call->aux & (IR_MAY_ANYTHING | IR_OWN_MEMORY)) != IR_OWN_MEMORY)
        return 0;
    while (i < classes->fresh_count && classes->fresh[i] != index)
        i++;
    if (i == ALIAS_FRESH)
        return 0;
    if (i == classes->fresh_count)
        classes->fresh[classes->fresh_count++] = index;
    return fresh_region(classes, i);
}

/* When the base came to be: the index of an instruction. A constant address may be what is known of
 * a pointer that is younger. */
static uint32_t age(IrRef base) {
    return base == ALIAS_FRAMES               ? 0
           : (base & IR_KIND_MASK) == IR_INSN ? ir_index(base)
                                              : UINT32_MAX;
}

/* Whether one of two regions is of fresh memory that the other does not reach. */
static bool is_apart(const AliasClasses *classes, const AliasAccess *access, uint8_t region,
                     const AliasTouch *touch) {
    if (access->region == region)
        return false;
    bool fresh = is_fresh(classes, access->region), touched = is_fresh(classes, region);
    uint8_t first = fresh_region(classes, 0);
    if (fresh && touched)
        return true;
    return fresh     ? touch->youngest < classes->fresh[access->region - first]
           : touched ? age(access->base) < classes->fresh[region - first]
                     : false;
}

/* The declared region that a part, or what has a key, belongs to. */
static uint8_t whole(const AliasClasses *classes, uint8_t region) {
    const AliasKey *key = key_of(classes, region);
    return key != NULL                  ? key->region
           : region >= part(classes, 0) ? classes->bound_region
           : is_fresh(classes, region)  ? 0
                                        : region;
}

static bool regions_alias(const AliasClasses *classes, uint8_t a, uint8_t b) {
    const AliasKey *x = key_of(classes, a), *y = key_of(classes, b);
    bool two_parts = a >= part(classes, 0) && b >= part(classes, 0);
    if (two_parts || (x != NULL && y != NULL && x->class == y->class && x->region == y->region))
        return a == b;
    return ir_regions_alias(whole(classes, a), whole(classes, b));
}

uint32_t alias_touch_count(const AliasClasses *classes) {
    return classes->count * classes->regions;
}

AliasTouch *alias_touches(const AliasClasses *classes) {
    uint32_t count = alias_touch_count(classes);
    AliasTouch *touches = memory_allocate_zeroed(((size_t)count + 1) * sizeof *touches);
    for (uint32_t i = 0; touches != NULL && i < count; i++)
        touches[i].base = IR_NONE;
    return touches;
}

void alias_touch(AliasClasses *classes, const AliasAccess *access, uint32_t time) {
    AliasTouch *touch = &classes->touches[access->class * classes->regions + access->region];
    if (touch->base != access->base) {
        touch->other = touch->last;
        touch->base = access->base;
    }
    touch->last = time;
    if (age(access->base) > touch->youngest)
        touch->youngest = age(access->base);
}

/* In one class. */
static uint32_t last_in(const AliasClasses *classes, uint32_t class, const AliasAccess *access) {
    uint32_t last = 0;
    for (uint32_t region = 0; region < classes->regions; region++) {
        const AliasTouch *touch = &classes->touches[class * classes->regions + region];
        uint32_t time = touch->base == access->base ? touch->other : touch->last;
        if (time > last && regions_alias(classes, access->region, (uint8_t)region) &&
            !is_apart(classes, access, (uint8_t)region, touch))
            last = time;
    }
    return last;
}

uint32_t alias_last(const AliasClasses *classes, const AliasAccess *access) {
    uint32_t last = 0;
    const uint64_t *row = &classes->overlaps[access->class * classes->words];
    for (uint32_t word = 0; word < classes->words; word++)
        for (uint64_t bits = row[word]; bits != 0; bits &= bits - 1) {
            uint32_t time = last_in(classes, word * 64 + (uint32_t)__builtin_ctzll(bits), access);
            if (time > last)
                last = time;
        }
    return last;
}

uint32_t alias_frame(const Trace *t, IrRef pointer) {
    if (pointer == IR_NONE || trace_is_const(pointer) || trace_type(t, pointer) != IR_PTR)
        return ALIAS_NEVER;
    for (;;) {
        const IrInsn *insn = &t->insns[ir_index(pointer)];
        if (insn->op == IR_FRAME)
            return insn->a;
        if (insn->op != IR_PTRADD || trace_is_const(insn->a))
            return ALIAS_NEVER;
        pointer = insn->a;
    }
}

void alias_escapes(const Trace *t, const IrInsn *insn, AliasEscape *escape, void *context) {
    switch (insn->op) {
    case IR_LOAD:
    case IR_GUARD:
        return;
    case IR_STORE:
        escape(context, insn->b);
        return;
    case IR_PTRADD:
        /* By a constant: the result is followed. Else it is an unknown place in the same buffer. */
        if (!trace_is_const(insn->b))
            escape(context, insn->a);
        return;
    case IR_CALL:
        escape(context, insn->a);
        for (uint32_t i = 0; i < insn->c; i++)
            escape(context, t->extras[insn->b + i]);
        return;
    default:
        break;
    }
    const IrRef operands[] = {insn->a, insn->b, insn->c};
    for (unsigned i = 0; i < 3; i++)
        if (ir_op_operands[insn->op][i] == 'v')
            escape(context, operands[i]);
}
