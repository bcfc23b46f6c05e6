/* Traces in memory: growing arrays and interned constants.
 *
 * Without memory an append sets out_of_memory and returns index 0, which every array has room for
 * from the start; from then on all appends do nothing. So a builder may go on and look once, at
 * its end.
 *
 * Constants are equal if type and bits are: the address of a symbol that is also known as a number
 * is one constant, which carries the symbol. */
#include "trace.h"

#include "../runtime/memory.h"
#include <string.h>

enum { FIRST_CAPACITY = 64, FIRST_TABLE = 128 /* a power of two */ };

/* Makes room for `more` elements behind `count`. */
static bool grow(Trace *t, void *array, uint32_t count, uint32_t *capacity, uint32_t more,
                 size_t element) {
    if (t->out_of_memory)
        return false;
    if (more <= *capacity - count)
        return true;
    /* References have 30 bits. */
    uint64_t wanted = (uint64_t)*capacity * 2;
    if (wanted < (uint64_t)count + more)
        wanted = (uint64_t)count + more;
    if (wanted < FIRST_CAPACITY)
        wanted = FIRST_CAPACITY;
    void *old, *grown = NULL;
    memcpy(&old, array, sizeof old);
    if (wanted < ir_index(UINT32_MAX))
        grown = memory_reallocate(old, wanted * element);
    if (grown == NULL) {
        t->out_of_memory = true;
        return false;
    }
    memcpy(array, &grown, sizeof grown);
    *capacity = (uint32_t)wanted;
    return true;
}
#define GROW(t, array, name, more)                                                                 \
    grow(t, &(t)->array, (t)->name##_count, &(t)->name##_capacity, more, sizeof *(t)->array)

Trace *trace_new(const AotModule *module) {
    Trace *t = memory_allocate_zeroed(sizeof *t);
    if (t == NULL)
        return NULL;
    t->module = module;
    t->end = TRACE_EXIT;
    t->end_snapshot = UINT32_MAX;
    t->const_table_size = FIRST_TABLE;
    t->const_table = memory_allocate_zeroed(FIRST_TABLE * sizeof *t->const_table);
    if (t->const_table == NULL || !GROW(t, insns, insn, 1) || !GROW(t, consts, const, 1) ||
        !GROW(t, extras, extra, 1) || !GROW(t, snapshots, snapshot, 1) ||
        !GROW(t, frames, frame, 1) || !GROW(t, snapshot_values, snapshot_value, 1) ||
        !GROW(t, merges, merge, 1)) {
        trace_free(t);
        return NULL;
    }
    /* What index 0 stands for if the first append fails. */
    t->insns[0] = (IrInsn){.op = IR_LOOP, .type = IR_VOID};
    t->consts[0] = (TraceConst){.type = IR_I64, .symbol = UINT32_MAX};
    t->snapshots[0] = (TraceSnapshot){0};
    t->merges[0] = (TraceMerge){0};
    return t;
}

void trace_free(Trace *t) {
    if (t == NULL)
        return;
    memory_free(t->insns);
    memory_free(t->consts);
    memory_free(t->const_table);
    memory_free(t->extras);
    memory_free(t->snapshots);
    memory_free(t->frames);
    memory_free(t->snapshot_values);
    memory_free(t->pending);
    memory_free(t->merges);
    memory_free(t);
}

static uint32_t hash(uint8_t type, uint64_t bits) {
    uint64_t h = (bits ^ type) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32);
}

/* The entry of the constant, or the empty one where it belongs. The table is never full. */
static uint32_t *find(const Trace *t, uint8_t type, uint64_t bits) {
    uint32_t mask = t->const_table_size - 1;
    for (uint32_t i = hash(type, bits) & mask;; i = (i + 1) & mask) {
        uint32_t *entry = &t->const_table[i];
        if (*entry == 0 ||
            (t->consts[*entry - 1].bits == bits && t->consts[*entry - 1].type == type))
            return entry;
    }
}

static bool grow_table(Trace *t) {
    uint32_t *old = t->const_table;
    uint32_t *table =
        t->out_of_memory ? NULL : memory_allocate_zeroed(2 * sizeof *table * t->const_table_size);
    if (table == NULL) {
        t->out_of_memory = true;
        return false;
    }
    t->const_table = table;
    t->const_table_size *= 2;
    for (uint32_t i = 0; i < t->const_count; i++)
        *find(t, t->consts[i].type, t->consts[i].bits) = i + 1;
    memory_free(old);
    return true;
}

