/* Writes instructions by the patterns of signatures.def. Indices are checked everywhere, so that
 * what a verifier has refused can be printed, too: "?" stands for what is not there. */
#include "text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

locale_t text_locale(void) {
    /* Of glibc's own "C" locale there is one; this allocates nothing. */
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static bool is_plain(const char *name, bool dots, bool digit_first) {
    if (name[0] == 0 || (!digit_first && isdigit((unsigned char)name[0])))
        return false;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '$' && !(dots && *p == '.'))
            return false;
    return true;
}

static void quote(FILE *out, const char *name) {
    fputc('"', out);
    for (const char *p = name; *p; p++)
        if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
            fprintf(out, "\\%02x", (unsigned char)*p);
        else
            fputc(*p, out);
    fputc('"', out);
}

void text_name(FILE *out, const char *name) {
    if (is_plain(name, true, false))
        fputs(name, out);
    else
        quote(out, name);
}

static void class_part(FILE *out, const char *name) {
    fputc('.', out);
    if (is_plain(name, false, true))
        fputs(name, out);
    else
        quote(out, name);
}

static void symbol(const IrText *text, uint32_t number) {
    fputc('@', text->out);
    if (number < text->module->symbol_count)
        text_name(text->out, aot_name(text->module, text->module->symbol_names[number]));
    else
        fputc('?', text->out);
}

uint32_t text_find_class(const AotModule *module, const char *record, const char *field) {
    for (uint32_t i = 0; i < module->class_count; i++)
        if (strcmp(aot_name(module, module->classes[i].record), record) == 0 &&
            strcmp(aot_name(module, module->classes[i].field), field) == 0)
            return i;
    return UINT32_MAX;
}

static void access_class(const IrText *text, uint32_t number) {
    const AotModule *m = text->module;
    uint32_t class = number & ~IR_VOLATILE;
    if (class != IR_CLASS_ANY) {
        const char *record = "", *field = "";
        if (class < m->class_count) {
            record = aot_name(m, m->classes[class].record);
            field = aot_name(m, m->classes[class].field);
        }
        fputc(' ', text->out);
        if (record[0] != 0 && text_find_class(m, record, field) == class) {
            class_part(text->out, record);
            class_part(text->out, field);
        } else {
            fprintf(text->out, "class %" PRIu32, class);
        }
    }
    if (number & IR_VOLATILE)
        fputs(" volatile", text->out);
}

/* The shortest decimal number that reads back as the same bits. */
static void floating(FILE *out, uint8_t type, uint64_t bits) {
    char digits[64];
    double value;
    float narrow;
    uint32_t low = (uint32_t)bits;
    memcpy(&value, &bits, sizeof value);
    memcpy(&narrow, &low, sizeof narrow);
    if (type == IR_F32)
        value = narrow;
    if (value != value) {
        fprintf(out, "nan:0x%" PRIx64, bits);
        return;
    }
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (type == IR_F32 ? strtof(digits, NULL) == narrow : strtod(digits, NULL) == value)
            break;
    }
    fputs(digits, out);
    if (strpbrk(digits, ".ein") == NULL) /* also "inf" */
        fputs(".0", out);
}

static void constant(const IrText *text, uint8_t type, uint64_t bits) {
    unsigned shift = 64 - ir_type_bits(type);
    switch (type) {
    case IR_I1:
        fprintf(text->out, "%u", (unsigned)bits);
        break;
    case IR_I8:
    case IR_I16:
    case IR_I32:
    case IR_I64:
        fprintf(text->out, "%" PRId64, (int64_t)(bits << shift) >> shift);
        break;
    case IR_PTR:
        if (bits == 0)
            fputs("null", text->out);
        else
            fprintf(text->out, "0x%" PRIx64, bits);
        break;
    case IR_F32:
    case IR_F64:
        floating(text->out, type, bits);
        break;
    default:
        fputc('?', text->out);
    }
}

