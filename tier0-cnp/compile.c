/* Making native code for bytecode: from the entry, follow every static exit; copy a stencil per
 * instruction, fill its holes, link it to the others.
 *
 * First pass: which instructions, which stencils, in which order; the values of all holes. The
 * order follows the jump at the end of each hot part, so that it can be left out. Second pass,
 * when the sizes are known: copy and relocate. Hot parts come first in the block, then cold parts,
 * then the ways out to pcs that have no code. */
#include "../runtime/memory.h"
#include "tier0_internal.h"

#include <string.h>

#define PENDING UINT32_C(0x80000000) /* in a unit's entries: being compiled */

enum { CACHE_LINE = 64, RECORD_LINES = 4 /* what a stencil's record has, or more */ };

/* Makes room for `extra` more elements of a growing array, whose first elements are part of the
 * scratch memory itself. What stands behind the `count` elements is kept as well. */
static bool reserve(void **array, const void *first, uint32_t count, uint32_t extra,
                    uint32_t *capacity, size_t size) {
    if (*capacity - count >= extra)
        return true;
    uint32_t grown = *capacity * 2 > count + extra ? *capacity * 2 : count + extra + 64;
    bool leaves_first = *array == first;
    void *bigger = memory_reallocate(leaves_first ? NULL : *array, grown * size);
    if (bigger == NULL)
        return false;
    if (leaves_first)
        memcpy(bigger, first, *capacity * size);
    *array = bigger;
    *capacity = grown;
    return true;
}
#define RESERVE(s, array, element, extra)                                                          \
    reserve((void **)&(s)->array, (s)->first_##array, (s)->element##_count, (extra),               \
            &(s)->element##_capacity, sizeof *(s)->array)

#define LENGTH(array) (sizeof(array) / sizeof *(array))

void scratch_open(YkScratch *s) {
    s->insns = s->first_insns;
    s->insn_capacity = LENGTH(s->first_insns);
    s->values = s->first_values;
    s->value_capacity = LENGTH(s->first_values);
    s->work = s->first_work;
    s->work_capacity = LENGTH(s->first_work);
    s->leaves = s->first_leaves;
    s->leave_capacity = LENGTH(s->first_leaves);
}

void scratch_release(YkScratch *s) {
    if (s->insns != s->first_insns)
        memory_free(s->insns);
    if (s->values != s->first_values)
        memory_free(s->values);
    if (s->work != s->first_work)
        memory_free(s->work);
    if (s->leaves != s->first_leaves)
        memory_free(s->leaves);
}

/* A compilation in progress. */
typedef struct Compilation {
    YkTier0 *tier0;
    const YkStencilTable *table;
    YkScratch *s;
    YkUnit *unit;
    YkGreens greens;
    unsigned first; /* number of a program's own first value */
    /* The pc whose greens and opcode are the next of the scratch values already; 0: none. */
    uint64_t ahead;
    uint32_t hot_size, cold_size;
    bool missing; /* some pc that is jumped to has no code */
    int failure;  /* an enum YkCompileResult */
} Compilation;

static bool index_of(const Compilation *c, uint64_t pc, uint32_t *index) {
    uint64_t offset = pc - c->unit->start;
    if (offset >= c->unit->size || (offset & (c->table->pc_step - 1)) != 0)
        return false;
    *index = (uint32_t)(offset >> c->unit->shift);
    return true;
}

/* The values that all programs for the instruction at `pc` begin with; the last is the opcode. */
static bool run_selector(const Compilation *c, uint64_t pc, uint64_t *values) {
    const YkStencilTable *t = c->table;
    bool defined[YK_MAX_VALUES];
    values[0] = pc;
    for (unsigned i = 1; i < t->green_count; i++)
        values[i] = c->greens.value[i];
    return hole_program_run(t->selector, t->green_count, t->selector_count, t->constants,
                            &c->greens, values, defined);
}

/* What the opcode leads to. */
static uint32_t root_of(const Compilation *c, const uint64_t *values) {
    uint64_t opcode = values[c->first - 1];
    return opcode < c->table->opcode_count ? c->table->roots[opcode] : YK_NONE;
}

/* Takes the decisions for the instruction at the current pc. `values` has room for YK_MAX_VALUES.
 * NULL: the instruction has no stencil. */
static const YkStencil *choose(const Compilation *c, uint64_t *values) {
    const YkStencilTable *t = c->table;
    bool defined[YK_MAX_VALUES];
    if (c->ahead != c->greens.value[0] && !run_selector(c, c->greens.value[0], values))
        return NULL;
    uint32_t node = root_of(c, values);
    while (node != YK_NONE && !(node & YK_LEAF)) {
        const YkDecision *d = (const YkDecision *)(t->records + node);
        unsigned last = c->first + (unsigned)d->op_count - 1;
        if (!hole_program_run(decision_ops(d), c->first, (unsigned)d->op_count, t->constants,
                              &c->greens, values, defined) &&
            !defined[last])
            return NULL;
        node = values[last] == d->value ? d->equal : d->other;
    }
    return node == YK_NONE ? NULL : (const YkStencil *)(t->records + (node & ~YK_LEAF));
}

/* Most stencils are not in the cache when they are needed. While one is looked at, its code comes
 * for the second pass ... */
static void prefetch_code(const Compilation *c, const YkStencil *stencil) {
    const uint8_t *code = c->table->code + stencil->code;
    for (unsigned i = 0; i < stencil->hot_size + (unsigned)stencil->cold_size; i += CACHE_LINE)
        __builtin_prefetch(code + i);
}

/* ... and the record of the instruction behind it, which is probably the next, and has its values
 * at `values`. */
static void look_ahead(Compilation *c, uint64_t *values) {
    uint64_t pc = c->greens.value[0] + c->table->pc_step;
    c->ahead = run_selector(c, pc, values) ? pc : 0;
    uint32_t root = c->ahead == 0 ? YK_NONE : root_of(c, values);
    if (root == YK_NONE)
        return;
    const uint64_t *record = c->table->records + (root & ~YK_LEAF);
    for (unsigned i = 0; i < RECORD_LINES; i++)
        __builtin_prefetch(record + i * (CACHE_LINE / sizeof *record));
}

/* Does the stencil need a value that is not defined? */
static bool lacks_value(const YkStencil *stencil, const bool *defined) {
    const YkReloc *r = stencil_relocs(stencil);
    for (unsigned i = 0; i < stencil->target_count; i++, r++)
        if (!defined[r->target.value])
            return true;
    for (unsigned i = 0; i < stencil->group_count; i++) {
        const YkReloc *head = r++;
        for (unsigned k = 0; k < head->head.count; k++, r++)
            if (head->head.kind == YK_KIND_HOLE && !defined[r->place.index])
                return true;
    }
    return false;
}

/* Sizes of the instruction's parts, dynamic jumps included. */
static void add_sizes(Compilation *c, const YkStencil *stencil) {
    c->hot_size += stencil->hot_size;
    c->cold_size +=
        stencil->cold_size + stencil->dynamic_count * (YK_TARGET_CHECK_SIZE + YK_TARGET_MISS_SIZE);
    if (stencil->tail == YK_TAIL_DYNAMIC) {
        c->hot_size += YK_TARGET_CHECK_SIZE - YK_TARGET_JUMP_SIZE;
        c->cold_size += YK_TARGET_MISS_SIZE;
    }
}

/* Adds the instruction at the current pc. Returns false if it has no stencil, or with c->failure
 * set. */
static bool add_instruction(Compilation *c, uint32_t index) {
    YkScratch *s = c->s;
    if (!RESERVE(s, values, value, 2 * c->table->value_count) || !RESERVE(s, insns, insn, 1)) {
        c->failure = YK_COMPILE_NO_MEMORY;
        return false;
    }
    uint64_t *values = s->values + s->value_count;
    const YkStencil *stencil = choose(c, values);
    c->ahead = 0;
    if (stencil == NULL)
        return false;
    prefetch_code(c, stencil);
    uint32_t value_count = c->first + stencil->op_count;
    look_ahead(c, values + value_count);
    bool defined[YK_MAX_VALUES];
    if (!hole_program_run(stencil_ops(stencil), c->first, stencil->op_count, c->table->constants,
                          &c->greens, values, defined) &&
        lacks_value(stencil, defined)) {
        c->ahead = 0;
        return false;
    }
    YkInsn *insn = &s->insns[s->insn_count];
    *insn = (YkInsn){.stencil = stencil,
                     .index = index,
                     .values = s->value_count,
                     .hot = c->hot_size,
                     .cold = c->cold_size};
    c->unit->entries[index] = PENDING | s->insn_count;
    s->insn_count++;
    s->value_count += value_count;
    add_sizes(c, stencil);
    if (!RESERVE(s, work, work, stencil->target_count)) {
        c->failure = YK_COMPILE_NO_MEMORY;
        return false;
    }
    const YkReloc *targets = stencil_relocs(stencil);
    for (unsigned i = 0; i < stencil->target_count; i++) {
        uint32_t to;
        if (!index_of(c, target_pc(&targets[i], values), &to))
            c->missing = true;
        else if (c->unit->entries[to] == 0)
            s->work[s->work_count++] = to;
    }
    return true;
}

/* Where control falls through to from the last instruction, if anywhere. */
static bool falls_to(const Compilation *c, uint32_t *index) {
    const YkInsn *insn = &c->s->insns[c->s->insn_count - 1];
    if (insn->stencil->tail != YK_TAIL_TARGET)
        return false;
    uint64_t pc = target_pc(stencil_relocs(insn->stencil), c->s->values + insn->values);
    return index_of(c, pc, index) && c->unit->entries[*index] == 0;
}

static bool collect(Compilation *c, uint32_t entry) {
    YkScratch *s = c->s;
    if (!RESERVE(s, work, work, 1)) {
        c->failure = YK_COMPILE_NO_MEMORY;
        return false;
    }
    s->work[s->work_count++] = entry;
    while (s->work_count > 0) {
        uint32_t index = s->work[--s->work_count];
        bool falls = false;
        while (falls || c->unit->entries[index] == 0) {
            c->greens.value[0] = c->unit->start + (uint64_t)index * c->table->pc_step;
            uint32_t before = c->hot_size;
            if (!add_instruction(c, index)) {
                if (c->failure != YK_COMPILED)
                    return false;
                c->missing = true;
                break;
            }
            if (falls) { /* the one before needs no jump */
                s->insns[s->insn_count - 2].falls_through = true;
                s->insns[s->insn_count - 1].hot = before - YK_TARGET_JUMP_SIZE;
                c->hot_size -= YK_TARGET_JUMP_SIZE;
            }
            falls = falls_to(c, &index);
            if (!falls)
                break;
        }
    }
    return true;
}

/* Finds the pcs that are jumped to and have no code. */
static bool collect_leaves(Compilation *c) {
    YkScratch *s = c->s;
    for (uint32_t n = 0; c->missing && n < s->insn_count; n++) {
        const YkInsn *insn = &s->insns[n];
        const YkReloc *targets = stencil_relocs(insn->stencil);
        for (unsigned i = 0; i < insn->stencil->target_count; i++) {
            uint64_t pc = target_pc(&targets[i], s->values + insn->values);
            uint32_t index;
            if (index_of(c, pc, &index) && c->unit->entries[index] != 0)
                continue;
            uint32_t k = 0;
            while (k < s->leave_count && s->leaves[k].pc != pc)
                k++;
            if (k < s->leave_count)
                continue;
            if (!RESERVE(s, leaves, leave, 1)) {
                c->failure = YK_COMPILE_NO_MEMORY;
                return false;
            }
            s->leaves[s->leave_count] =
                (YkLeave){pc, s->leave_count * target_leave_size(c->table->green_count)};
            s->leave_count++;
        }
    }
    return true;
}

/* Finds the heads of loops, that is the targets of static jumps backwards, and of the function,
 * that is the start of the range, and makes room for their pads. */
static void place_pads(Compilation *c) {
    YkScratch *s = c->s;
    if (c->tier0->loop_countdown == 0)
        return;
    for (uint32_t n = 0; n < s->insn_count; n++) {
        const YkInsn *insn = &s->insns[n];
        const YkReloc *targets = stencil_relocs(insn->stencil);
        for (unsigned i = 0; i < insn->stencil->target_count; i++) {
            uint32_t to;
            if (index_of(c, target_pc(&targets[i], s->values + insn->values), &to) &&
                to <= insn->index && (c->unit->entries[to] & PENDING) != 0) {
                YkInsn *head = &s->insns[c->unit->entries[to] & ~PENDING];
                head->has_pad = true;
                if (head->loop_last < insn->index)
                    head->loop_last = insn->index;
            }
        }
    }
    if (c->unit->entries[0] & PENDING)
        s->insns[c->unit->entries[0] & ~PENDING].has_pad = true;
    uint32_t pads = 0;
    for (uint32_t n = 0; n < s->insn_count; n++) {
        YkInsn *insn = &s->insns[n];
        if (insn->has_pad) {
            insn->way_out = c->cold_size;
            c->cold_size += YK_TARGET_HOT_SIZE;
            pads++;
        }
        insn->hot += pads * YK_TARGET_PAD_SIZE;
    }
    c->hot_size += pads * YK_TARGET_PAD_SIZE;
}

/* The address of the code for a pc that is jumped to. */
static uintptr_t address_of(const Compilation *c, uint64_t pc, const uint8_t *leaves) {
    uint32_t index;
    if (index_of(c, pc, &index) && c->unit->entries[index] != 0)
        return (uintptr_t)c->tier0->memory.base + c->unit->entries[index] - 1;
    uint32_t k = 0;
    while (c->s->leaves[k].pc != pc)
        k++;
    return (uintptr_t)leaves + c->s->leaves[k].offset;
}

/* The check of a dynamic jump, and the slow way, for which *extra points to room. */
static bool write_dynamic(Compilation *c, YkBlock *block, uint8_t *check, uint8_t **extra) {
    YkCell *cell = tier0_new_cell(c->tier0);
    if (cell == NULL) {
        c->failure = YK_COMPILE_FULL;
        return false;
    }
    cell->sibling = block->cells;
    block->cells = cell;
    uint8_t *miss = *extra;
    *extra += YK_TARGET_MISS_SIZE;
    return target_write_check(check, (uintptr_t)check, cell, (uintptr_t)miss) &&
           target_write_miss(miss, (uintptr_t)miss, cell);
}

/* The dynamic jumps that do not end the hot part: their checks stand behind the cold part. */
static bool write_dynamics(Compilation *c, YkBlock *block, const YkParts *parts,
                           const YkReloc *places, unsigned count, uint8_t **extra) {
    for (unsigned i = 0; i < count; i++) {
        uint8_t *check = *extra;
        *extra += YK_TARGET_CHECK_SIZE;
        uint64_t to = (uintptr_t)check;
        if (!write_dynamic(c, block, check, extra) ||
            !target_patch(parts, YK_FORM_PC32, &places[i], 1, &to))
            return false;
    }
    return true;
}

/* The jump at the end of the hot part. */
static bool write_tail(Compilation *c, YkBlock *block, const YkInsn *insn, uint8_t *hot,
                       uint8_t **extra) {
    uint8_t *at = hot + insn->stencil->hot_size - YK_TARGET_JUMP_SIZE;
    if (insn->stencil->tail == YK_TAIL_DYNAMIC)
        return write_dynamic(c, block, at, extra);
    return insn->stencil->tail == YK_TAIL_NONE || insn->falls_through ||
           target_write_jump(at, (uintptr_t)at, c->tier0->links[YK_LINK_TARGET]);
}

static bool write_instruction(Compilation *c, YkBlock *block, const YkInsn *insn, uint8_t *hot,
                              uint8_t *cold, const uint8_t *leaves) {
    const YkStencil *st = insn->stencil;
    const uint8_t *code = c->table->code + st->code;
    const uint64_t *values = c->s->values + insn->values;
    memcpy(hot, code, st->hot_size - (insn->falls_through ? YK_TARGET_JUMP_SIZE : 0));
    memcpy(cold, code + st->hot_size, st->cold_size);
    uint8_t *extra = cold + st->cold_size;
    YkParts parts = {hot, cold, st->hot_size};
    uint64_t *links = c->tier0->links;
    links[YK_LINK_HOT] = (uintptr_t)hot;
    links[YK_LINK_COLD] = (uintptr_t)cold;
    const YkReloc *r = stencil_relocs(st);
    for (unsigned i = 0; i < st->target_count; i++, r++)
        links[YK_LINK_TARGET + i] = address_of(c, target_pc(r, values), leaves);
    if (!write_tail(c, block, insn, hot, &extra))
        return false;
    for (unsigned i = 0; i < st->group_count; i++) {
        const YkReloc *head = r++;
        unsigned count = head->head.count;
        if (head->head.kind == YK_KIND_DYNAMIC) {
            if (!write_dynamics(c, block, &parts, r, count, &extra))
                return false;
        } else if (!target_patch(&parts, head->head.form, r, count,
                                 head->head.kind == YK_KIND_HOLE ? values : links))
            return false;
        r += count;
    }
    return true;
}

static bool write_pad(Compilation *c, YkBlock *block, const YkInsn *insn, uint8_t *hot,
                      uint8_t *cold) {
    YkHeader *header = tier0_new_header(c->tier0);
    if (header == NULL) {
        c->failure = YK_COMPILE_FULL;
        return false;
    }
    header->unit = c->unit;
    memcpy(header->greens, c->greens.value, sizeof header->greens);
    header->greens[0] = c->unit->start + (uint64_t)insn->index * c->table->pc_step;
    header->last = c->unit->start + (uint64_t)insn->loop_last * c->table->pc_step;
    header->function = insn->index == 0 && insn->loop_last == 0;
    header->sibling = block->headers;
    block->headers = header;
    uint8_t *pad = hot + insn->hot - YK_TARGET_PAD_SIZE, *out = cold + insn->way_out;
    header->pad = header->link = pad;
    return target_write_pad(pad, (uintptr_t)pad, header, (uintptr_t)out) &&
           target_write_hot(out, (uintptr_t)out, header);
}

static bool write_block(Compilation *c, YkBlock *block) {
    YkScratch *s = c->s;
    uint8_t *hot = block->code, *cold = hot + c->hot_size, *leaves = cold + c->cold_size;
    uint32_t base = (uint32_t)(hot - c->tier0->memory.base);
    for (uint32_t n = 0; n < s->insn_count; n++)
        c->unit->entries[s->insns[n].index] =
            base + s->insns[n].hot + 1 - (s->insns[n].has_pad ? YK_TARGET_PAD_SIZE : 0);
    for (uint32_t n = 0; n < s->insn_count; n++)
        if ((s->insns[n].has_pad && !write_pad(c, block, &s->insns[n], hot, cold)) ||
            !write_instruction(c, block, &s->insns[n], hot + s->insns[n].hot,
                               cold + s->insns[n].cold, leaves)) {
            if (c->failure == YK_COMPILED)
                c->failure = YK_COMPILE_NO_STENCIL; /* a value does not fit its place */
            return false;
        }
    for (uint32_t k = 0; k < s->leave_count; k++) {
        YkGreens g = c->greens;
        g.value[0] = s->leaves[k].pc;
        uint8_t *at = leaves + s->leaves[k].offset;
        if (!target_write_leave(at, (uintptr_t)at, g.value, c->table->green_count))
            return false;
    }
    uint32_t size =
        c->hot_size + c->cold_size + s->leave_count * target_leave_size(c->table->green_count);
    target_fill(block->code + size, block->size - size);
    return true;
}

static void forget(Compilation *c) {
    for (uint32_t n = 0; n < c->s->insn_count; n++)
        c->unit->entries[c->s->insns[n].index] = 0;
}

static int finish(Compilation *c, YkCompileStats *stats) {
    YkScratch *s = c->s;
    uint32_t size =
        c->hot_size + c->cold_size + s->leave_count * target_leave_size(c->table->green_count);
    YkCodeMemory *memory = &c->tier0->memory;
    YkBlock *block = memory_allocate_zeroed(sizeof *block);
    if (block == NULL)
        return YK_COMPILE_NO_MEMORY;
    block->size = (size + YK_CODE_GRANULE - 1) / YK_CODE_GRANULE * YK_CODE_GRANULE;
    block->code = code_memory_allocate(memory, block->size);
    if (block->code == NULL) {
        memory_free(block);
        return YK_COMPILE_FULL;
    }
    bool written = code_memory_write(memory, block->code, block->size) && write_block(c, block);
    /* Seal even after a failure: the pages hold other code. */
    if (!code_memory_seal(memory, block->code, block->size) || !written) {
        int result = c->failure == YK_COMPILED ? YK_COMPILE_FULL : c->failure;
        tier0_release_block(c->tier0, block);
        return result;
    }
    block->next = c->unit->blocks;
    c->unit->blocks = block;
    *stats = (YkCompileStats){s->insn_count, size, c->hot_size};
    return YK_COMPILED;
}

int tier0_compile(YkTier0 *tier0, YkUnit *unit, const YkGreens *greens, YkCompileStats *stats) {
    Compilation c = {.tier0 = tier0,
                     .table = tier0->table,
                     .s = &tier0->scratch,
                     .unit = unit,
                     .greens = *greens,
                     .first = tier0->table->green_count + tier0->table->selector_count};
    *stats = (YkCompileStats){0};
    memcpy(unit->ranges, greens->range, sizeof unit->ranges);
    tier0->scratch.insn_count = 0;
    tier0->scratch.value_count = 0;
    tier0->scratch.work_count = 0;
    tier0->scratch.leave_count = 0;
    uint32_t entry;
    if (!index_of(&c, greens->value[0], &entry))
        return YK_COMPILE_NO_STENCIL;
    int result = YK_COMPILE_NO_STENCIL;
    if (!collect(&c, entry) || !collect_leaves(&c))
        result = c.failure;
    else if (tier0->scratch.insn_count > 0) {
        place_pads(&c);
        result = finish(&c, stats);
    }
    if (result != YK_COMPILED)
        forget(&c);
    return result;
}