IrRef trace_const(Trace *t, uint8_t type, uint64_t bits) {
    bits &= ir_type_mask(type);
    uint32_t *entry = find(t, type, bits);
    if (*entry != 0)
        return IR_CONST | (*entry - 1);
    if (2 * (t->const_count + 1) > t->const_table_size) {
        if (!grow_table(t))
            return IR_CONST;
        entry = find(t, type, bits);
    }
    if (!GROW(t, consts, const, 1))
        return IR_CONST;
    t->consts[t->const_count] = (TraceConst){.bits = bits, .type = type, .symbol = UINT32_MAX};
    *entry = ++t->const_count;
    return IR_CONST | (t->const_count - 1);
}

IrRef trace_symbol(Trace *t, uint32_t symbol) {
    uint64_t bits = (uintptr_t)t->module->symbols[symbol];
    IrRef ref = trace_const(t, IR_PTR, bits);
    /* A weak symbol that nothing defines is just null. */
    if (bits != 0 && !t->out_of_memory && t->consts[ir_index(ref)].symbol == UINT32_MAX)
        t->consts[ir_index(ref)].symbol = symbol;
    return ref;
}

IrRef trace_append(Trace *t, IrInsn insn) {
    if (!GROW(t, insns, insn, 1))
        return 0;
    t->insns[t->insn_count] = insn;
    return IR_INSN | t->insn_count++;
}

/* Copies references to the end of one of the trace's own lists; they may come from it. */
static uint32_t append_refs(Trace *t, IrRef **list, uint32_t *list_count, uint32_t *capacity,
                            const IrRef *refs, uint32_t count) {
    uintptr_t start = (uintptr_t)*list, from = (uintptr_t)refs;
    bool own = from >= start && from < start + *list_count * sizeof **list;
    if (!grow(t, list, *list_count, capacity, count, sizeof **list))
        return 0;
    if (own)
        refs = (const IrRef *)((uintptr_t)*list + (from - start));
    if (count != 0)
        memcpy(*list + *list_count, refs, count * sizeof **list);
    *list_count += count;
    return *list_count - count;
}

uint32_t trace_extras(Trace *t, const IrRef *refs, uint32_t count) {
    return append_refs(t, &t->extras, &t->extra_count, &t->extra_capacity, refs, count);
}

uint32_t trace_snapshot_begin(Trace *t, uint32_t merge) {
    if (!GROW(t, snapshots, snapshot, 1))
        return 0;
    t->snapshots[t->snapshot_count] = (TraceSnapshot){.frames = t->frame_count, .merge = merge};
    return t->snapshot_count++;
}

void trace_snapshot_frame(Trace *t, uint32_t snapshot, TraceFrame frame, const IrRef *values) {
    /* Frames of one snapshot stand together: move those of another one's that stand before. */
    TraceSnapshot *s = &t->snapshots[snapshot];
    uint32_t present = s->frame_count;
    bool move = s->frames + present != t->frame_count;
    frame.values = append_refs(t, &t->snapshot_values, &t->snapshot_value_count,
                               &t->snapshot_value_capacity, values, frame.value_count);
    if (!GROW(t, frames, frame, 1 + (move ? present : 0)))
        return;
    if (move) {
        memcpy(t->frames + t->frame_count, t->frames + s->frames, present * sizeof frame);
        s->frames = t->frame_count;
        t->frame_count += present;
    }
    t->frames[t->frame_count++] = frame;
    s->frame_count++;
}

uint32_t trace_exit_frames(const Trace *t, uint32_t snapshot) {
    const TraceSnapshot *s = &t->snapshots[snapshot];
    uint32_t count = 1;
    if (!(s->flags & TRACE_FORCIBLE) || s->frame_count == 0)
        return s->frame_count;
    while (count < s->frame_count && t->frames[s->frames + count].function != t->module->body)
        count++;
    return count;
}

void trace_snapshot_vector(Trace *t, uint32_t snapshot, const IrRef *slots) {
    t->snapshots[snapshot].vector =
        append_refs(t, &t->snapshot_values, &t->snapshot_value_count, &t->snapshot_value_capacity,
                    slots, TRACE_VECTOR_SLOTS);
}

void trace_snapshot_pending(Trace *t, uint32_t snapshot, IrInsn store) {
    if (!GROW(t, pending, pending, 1))
        return;
    TraceSnapshot *s = &t->snapshots[snapshot];
    if (s->pending_count++ == 0)
        s->pending = t->pending_count;
    t->pending[t->pending_count++] = store;
}

uint32_t trace_merge(Trace *t, uint64_t pc, void *unit) {
    if (!GROW(t, merges, merge, 1))
        return 0;
    t->merges[t->merge_count] = (TraceMerge){.pc = pc, .unit = unit};
    return t->merge_count++;
}