static void type_name(FILE *out, uint32_t type) {
    fputs(type < IR_TYPE_COUNT ? ir_type_names[type] : "?", out);
}

void text_value(const IrText *text, IrRef ref, uint8_t implied) {
    uint32_t index = ir_index(ref), known = UINT32_MAX;
    uint8_t type;
    uint64_t bits;
    if (ref == IR_NONE) {
        fputc('-', text->out);
        return;
    }
    switch (ref & IR_KIND_MASK) {
    case IR_INSN:
        fprintf(text->out, "%%%" PRIu32, index);
        return;
    case IR_SYMBOL:
        symbol(text, index);
        return;
    case IR_CONST:
        if (text->trace != NULL && index < text->trace->const_count) {
            type = text->trace->consts[index].type;
            bits = text->trace->consts[index].bits;
            known = text->trace->consts[index].symbol;
            break;
        }
        if (text->trace == NULL && index < text->module->const_count) {
            type = (uint8_t)text->module->consts[index].type;
            bits = text->module->consts[index].bits;
            break;
        }
        /* fall through */
    default:
        fputc('?', text->out);
        return;
    }
    if (known != UINT32_MAX) {
        symbol(text, known);
        return;
    }
    if (type != implied) {
        type_name(text->out, type);
        fputc(' ', text->out);
    }
    constant(text, type, bits);
}

void text_slots(const IrText *text, const IrRef *refs, uint32_t count) {
    while (count > 0 && refs[count - 1] == IR_NONE)
        count--;
    fputc('[', text->out);
    for (uint32_t i = 0; i < count; i++) {
        fputs(i == 0 ? "" : ", ", text->out);
        text_value(text, refs[i], TEXT_ANY);
    }
    fputc(']', text->out);
}

uint8_t text_operand_type(const IrInsn *insn, unsigned operand, const AotFunction *function) {
    switch (ir_op_types[insn->op][operand]) {
    case 't':
        return insn->type;
    case 'o':
        return (uint8_t)insn->aux;
    case 'b':
        return IR_I1;
    case 'p':
        return IR_PTR;
    case 'l':
        return IR_I64;
    case 'r':
        return function != NULL ? function->return_type : TEXT_ANY;
    default:
        return TEXT_ANY;
    }
}

/* `count` numbers from `first` of the list of extra operands, or NULL. */
static const uint32_t *extras(const IrText *text, uint32_t first, uint64_t count) {
    const uint32_t *list = text->trace != NULL ? text->trace->extras : text->module->extras;
    uint32_t size = text->trace != NULL ? text->trace->extra_count : text->module->extra_count;
    return first <= size && count <= size - first ? list + first : NULL;
}

static void arguments(const IrText *text, const IrInsn *insn) {
    const uint32_t *list = extras(text, insn->b, insn->c);
    fputc('(', text->out);
    for (uint32_t i = 0; list != NULL && i < insn->c; i++) {
        fputs(i == 0 ? "" : ", ", text->out);
        text_value(text, list[i], TEXT_ANY);
    }
    fputs(list == NULL ? "?)" : ")", text->out);
}

static void effects(FILE *out, unsigned bits) {
    if ((bits & (IR_MAY_ANYTHING | IR_NEVER_RETURNS | IR_OWN_MEMORY)) == 0)
        fputs(" pure", out);
    if ((bits & IR_MAY_ANYTHING) == IR_MAY_ANYTHING) {
        fputs(" anything", out);
        bits &= ~(unsigned)IR_MAY_ANYTHING;
    }
#define X(bit, word)                                                                               \
    if (bits & bit)                                                                                \
        fputs(" " word, out);
    TEXT_EFFECTS(X)
#undef X
}

static void phi(const IrText *text, const IrInsn *insn) {
    const uint32_t *list = extras(text, insn->a, 2 * (uint64_t)insn->b);
    for (uint32_t i = 0; list != NULL && i < insn->b; i++) {
        fprintf(text->out, "%s[@%" PRIu32 ": ", i == 0 ? "" : ", ", list[2 * i]);
        text_value(text, list[2 * i + 1], insn->type);
        fputc(']', text->out);
    }
    if (list == NULL)
        fputc('?', text->out);
}

