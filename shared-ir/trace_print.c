/* A trace as text; docs/ir.md. trace_parse.c reads it back. */
#include "text.h"

#include <inttypes.h>

static const IrRef *values(const Trace *t, uint32_t first, uint32_t count) {
    bool fits = first <= t->snapshot_value_count && count <= t->snapshot_value_count - first;
    return fits ? t->snapshot_values + first : NULL;
}

static void frame(const IrText *text, const TraceFrame *f) {
    const AotModule *m = text->module;
    const IrRef *refs = values(text->trace, f->values, f->value_count);
    fputc(' ', text->out);
    text_name(text->out,
              f->function < m->function_count ? aot_name(m, m->functions[f->function].name) : "");
    fprintf(text->out, "@%" PRIu32 "(", f->block);
    for (uint32_t i = 0; refs != NULL && i < f->value_count; i++) {
        fputs(i == 0 ? "" : ", ", text->out);
        if (i == f->result)
            fputs("result", text->out);
        else
            text_value(text, refs[i], TEXT_ANY);
    }
    fputs(refs == NULL ? "?)" : ")", text->out);
    if (f->frame_offset != 0)
        fprintf(text->out, " frame %" PRIu32, f->frame_offset);
}

static void snapshot(const IrText *text, uint32_t number) {
    const Trace *t = text->trace;
    const TraceSnapshot *s = &t->snapshots[number];
    fprintf(text->out, "#%" PRIu32 ": merge %" PRIu32, number, s->merge);
    if (s->flags != 0)
        fprintf(text->out, " flags %u", s->flags);
    if (s->frame_count == 0) {
        const IrRef *slots = values(t, s->vector, TRACE_VECTOR_SLOTS);
        fputc(' ', text->out);
        text_slots(text, slots, slots != NULL ? TRACE_VECTOR_SLOTS : 0);
    }
    for (uint32_t i = 0; i < s->frame_count && (uint64_t)s->frames + i < t->frame_count; i++) {
        fputc(';', text->out);
        frame(text, &t->frames[s->frames + i]);
    }
    fputc('\n', text->out);
    for (uint32_t i = 0; i < s->pending_count && (uint64_t)s->pending + i < t->pending_count; i++) {
        fputs("  pending ", text->out);
        text_insn(text, &t->pending[s->pending + i], 0);
        fputc('\n', text->out);
    }
}

void trace_print(FILE *out, const Trace *t) {
    IrText text = {.out = out, .module = t->module, .trace = t};
    locale_t before = uselocale(text_locale());
    fputs(t->side ? "trace side" : "trace", out);
    if (t->frame_bytes != 0)
        fprintf(out, " frames %" PRIu32, t->frame_bytes);
    fputc('\n', out);
    for (uint32_t i = 0; i < t->merge_count; i++) {
        fprintf(out, "merge %" PRIu32 ": pc 0x%" PRIx64, i, t->merges[i].pc);
        if (t->merges[i].unit != NULL)
            fprintf(out, " unit 0x%" PRIxPTR, (uintptr_t)t->merges[i].unit);
        fputc('\n', out);
    }
    for (uint32_t i = 0; i < t->insn_count; i++) {
        fputs("  ", out);
        text_insn(&text, &t->insns[i], i);
        fputc('\n', out);
    }
    static const char *const ends[] = {
        [TRACE_LOOP] = "end loop", [TRACE_EXIT] = "end exit", [TRACE_RETURN] = "end return"};
    fputs(ends[t->end], out);
    if (t->end_snapshot != UINT32_MAX)
        fprintf(out, " #%" PRIu32, t->end_snapshot);
    fputc('\n', out);
    for (uint32_t i = 0; i < t->snapshot_count; i++)
        snapshot(&text, i);
    uselocale(before);
}
