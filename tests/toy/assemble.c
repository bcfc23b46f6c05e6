/* The toy's assembler. A line is an instruction, a label, or the start of a function:
 *
 *     function max a b        ; "max" takes two arguments
 *         local unused        ; more locals
 *         get a
 *         get b
 *         less other          ; a jump to a label
 *         get a
 *         return
 *     other:
 *         get b
 *         return
 *
 * `const`, `addconst` take a number, `getglobal`, `setglobal` a name. `;` starts a comment. */
#include "toy.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CODE = 1 << 12, NAMES = 64, NAME = 32, FIXUPS = 128, CONSTANTS = 256 };

typedef struct Assembler {
    ToyVM *vm;
    const char *file;
    unsigned line;
    char function[NAME]; /* "": none yet */
    uint8_t code[CODE];
    unsigned size, pushes;
    ToyValue constants[CONSTANTS];
    unsigned constant_count;
    char locals[NAMES][NAME];
    unsigned argument_count, local_count;
    struct {
        char name[NAME];
        unsigned at;
    } labels[NAMES], fixups[FIXUPS];
    unsigned label_count, fixup_count;
} Assembler;

static bool fail(Assembler *a, const char *format, ...) {
    va_list arguments;
    int used = snprintf(a->vm->message, sizeof a->vm->message, "%s:%u: ", a->file, a->line);
    va_start(arguments, format);
    if (used > 0 && (size_t)used < sizeof a->vm->message)
        vsnprintf(a->vm->message + used, sizeof a->vm->message - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

static bool resolve(Assembler *a) {
    for (unsigned i = 0; i < a->fixup_count; i++) {
        unsigned k = 0;
        while (k < a->label_count && strcmp(a->labels[k].name, a->fixups[i].name) != 0)
            k++;
        if (k == a->label_count)
            return fail(a, "no label '%s' in function %s", a->fixups[i].name, a->function);
        int offset = (int)a->labels[k].at - (int)a->fixups[i].at - 2;
        a->code[a->fixups[i].at] = (uint8_t)offset;
        a->code[a->fixups[i].at + 1] = (uint8_t)(offset >> 8);
    }
    return true;
}

static bool finish(Assembler *a) {
    if (a->function[0] == '\0')
        return true;
    if (!resolve(a))
        return false;
    ToyValue *constants = malloc(a->constant_count * sizeof *constants + 1);
    if (constants == NULL)
        abort();
    memcpy(constants, a->constants, a->constant_count * sizeof *constants);
    ToyFunction *f =
        toy_function_new(a->vm, a->function, a->code, a->size, constants, a->constant_count);
    f->argument_count = a->argument_count;
    f->local_count = a->local_count;
    f->stack_size = a->local_count + a->pushes;
    return true;
}

static bool add_local(Assembler *a, const char *name) {
    if (a->local_count == NAMES)
        return fail(a, "too many locals");
    snprintf(a->locals[a->local_count++], NAME, "%s", name);
    return true;
}

static bool start(Assembler *a, char **words, unsigned count) {
    if (!finish(a))
        return false;
    if (count < 2)
        return fail(a, "a function needs a name");
    snprintf(a->function, NAME, "%s", words[1]);
    a->size = a->pushes = a->constant_count = a->local_count = a->label_count = a->fixup_count = 0;
    for (unsigned i = 2; i < count; i++)
        if (!add_local(a, words[i]))
            return false;
    a->argument_count = a->local_count;
    return true;
}

static int constant(Assembler *a, ToyValue value) {
    for (unsigned i = 0; i < a->constant_count; i++)
        if (a->constants[i].type == value.type && a->constants[i].i == value.i)
            return (int)i;
    if (a->constant_count == CONSTANTS)
        return -1;
    a->constants[a->constant_count] = value;
    return (int)a->constant_count++;
}

static bool operand(Assembler *a, char kind, const char *word) {
    char *end = "";
    int value = -1;
    switch (kind) {
    case 'J':
        if (a->fixup_count == FIXUPS)
            return fail(a, "too many jumps");
        snprintf(a->fixups[a->fixup_count].name, NAME, "%s", word);
        a->fixups[a->fixup_count++].at = a->size;
        a->size += 2;
        return true;
    case 'K':
        if (strpbrk(word, ".en") != NULL)
            value = constant(a, (ToyValue){TOY_FLOAT, {.d = strtod(word, &end)}});
        else
            value = constant(a, toy_int((int64_t)strtoll(word, &end, 0)));
        break;
    case 'G':
        value = constant(a, (ToyValue){TOY_GLOBAL, {.global = toy_global(a->vm, word)}});
        break;
    case 'L':
        for (unsigned i = 0; i < a->local_count; i++)
            if (strcmp(a->locals[i], word) == 0)
                value = (int)i;
        break;
    default:
        value = (int)strtol(word, &end, 10);
        break;
    }
    if (value < 0 || value > UINT8_MAX || *end != '\0')
        return fail(a, "bad operand '%s'", word);
    a->code[a->size++] = (uint8_t)value;
    return true;
}

static bool instruction(Assembler *a, char **words, unsigned count) {
    static const struct {
        const char *name;
        char operand;
    } opcodes[] = {
#define X(name, operand) {#name, operand},
        TOY_OPCODES(X)
#undef X
    };
    for (unsigned i = 0; i < sizeof opcodes / sizeof *opcodes; i++)
        if (strcasecmp(opcodes[i].name, words[0]) == 0) {
            if (count != 1u + (opcodes[i].operand != 0))
                return fail(a, "wrong number of operands");
            if (a->size + 3 > CODE)
                return fail(a, "the function is too long");
            a->code[a->size++] = (uint8_t)i;
            a->pushes++;
            return count == 1 || operand(a, opcodes[i].operand, words[1]);
        }
    return fail(a, "no instruction '%s'", words[0]);
}

static bool statement(Assembler *a, char **words, unsigned count) {
    size_t length = strlen(words[0]);
    if (strcmp(words[0], "function") == 0)
        return start(a, words, count);
    if (a->function[0] == '\0')
        return fail(a, "no function has been started");
    if (strcmp(words[0], "local") == 0) {
        for (unsigned i = 1; i < count; i++)
            if (!add_local(a, words[i]))
                return false;
        return true;
    }
    if (words[0][length - 1] == ':' && count == 1) {
        if (a->label_count == NAMES)
            return fail(a, "too many labels");
        snprintf(a->labels[a->label_count].name, NAME, "%.*s", (int)length - 1, words[0]);
        a->labels[a->label_count++].at = a->size;
        return true;
    }
    return instruction(a, words, count);
}

bool toy_assemble(ToyVM *vm, const char *name, const char *text) {
    Assembler *a = calloc(1, sizeof *a);
    if (a == NULL)
        abort();
    a->vm = vm;
    a->file = name;
    bool fine = true;
    while (fine && *text != '\0') {
        char line[256], *words[16], *rest = NULL;
        unsigned count = 0;
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)strcspn(text, ";\n"), text);
        text += length + (text[length] == '\n');
        a->line++;
        for (char *w = strtok_r(line, " \t", &rest); w != NULL && count < 16;
             w = strtok_r(NULL, " \t", &rest))
            words[count++] = w;
        fine = count == 0 || statement(a, words, count);
    }
    fine = fine && finish(a);
    free(a);
    return fine;
}

bool toy_load(ToyVM *vm, const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        snprintf(vm->message, sizeof vm->message, "cannot read %s", path);
        return false;
    }
    static const size_t most = 1 << 16;
    char *text = calloc(1, most + 1);
    if (text == NULL)
        abort();
    size_t size = fread(text, 1, most, file);
    fclose(file);
    text[size] = '\0';
    const char *base = strrchr(path, '/');
    bool fine = toy_assemble(vm, base != NULL ? base + 1 : path, text);
    free(text);
    return fine;
}
