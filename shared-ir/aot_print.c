/* The ahead-of-time form as text; docs/ir.md. There is no parser: the plugin writes this form. */
#include "text.h"

#include <inttypes.h>

static void arguments(const IrText *text, const AotFunction *f) {
    const AotModule *m = text->module;
    for (uint32_t i = 0; i < f->arg_count; i++) {
        uint64_t at = (uint64_t)f->arg_types + i;
        uint8_t type = at < m->string_bytes ? (uint8_t)m->strings[at] : IR_TYPE_COUNT;
        fprintf(text->out, "%s%s %%%" PRIu32, i == 0 ? "" : ", ",
                type < IR_TYPE_COUNT ? ir_type_names[type] : "?", i);
    }
}

static void block(const IrText *text, uint32_t number) {
    const AotModule *m = text->module;
    const AotBlock *b = &m->blocks[number];
    fprintf(text->out, "@%" PRIu32 ":", number);
    if (b->resume != AOT_NO_RESUME) {
        fprintf(text->out, " resume %" PRIu32 " (", b->resume);
        for (uint32_t i = 0; i < b->live_count; i++) {
            uint64_t at = (uint64_t)b->lives + i;
            fputs(i == 0 ? "" : ", ", text->out);
            text_value(text, at < m->extra_count ? m->extras[at] : IR_NONE, TEXT_ANY);
        }
        fputc(')', text->out);
    }
    fputc('\n', text->out);
    for (uint32_t i = 0; i < b->count && (uint64_t)b->first + i < m->insn_count; i++) {
        uint32_t number_in_function =
            text->function->arg_count + (b->first + i - text->function->first_insn);
        fputs("  ", text->out);
        text_insn(text, &m->insns[b->first + i], number_in_function);
        fputc('\n', text->out);
    }
}

static void function(IrText *text, const AotFunction *f) {
    const AotModule *m = text->module;
    text->function = f;
    fputs("function ", text->out);
    text_name(text->out, aot_name(m, f->name));
    fputc('(', text->out);
    arguments(text, f);
    fprintf(text->out, ") %s",
            f->return_type < IR_TYPE_COUNT ? ir_type_names[f->return_type] : "?");
    static const struct {
        uint32_t flag;
        const char *word;
    } words[] = {{AOT_BODY, "body"},
                 {AOT_OUTLINED, "outlined"},
                 {AOT_IDEMPOTENT, "idempotent"},
                 {AOT_UNROLL, "unroll"},
                 {AOT_HAS_LOOP, "loop"},
                 {AOT_RARE, "rare"}};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (f->flags & words[i].flag)
            fprintf(text->out, " %s", words[i].word);
    if (f->frame_size != 0)
        fprintf(text->out, " frame %" PRIu32, f->frame_size);
    fputc('\n', text->out);
    for (uint32_t i = 0; i < f->block_count && (uint64_t)f->first_block + i < m->block_count; i++)
        block(text, f->first_block + i);
}

void aot_print(FILE *out, const AotModule *module, uint32_t number) {
    IrText text = {.out = out, .module = module};
    locale_t before = uselocale(text_locale());
    for (uint32_t i = 0; i < module->function_count; i++) {
        if (number != UINT32_MAX && i != number)
            continue;
        fputs(i != 0 && number == UINT32_MAX ? "\n" : "", out);
        function(&text, &module->functions[i]);
    }
    uselocale(before);
}
