/* The table of side traces; see tier1_sides.h.
 *
 * The form of an exit is a list of numbers, compared as a whole: the pc of its bytecode, then for
 * each inlined function what identifies the resume point, and a number or two for each value.
 *
 * Where a side trace executes a bytecode anew that it has found to go another way, its exit may
 * have the form that it itself begins with. There, side traces of one form are tried in the order
 * of their numbers: none ever leads back to itself without having done anything. Nor do several in
 * turn: of an exit's values in front of the first effect, more are constants than where the trace
 * begins, or the same. */
#include "tier1_sides.h"
#include "../tier1-trace/build.h"
#include "memory.h"
#include "tier1_internal.h"

#include <string.h>

typedef struct Form {
    uint64_t *words;
    uint32_t count;
    uint64_t hash;
} Form;

#define FORM_WORDS (4u * YK_TRACE_MAX_FRAMES + 2u * YK_EXIT_VALUES + 2u)

static void add(Form *form, uint64_t word) {
    form->words[form->count++] = word;
    form->hash = (form->hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    form->hash ^= form->hash >> 29;
}

/* What a side trace knows of a value: a constant, or the type and the region that it points to. */
static void add_values(Form *form, const CompiledTrace *trace, uint32_t first, uint32_t count) {
    const Trace *t = trace->ir;
    for (uint32_t i = 0; i < count; i++) {
        IrRef value = t->snapshot_values[first + i];
        bool constant = trace_is_const(value);
        uint64_t region = value != IR_NONE && !constant ? trace->regions[ir_index(value)] : 0;
        add(form,
            value == IR_NONE ? UINT64_MAX : region << 32 | trace_type(t, value) * 2u | constant);
        if (constant)
            add(form, trace_bits(t, value));
    }
}

/* `words` has room for FORM_WORDS. */
static Form form_of(const Exit *exit, uint64_t *words) {
    const CompiledTrace *trace = exit->trace;
    const Trace *t = trace->ir;
    const TraceSnapshot *s = &t->snapshots[exit->snapshot];
    Form form = {.words = words};
    add(&form, exit_merge(exit)->greens.value[0]);
    add(&form, (uint64_t)s->flags << 32 | s->frame_count);
    if (s->frame_count == 0)
        add_values(&form, trace, s->vector, TRACE_VECTOR_SLOTS);
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *frame = &t->frames[s->frames + i];
        add(&form, (uint64_t)frame->function << 32 | frame->block);
        add(&form, (uint64_t)frame->frame_offset << 32 | frame->result);
        add_values(&form, trace, frame->values, frame->value_count);
    }
    return form;
}

static CompiledTrace **bucket(YkTier1 *t1, uint64_t hash) {
    return &t1->sides[hash % YK_SIDE_BUCKETS];
}

bool sides_add(YkTier1 *t1, CompiledTrace *t) {
    uint64_t words[FORM_WORDS];
    if (t->parent_exit->trace->regions == NULL)
        return false;
    Form form = form_of(t->parent_exit, words);
    t->form = memory_allocate(form.count * sizeof *t->form);
    if (t->form == NULL)
        return false;
    memcpy(t->form, words, form.count * sizeof *words);
    t->form_count = form.count;
    t->form_hash = form.hash;
    CompiledTrace **head = bucket(t1, form.hash);
    t->next_side = *head;
    *head = t;
    return true;
}

static bool has_form(const CompiledTrace *t, const Form *form) {
    return t->form_hash == form->hash && t->form_count == form->count &&
           memcmp(t->form, form->words, form->count * sizeof *t->form) == 0;
}

CompiledTrace *sides_find(YkTier1 *t1, const Exit *exit) {
    uint64_t words[FORM_WORDS];
    if (exit->trace->regions == NULL)
        return NULL;
    Form form = form_of(exit, words);
    const CompiledTrace *own = exit->trace;
    bool again = own->form != NULL && has_form(own, &form);
    CompiledTrace *first = NULL;
    for (CompiledTrace *t = *bucket(t1, form.hash); t != NULL; t = t->next_side)
        if (has_form(t, &form) && (!again || t->number > own->number) &&
            (first == NULL || t->number < first->number))
            first = t;
    return first;
}

static void unlink_exit(Exit *exit) {
    *exit->side_link = exit->next_entry;
    if (exit->next_entry != NULL)
        exit->next_entry->side_link = exit->side_link;
    exit->side_link = NULL;
    exit->code = exit_without_side(exit);
}

void sides_link(Exit *exit, CompiledTrace *side) {
    exit->next_entry = side->entries;
    exit->side_link = &side->entries;
    if (side->entries != NULL)
        side->entries->side_link = &exit->next_entry;
    side->entries = exit;
    exit->code = side->code.entry;
}

void sides_remove(YkTier1 *t1, CompiledTrace *t) {
    for (CompiledTrace **link = bucket(t1, t->form_hash); *link != NULL; link = &(*link)->next_side)
        if (*link == t) {
            *link = t->next_side;
            break;
        }
    while (t->entries != NULL) {
        Exit *exit = t->entries;
        unlink_exit(exit);
        exit_arm(exit, t1->config->side_trace_threshold);
    }
}

void sides_forget_exits(CompiledTrace *t) {
    for (uint32_t i = 0; t->exits != NULL && i < t->ir->snapshot_count; i++)
        if (t->exits[i].side_link != NULL)
            unlink_exit(&t->exits[i]);
}