static void switch_cases(const IrText *text, const IrInsn *insn) {
    const uint32_t *list = extras(text, insn->b, 2 * (uint64_t)insn->c + 1);
    if (list == NULL) {
        fputc('?', text->out);
        return;
    }
    fprintf(text->out, "default @%" PRIu32, list[0]);
    for (uint32_t i = 0; i < insn->c; i++) {
        fputs(", [", text->out);
        text_value(text, list[2 * i + 1], (uint8_t)insn->aux);
        fprintf(text->out, ": @%" PRIu32 "]", list[2 * i + 2]);
    }
}

/* What one letter of a pattern stands for. */
static void element(const IrText *text, const IrInsn *insn, char letter) {
    FILE *out = text->out;
    const uint32_t *list;
    switch (letter) {
    case 't':
        type_name(out, insn->type);
        break;
    case 'o':
        type_name(out, insn->aux);
        break;
    case 'a':
        text_value(text, insn->a, text_operand_type(insn, 0, text->function));
        break;
    case 'b':
        text_value(text, insn->b, text_operand_type(insn, 1, text->function));
        break;
    case 'c':
        text_value(text, insn->c, text_operand_type(insn, 2, text->function));
        break;
    case 'i':
        fprintf(out, "%" PRIu32, insn->a);
        break;
    case 'j':
        fprintf(out, "%" PRIu32, insn->b);
        break;
    case 'A':
        text_value(text, insn->a, IR_PTR);
        if (insn->aux != 0)
            fprintf(out, "%+d", (int16_t)insn->aux);
        break;
    case 'C':
        access_class(text, insn->c);
        break;
    case 'r':
        if (insn->b != 0)
            fprintf(out, " region %" PRIu32, insn->b);
        break;
    case 'n':
        fprintf(out, "%d", (int16_t)insn->aux);
        break;
    case 'R':
        fprintf(out, "%" PRIu32, insn->c);
        break;
    case 'p':
        fputs(insn->c < 16 && ir_fcmp_names[insn->c] ? ir_fcmp_names[insn->c] : "?", out);
        break;
    case 'f':
        fputs(insn->c < IR_MATH_COUNT ? ir_math_names[insn->c] : "?", out);
        break;
    case 'l':
        arguments(text, insn);
        break;
    case 'e':
        effects(out, insn->aux);
        break;
    case 's':
        fprintf(out, "#%" PRIu32, insn->c);
        break;
    case 'K':
        fprintf(out, "@%" PRIu32, insn->a);
        break;
    case 'L':
        fprintf(out, "@%" PRIu32, insn->b);
        break;
    case 'M':
        fprintf(out, "@%" PRIu32, insn->c);
        break;
    case 'P':
        phi(text, insn);
        break;
    case 'S':
        switch_cases(text, insn);
        break;
    case 'V':
        if ((list = extras(text, insn->a, insn->b)) != NULL)
            text_slots(text, list, insn->b);
        else
            fputc('?', out);
        break;
    }
}

void text_insn(const IrText *text, const IrInsn *insn, uint32_t number) {
    if (insn->op >= IR_OP_COUNT) {
        fprintf(text->out, "? op %u", insn->op);
        return;
    }
    const char *pattern = ir_op_patterns[insn->op];
    if (ir_has_result(insn))
        fprintf(text->out, "%%%" PRIu32 " = ", number);
    if (pattern[0] != '%' || pattern[1] != 'f') {
        fputs(ir_op_names[insn->op], text->out);
        fputs(pattern[0] != 0 ? " " : "", text->out);
    }
    for (const char *p = pattern; *p; p++)
        if (*p == '%')
            element(text, insn, *++p);
        else
            fputc(*p, text->out);
}
