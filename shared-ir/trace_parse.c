/* Reads the text of a trace. What stands behind an operation's name is read by the same pattern
 * (signatures.def) that the printer writes by.
 *
 * A first pass numbers the instructions and notes their labels, so that any operand may refer to
 * any instruction. Nothing but the form is checked: trace_verify does the rest. */
#include "text.h"

#include "../runtime/memory.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LABEL = 1 << 20, MAX_NAME = 512, MAX_LIST = 4096 };

typedef struct Parser {
    const char *at; /* next character */
    unsigned line;
    Trace *t;
    uint32_t *labels; /* instruction number + 1 of each label; 0: none */
    uint32_t label_count;
    char name[MAX_NAME], second_name[MAX_NAME];
    IrRef list[MAX_LIST];
    char *error;
    jmp_buf failed;
} Parser;

__attribute__((format(printf, 2, 3), noreturn)) static void fail(Parser *p, const char *format,
                                                                 ...) {
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0)
        message = NULL;
    va_end(arguments);
    if (asprintf(&p->error, "%u: %s", p->line, message != NULL ? message : "out of memory") < 0)
        p->error = NULL;
    free(message);
    longjmp(p->failed, 1);
}

/* ---- characters and words ------------------------------------------------------------------- */

static void skip_blanks(Parser *p) {
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static bool at_line_end(Parser *p) {
    skip_blanks(p);
    return *p->at == 0 || *p->at == '\n' || *p->at == '\r' || (p->at[0] == '/' && p->at[1] == '/');
}

/* To the start of the next line that is not empty; false: none. */
static bool next_line(Parser *p) {
    while (at_line_end(p)) {
        p->at += strcspn(p->at, "\n");
        if (*p->at == 0)
            return false;
        p->at++;
        p->line++;
    }
    return true;
}

static bool accept(Parser *p, const char *text) {
    skip_blanks(p);
    size_t length = strlen(text);
    if (strncmp(p->at, text, length) != 0)
        return false;
    /* A word ends where it ends. */
    if (isalnum((unsigned char)text[length - 1]) &&
        (isalnum((unsigned char)p->at[length]) || p->at[length] == '_'))
        return false;
    p->at += length;
    return true;
}

static void expect(Parser *p, const char *text) {
    if (!accept(p, text))
        fail(p, "'%s' expected at '%.*s'", text, (int)strcspn(p->at, "\n"), p->at);
}

static uint64_t number(Parser *p, uint64_t max) {
    skip_blanks(p);
    if (!isdigit((unsigned char)*p->at))
        fail(p, "number expected at '%.*s'", (int)strcspn(p->at, "\n"), p->at);
    char *end;
    errno = 0;
    uint64_t value = strtoull(p->at, &end, p->at[0] == '0' && p->at[1] == 'x' ? 16 : 10);
    if (errno != 0 || value > max)
        fail(p, "number too large");
    p->at = end;
    return value;
}

/* A name, plain or in quotes, into p->name. */
static void name(Parser *p, bool dots) {
    size_t length = 0;
    bool quoted = *p->at == '"';
    if (quoted)
        p->at++;
    while (quoted ? *p->at != '"'
                  : isalnum((unsigned char)*p->at) || *p->at == '_' || *p->at == '$' ||
                        (dots && *p->at == '.')) {
        char c = *p->at++;
        if (quoted && c == '\\') {
            char digits[3] = {p->at[0], p->at[0] != 0 ? p->at[1] : (char)0, 0};
            if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
                fail(p, "two hexadecimal digits expected behind '\\'");
            c = (char)strtoul(digits, NULL, 16);
            p->at += 2;
        } else if (c == 0 || c == '\n') {
            fail(p, "name does not end");
        }
        if (length == MAX_NAME - 1)
            fail(p, "name too long");
        p->name[length++] = c;
    }
    if (quoted)
        p->at++;
    else if (length == 0)
        fail(p, "name expected at '%.*s'", (int)strcspn(p->at, "\n"), p->at);
    p->name[length] = 0;
}

/* Index of the next word in a table, or -1 and nothing is read. */
static int word(Parser *p, const char *const *words, int count) {
    for (int i = 0; i < count; i++)
        if (words[i] != NULL && accept(p, words[i]))
            return i;
    return -1;
}

static uint8_t type(Parser *p) {
    int found = word(p, ir_type_names, IR_TYPE_COUNT);
    if (found < 0)
        fail(p, "type expected at '%.*s'", (int)strcspn(p->at, "\n"), p->at);
    return (uint8_t)found;
}

/* ---- values --------------------------------------------------------------------------------- */

static IrRef symbol(Parser *p) {
    const AotModule *m = p->t->module;
    name(p, true);
    for (uint32_t i = 0; i < m->symbol_count; i++)
        if (strcmp(aot_name(m, m->symbol_names[i]), p->name) == 0)
            return trace_symbol(p->t, i);
    fail(p, "no symbol @%s", p->name);
}

static IrRef floating(Parser *p, uint8_t type) {
    char *end;
    uint64_t bits = 0;
    if (accept(p, "nan:"))
        return trace_const(p->t, type, number(p, ir_type_mask(type)));
    if (type == IR_F32) {
        float value = strtof(p->at, &end);
        memcpy(&bits, &value, sizeof value);
    } else {
        double value = strtod(p->at, &end);
        memcpy(&bits, &value, sizeof value);
    }
    if (p->at == end)
        fail(p, "number expected");
    p->at = end;
    return trace_const(p->t, type, bits);
}

static IrRef integer(Parser *p, uint8_t type) {
    bool negative = accept(p, "-");
    uint64_t value = number(p, UINT64_MAX), mask = ir_type_mask(type);
    if (type == IR_PTR ? negative : value > (negative ? mask / 2 + 1 : mask))
        fail(p, "number does not fit %s", ir_type_names[type]);
    return trace_const(p->t, type, negative ? -value : value);
}

static IrRef value(Parser *p, uint8_t implied) {
    skip_blanks(p);
    if (*p->at == '%') {
        p->at++;
        uint64_t label = number(p, MAX_LABEL);
        if (label >= p->label_count || p->labels[label] == 0)
            fail(p, "no instruction %%%" PRIu64, label);
        return IR_INSN | (p->labels[label] - 1);
    }
    if (accept(p, "@"))
        return symbol(p);
    if (*p->at == '-' && !isalnum((unsigned char)p->at[1])) {
        p->at++;
        return IR_NONE;
    }
    int given = word(p, ir_type_names, IR_TYPE_COUNT);
    uint8_t type = given >= 0 ? (uint8_t)given : implied;
    skip_blanks(p);
    if (type == TEXT_ANY || type == IR_VOID)
        fail(p, "the constant '%.*s' needs a type in front", (int)strcspn(p->at, ",)]\n"), p->at);
    if (type == IR_PTR && accept(p, "null"))
        return trace_const(p->t, IR_PTR, 0);
    if (type == IR_PTR && accept(p, "@"))
        return symbol(p);
    return ir_is_float(type) ? floating(p, type) : integer(p, type);
}

/* Values up to `close` into p->list; `result`: index of the word "result", if that is allowed. */
static uint32_t values(Parser *p, const char *close, uint16_t *result) {
    uint32_t count = 0;
    while (!accept(p, close)) {
        if (count != 0)
            expect(p, ",");
        if (count == MAX_LIST)
            fail(p, "too many values");
        if (result != NULL && accept(p, "result")) {
            *result = (uint16_t)count;
            p->list[count++] = IR_NONE;
        } else {
            p->list[count++] = value(p, TEXT_ANY);
        }
    }
    return count;
}

/* ---- instructions --------------------------------------------------------------------------- */

static uint32_t access_class(Parser *p) {
    uint32_t class = IR_CLASS_ANY;
    if (accept(p, ".")) {
        name(p, false);
        strcpy(p->second_name, p->name);
        expect(p, ".");
        name(p, false);
        class = text_find_class(p->t->module, p->second_name, p->name);
        if (class == UINT32_MAX)
            fail(p, "no class .%s.%s", p->second_name, p->name);
    } else if (accept(p, "class")) {
        class = (uint32_t)number(p, ~IR_VOLATILE);
    }
    return accept(p, "volatile") ? class | IR_VOLATILE : class;
}

static uint16_t offset(Parser *p) {
    bool negative = accept(p, "-");
    if (!negative && !accept(p, "+"))
        return 0;
    uint64_t value = number(p, negative ? 0x8000 : 0x7fff);
    return (uint16_t)(negative ? -value : value);
}

static uint16_t effects(Parser *p) {
    unsigned bits = accept(p, "anything") ? IR_MAY_ANYTHING : 0;
    accept(p, "pure");
#define X(bit, word)                                                                               \
    if (accept(p, word))                                                                           \
        bits |= bit;
    TEXT_EFFECTS(X)
#undef X
    return (uint16_t)bits;
}

static void element(Parser *p, IrInsn *insn, char letter) {
    switch (letter) {
    case 't':
        insn->type = type(p);
        break;
    case 'o':
        insn->aux = type(p);
        break;
    case 'a':
        insn->a = value(p, text_operand_type(insn, 0, NULL));
        break;
    case 'b':
        insn->b = value(p, text_operand_type(insn, 1, NULL));
        break;
    case 'c':
        insn->c = value(p, text_operand_type(insn, 2, NULL));
        break;
    case 'i':
        insn->a = (uint32_t)number(p, UINT32_MAX);
        break;
    case 'j':
        insn->b = (uint32_t)number(p, UINT32_MAX);
        break;
    case 'A':
        insn->a = value(p, IR_PTR);
        insn->aux = offset(p);
        break;
    case 'C':
        insn->c = access_class(p);
        break;
    case 'r':
        skip_blanks(p);
        if (strncmp(p->at, "region ", 7) == 0) {
            p->at += 7;
            insn->b = (uint32_t)number(p, AOT_MAX_REGIONS);
        }
        break;
    case 'n':
        insn->aux = (uint16_t)number(p, INT16_MAX);
        break;
    case 'R':
        insn->c = (uint32_t)number(p, AOT_MAX_REGIONS);
        break;
    case 'p': {
        int found = word(p, ir_fcmp_names, 16);
        if (found < 0)
            fail(p, "predicate of fcmp expected at '%.*s'", (int)strcspn(p->at, "\n"), p->at);
        insn->c = (uint32_t)found;
        break;
    }
    case 'f':
        break; /* operation() has read it */
    case 'l':
        expect(p, "(");
        insn->c = values(p, ")", NULL);
        insn->b = trace_extras(p->t, p->list, insn->c);
        break;
    case 'e':
        insn->aux = effects(p);
        break;
    case 's':
        expect(p, "#");
        insn->c = (uint32_t)number(p, UINT32_MAX);
        break;
    }
}

static void operation(Parser *p, IrInsn *insn) {
    skip_blanks(p);
    const char *start = p->at;
    int found = word(p, ir_op_names, IR_OP_COUNT);
    if (found == IR_MATH1 || found == IR_MATH2) { /* the function's name stands for them */
        p->at = start;
        found = -1;
    }
    if (found < 0) {
        int math = word(p, ir_math_names, IR_MATH_COUNT);
        if (math >= 0) {
            insn->c = (uint32_t)math;
            found = ir_math_operands[math] == 1 ? IR_MATH1 : IR_MATH2;
        }
    }
    if (found == IR_TRUNC) { /* of C, if it is of floating point */
        start = p->at;
        if (ir_is_float(type(p))) {
            insn->c = IR_MATH_FTRUNC;
            found = IR_MATH1;
        }
        p->at = start;
    }
    if (found < 0)
        fail(p, "no operation '%.*s'", (int)strcspn(p->at, " \n"), p->at);
    if (ir_op_forms[found] == 'A')
        fail(p, "'%s' is no operation of traces", ir_op_names[found]);
    insn->op = (uint8_t)found;
    char result = ir_op_results[found];
    insn->type = result == 'b' ? IR_I1 : result == 'p' ? IR_PTR : IR_VOID;
}

/* All but the label. */
static IrInsn instruction(Parser *p) {
    IrInsn insn = {0};
    operation(p, &insn);
    for (const char *pattern = ir_op_patterns[insn.op]; *pattern; pattern++) {
        char literal[16] = {*pattern}; /* a word or another character */
        if (*pattern == '%') {
            element(p, &insn, *++pattern);
        } else if (*pattern != ' ') {
            for (size_t i = 0; isalpha((unsigned char)literal[i]); i++)
                if (isalpha((unsigned char)pattern[1]))
                    literal[i + 1] = *++pattern;
            expect(p, literal);
        }
    }
    return insn;
}

static void labelled_instruction(Parser *p) {
    bool labelled = accept(p, "%");
    if (labelled) {
        number(p, MAX_LABEL);
        expect(p, "=");
    }
    IrInsn insn = instruction(p);
    if (labelled && !ir_has_result(&insn))
        fail(p, "'%s' has no result", ir_op_names[insn.op]);
    trace_append(p->t, insn);
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void snapshot(Parser *p) {
    Trace *t = p->t;
    if (number(p, UINT32_MAX) != t->snapshot_count)
        fail(p, "snapshot #%" PRIu32 " expected", t->snapshot_count);
    expect(p, ":");
    expect(p, "merge");
    uint32_t index = trace_snapshot_begin(t, (uint32_t)number(p, UINT32_MAX));
    if (accept(p, "flags"))
        t->snapshots[index].flags = (uint16_t)number(p, UINT16_MAX);
    if (accept(p, "[")) {
        uint32_t count = values(p, "]", NULL);
        if (count > TRACE_VECTOR_SLOTS)
            fail(p, "more than %u slots", TRACE_VECTOR_SLOTS);
        while (count < TRACE_VECTOR_SLOTS)
            p->list[count++] = IR_NONE;
        trace_snapshot_vector(t, index, p->list);
        return;
    }
    if (at_line_end(p))
        fail(p, "slots or frames expected");
    while (accept(p, ";")) {
        TraceFrame frame = {.function = UINT32_MAX, .result = UINT16_MAX};
        skip_blanks(p);
        name(p, true);
        for (uint32_t i = 0; i < t->module->function_count && frame.function == UINT32_MAX; i++)
            if (strcmp(aot_name(t->module, t->module->functions[i].name), p->name) == 0)
                frame.function = i;
        if (frame.function == UINT32_MAX)
            fail(p, "no function %s", p->name);
        expect(p, "@");
        frame.block = (uint32_t)number(p, UINT32_MAX);
        expect(p, "(");
        frame.value_count = (uint16_t)values(p, ")", &frame.result);
        if (accept(p, "frame"))
            frame.frame_offset = (uint32_t)number(p, UINT32_MAX);
        trace_snapshot_frame(t, index, frame, p->list);
    }
}

/* Of the snapshot that stands above. */
static void pending(Parser *p) {
    if (p->t->snapshot_count == 0)
        fail(p, "a pending store without a snapshot");
    IrInsn store = instruction(p);
    if (store.op != IR_STORE)
        fail(p, "'%s' cannot be pending", ir_op_names[store.op]);
    trace_snapshot_pending(p->t, p->t->snapshot_count - 1, store);
}

static void merge(Parser *p) {
    uint64_t pc, unit = 0;
    if (number(p, UINT32_MAX) != p->t->merge_count)
        fail(p, "merge %" PRIu32 " expected", p->t->merge_count);
    expect(p, ":");
    expect(p, "pc");
    pc = number(p, UINT64_MAX);
    if (accept(p, "unit"))
        unit = number(p, UINTPTR_MAX);
    trace_merge(p->t, pc, (void *)(uintptr_t)unit);
}

static void end(Parser *p) {
    if (accept(p, "loop")) {
        p->t->end = TRACE_LOOP;
    } else if (accept(p, "return")) {
        p->t->end = TRACE_RETURN;
    } else {
        expect(p, "exit");
        p->t->end = TRACE_EXIT;
    }
    if (accept(p, "#"))
        p->t->end_snapshot = (uint32_t)number(p, UINT32_MAX);
}

enum LineKind { LINE_MERGE, LINE_END, LINE_SNAPSHOT, LINE_PENDING, LINE_INSN };

/* Reads the word that says it, if it is no instruction. */
static enum LineKind line_kind(Parser *p) {
    const char *start = p->at;
    if (accept(p, "#"))
        return LINE_SNAPSHOT;
    if (accept(p, "pending"))
        return LINE_PENDING;
    if (accept(p, "end"))
        return LINE_END;
    if (accept(p, "merge")) {
        skip_blanks(p);
        const char *behind = p->at + strspn(p->at, "0123456789");
        if (*behind == ':')
            return LINE_MERGE;
        p->at = start;
    }
    return LINE_INSN;
}

static void header(Parser *p) {
    if (!next_line(p))
        fail(p, "'trace' expected");
    expect(p, "trace");
    p->t->side = accept(p, "side");
    if (accept(p, "frames"))
        p->t->frame_bytes = (uint32_t)number(p, UINT32_MAX);
    if (!at_line_end(p))
        fail(p, "unexpected '%.*s'", (int)strcspn(p->at, "\n"), p->at);
}

/* Numbers the instructions. */
static void collect_labels(Parser *p) {
    uint32_t insns = 0;
    header(p);
    for (; next_line(p); p->at += strcspn(p->at, "\n")) {
        if (line_kind(p) != LINE_INSN)
            continue;
        insns++;
        if (!accept(p, "%"))
            continue;
        uint32_t label = (uint32_t)number(p, MAX_LABEL);
        if (label >= p->label_count) {
            uint32_t count = 2 * label + 16;
            uint32_t *grown = memory_reallocate(p->labels, count * sizeof *grown);
            if (grown == NULL)
                fail(p, "out of memory");
            memset(grown + p->label_count, 0, (count - p->label_count) * sizeof *grown);
            p->labels = grown;
            p->label_count = count;
        }
        if (p->labels[label] != 0)
            fail(p, "%%%" PRIu32 " stands twice", label);
        p->labels[label] = insns;
    }
}

static void parse(Parser *p, const char *text) {
    p->at = text;
    p->line = 1;
    collect_labels(p);
    p->at = text;
    p->line = 1;
    header(p);
    while (next_line(p)) {
        switch (line_kind(p)) {
        case LINE_MERGE:
            merge(p);
            break;
        case LINE_END:
            end(p);
            break;
        case LINE_SNAPSHOT:
            snapshot(p);
            break;
        case LINE_PENDING:
            pending(p);
            break;
        case LINE_INSN:
            labelled_instruction(p);
            break;
        }
        if (!at_line_end(p))
            fail(p, "unexpected '%.*s'", (int)strcspn(p->at, "\n"), p->at);
        if (p->t->out_of_memory)
            fail(p, "out of memory");
    }
}

Trace *trace_parse(const AotModule *module, const char *text, char **error) {
    *error = NULL;
    Parser *p = memory_allocate_zeroed(sizeof *p);
    Trace *volatile t = p != NULL ? trace_new(module) : NULL;
    if (t == NULL) {
        memory_free(p);
        *error = strdup("1: out of memory");
        return NULL;
    }
    p->t = t;
    locale_t before = uselocale(text_locale());
    if (setjmp(p->failed) == 0) {
        parse(p, text);
    } else {
        *error = p->error;
        trace_free(t);
        t = NULL;
    }
    uselocale(before);
    memory_free(p->labels);
    memory_free(p);
    return t;
}
