/* The tables of operations: ops.def and signatures.def fit each other, and docs/ir.md lists what
 * they say. YK_UPDATE_DOCS=1 in the environment writes the list anew. */
#include "shared-ir/ir.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const order_of_signatures[] = {
#define X(name, text, result, aux, types, pattern) #name,
#include "shared-ir/signatures.def"
#undef X
};
static const struct {
    const char *name, *flags;
} order_of_ops[] = {
#define X(name, form, operands, flags) {#name, flags},
#include "shared-ir/ops.def"
#undef X
};

Test(ir, both_tables_list_the_same_operations_in_the_same_order) {
    cr_assert_eq(sizeof order_of_signatures / sizeof *order_of_signatures, IR_OP_COUNT);
    for (int i = 0; i < IR_OP_COUNT; i++)
        cr_assert_str_eq(order_of_signatures[i], order_of_ops[i].name);
}

Test(ir, names) {
    for (int i = 0; i < IR_OP_COUNT; i++) {
        for (size_t j = 0; order_of_ops[i].name[j]; j++)
            cr_assert_eq(ir_op_names[i][j], tolower((unsigned char)order_of_ops[i].name[j]));
        cr_assert_eq(strlen(ir_op_names[i]), strlen(order_of_ops[i].name));
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(ir_op_names[i], ir_op_names[j]);
        /* The parser tells C's trunc from the conversion by the type. */
        for (int j = 0; j < IR_MATH_COUNT; j++)
            cr_assert(strcmp(ir_op_names[i], ir_math_names[j]) != 0 ||
                      (i == IR_TRUNC && j == IR_MATH_FTRUNC));
    }
}

Test(ir, flags) {
    static const char letters[] = "PRWCGTD";
    static const uint8_t bits[] = {IR_FLAG_PURE,     IR_FLAG_READS, IR_FLAG_WRITES,
                                   IR_FLAG_COMMUTES, IR_FLAG_GUARD, IR_FLAG_TERMINATOR,
                                   IR_FLAG_PARTIAL};
    for (int i = 0; i < IR_OP_COUNT; i++) {
        uint8_t expected = 0;
        for (const char *c = order_of_ops[i].flags; *c; c++) {
            cr_assert(strchr(letters, *c), "%s: flag %c", ir_op_names[i], *c);
            expected |= bits[strchr(letters, *c) - letters];
        }
        cr_assert_eq(ir_op_flags[i], expected, "%s", ir_op_names[i]);
    }
    cr_assert_eq(ir_op_flags[IR_ADD], IR_FLAG_PURE | IR_FLAG_COMMUTES);
    cr_assert_eq(ir_op_flags[IR_SDIV], IR_FLAG_PURE | IR_FLAG_PARTIAL);
    cr_assert_eq(ir_op_flags[IR_CALL], IR_FLAG_READS | IR_FLAG_WRITES);
}

/* Which letters of a pattern stand for which member. */
static const char *member(char letter) {
    switch (letter) {
    case 'a':
    case 'A':
    case 'i':
    case 'K':
        return "a";
    case 'b':
    case 'j':
    case 'r':
    case 'L':
        return "b";
    case 'c':
    case 'C':
    case 'p':
    case 'f':
    case 's':
    case 'R':
    case 'M':
        return "c";
    case 'l':
    case 'S':
        return "bc";
    case 'P':
    case 'V':
        return "ab";
    default:
        return "";
    }
}

Test(ir, signatures_fit_the_operands) {
    for (int i = 0; i < IR_OP_COUNT; i++) {
        const char *operands = ir_op_operands[i], *types = ir_op_types[i];
        cr_assert_eq(strlen(operands), 3);
        cr_assert_eq(strlen(types), 3);
        for (int j = 0; j < 3; j++) {
            cr_assert_eq(operands[j] == 'v', types[j] != '-', "%s", ir_op_names[i]);
            cr_assert(strchr("vilks-", operands[j]), "%s", ir_op_names[i]);
            cr_assert(strchr("toblpr*-", types[j]), "%s", ir_op_names[i]);
        }
        /* Each member that is used is printed, and no other. */
        bool printed[3] = {false};
        for (const char *p = ir_op_patterns[i]; *p; p++)
            if (*p == '%')
                for (const char *m = member(*++p); *m; m++)
                    printed[*m - 'a'] = true;
        for (int j = 0; j < 3; j++)
            cr_assert_eq(printed[j], operands[j] != '-', "%s: member %c", ir_op_names[i], 'a' + j);
        /* The type is printed where it is not fixed, and so is that in aux. */
        bool fixed = strchr("vbp", ir_op_results[i]) != NULL;
        cr_assert_eq(fixed, strstr(ir_op_patterns[i], "%t") == NULL, "%s", ir_op_names[i]);
        bool aux_type = strchr("iqf*", ir_op_auxes[i]) != NULL;
        cr_assert_eq(aux_type, strstr(ir_op_patterns[i], "%o") != NULL, "%s", ir_op_names[i]);
        cr_assert_eq(ir_op_auxes[i] == 's', strstr(ir_op_patterns[i], "%A") != NULL ||
                                                strstr(ir_op_patterns[i], "%n") != NULL);
        cr_assert_eq(ir_op_auxes[i] == 'e', strstr(ir_op_patterns[i], "%e") != NULL);
        bool ends = (ir_op_flags[i] & IR_FLAG_TERMINATOR) != 0;
        cr_assert(!ends || (ir_op_forms[i] == 'A' && ir_op_results[i] == 'v'));
    }
}

Test(ir, types) {
    cr_assert_eq(ir_type_bits(IR_I1), 1);
    cr_assert_eq(ir_type_bits(IR_I8), 8);
    cr_assert_eq(ir_type_bits(IR_F32), 32);
    cr_assert_eq(ir_type_bits(IR_PTR), 64);
    cr_assert_eq(ir_type_mask(IR_I1), 1);
    cr_assert_eq(ir_type_mask(IR_I16), 0xffff);
    cr_assert_eq(ir_type_mask(IR_F64), UINT64_MAX);
    cr_assert(ir_is_int(IR_I1) && ir_is_int(IR_I64) && !ir_is_int(IR_PTR) && !ir_is_int(IR_VOID));
    cr_assert(ir_is_float(IR_F32) && ir_is_float(IR_F64) && !ir_is_float(IR_I64));
}

Test(ir, purity) {
    IrInsn add = {.op = IR_ADD}, load = {.op = IR_LOAD}, guard = {.op = IR_GUARD};
    cr_assert(ir_is_pure(&add) && !ir_is_pure(&load) && !ir_is_pure(&guard));
    IrInsn call = {.op = IR_CALL, .aux = IR_VARIADIC | IR_SIGNED_ARGUMENTS};
    cr_assert(ir_is_pure(&call));
    for (unsigned bit = IR_MAY_READ; bit <= IR_NEVER_RETURNS; bit *= 2) {
        call.aux = (uint16_t)bit;
        cr_assert(!ir_is_pure(&call), "effect %u", bit);
    }
    IrInsn store = {.op = IR_STORE, .type = IR_I64}, exit = {.op = IR_GUARD};
    cr_assert(!ir_has_result(&store) && !ir_has_result(&exit));
    load.type = IR_I8;
    cr_assert(ir_has_result(&load));
}

/* ---- docs/ir.md ----------------------------------------------------------------------------- */

static const char *words_of_result(char letter) {
    switch (letter) {
    case 'i':
        return "integer";
    case 'f':
        return "float";
    case 'm':
        return "integer or float";
    case 'b':
        return "i1";
    case 'p':
        return "ptr";
    case 'w':
        return "none; T: any";
    case '*':
        return "any";
    case '?':
        return "any or none";
    default:
        return "none";
    }
}

static const char *words_of_element(char letter) {
    static const char *const words[][2] = {
        {"t", "T"},
        {"o", "O"},
        {"a", "a"},
        {"b", "b"},
        {"c", "c"},
        {"i", "number"},
        {"j", "number"},
        {"A", "address"},
        {"C", " class"},
        {"r", " region"},
        {"R", "number"},
        {"n", "number"},
        {"p", "predicate"},
        {"f", "function"},
        {"l", "(arguments)"},
        {"e", " effects"},
        {"s", "#snapshot"},
        {"K", "@block"},
        {"L", "@block"},
        {"M", "@block"},
        {"P", "[@block: value], ..."},
        {"S", "default @block, [constant: @block], ..."},
        {"V", "[slot, ...]"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i][0][0] == letter)
            return words[i][1];
    cr_assert_fail("no words for %%%c", letter);
    return "";
}

static void print_row(FILE *out, int op) {
    static const char *const flags[] = {"pure",  "reads",          "writes", "commutes",
                                        "guard", "ends the block", "partial"};
    const char *pattern = ir_op_patterns[op];
    fprintf(out, "| `%s`", ir_op_names[op]);
    fprintf(out, " | %s | `",
            ir_op_forms[op] == 'B'   ? "both"
            : ir_op_forms[op] == 'A' ? "ahead of time"
                                     : "traces");
    if (strncmp(pattern, "%f", 2) != 0)
        fprintf(out, "%s%s", ir_op_names[op], pattern[0] ? " " : "");
    for (const char *p = pattern; *p; p++)
        if (*p == '%')
            fputs(words_of_element(*++p), out);
        else
            fputc(*p, out);
    fprintf(out, "` | %s |", words_of_result(ir_op_results[op]));
    const char *separator = " ";
    for (int i = 0; i < 7; i++)
        if (ir_op_flags[op] & (1 << i)) {
            fprintf(out, "%s%s", separator, flags[i]);
            separator = ", ";
        }
    fputs(" |\n", out);
}

static char *read_all(const char *path) {
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    char *text = NULL;
    size_t size = 0;
    cr_assert_geq(getdelim(&text, &size, EOF, file), 0);
    fclose(file);
    return text;
}

Test(ir, documentation_lists_all_operations) {
    static const char begin[] = "<!-- operations: from ops.def and signatures.def -->\n";
    static const char end[] = "<!-- end of operations -->\n";
    char path[4096], *table = NULL;
    size_t size;
    FILE *out = open_memstream(&table, &size);
    fputs("| operation | form | text | result | |\n|---|---|---|---|---|\n", out);
    for (int i = 0; i < IR_OP_COUNT; i++)
        print_row(out, i);
    fclose(out);
    snprintf(path, sizeof path, "%.*s/../../docs/ir.md", (int)(strrchr(__FILE__, '/') - __FILE__),
             __FILE__);
    char *page = read_all(path);
    char *from = strstr(page, begin), *to = strstr(page, end);
    cr_assert(from != NULL && to != NULL && from < to);
    from += strlen(begin);
    if (getenv("YK_UPDATE_DOCS") != NULL) {
        FILE *file = fopen(path, "w");
        cr_assert(file);
        fprintf(file, "%.*s%s%s", (int)(from - page), page, table, to);
        fclose(file);
    } else {
        *to = 0;
        cr_assert_str_eq(from, table, "docs/ir.md is not up to date: run with YK_UPDATE_DOCS=1");
    }
    free(page);
    free(table);
}

/* Words that are in tables elsewhere. */
Test(ir, documentation_names_functions_predicates_and_effects) {
    char path[4096];
    snprintf(path, sizeof path, "%.*s/../../docs/ir.md", (int)(strrchr(__FILE__, '/') - __FILE__),
             __FILE__);
    char *page = read_all(path), word[64];
    for (int i = 0; i < IR_MATH_COUNT + 16 + IR_TYPE_COUNT; i++) {
        const char *name = i < IR_MATH_COUNT        ? ir_math_names[i]
                           : i < IR_MATH_COUNT + 16 ? ir_fcmp_names[i - IR_MATH_COUNT]
                                                    : ir_type_names[i - IR_MATH_COUNT - 16];
        if (name == NULL)
            continue;
        snprintf(word, sizeof word, "`%s`", name);
        cr_assert(strstr(page, word), "docs/ir.md does not mention %s", word);
    }
    static const char *const effects[] = {"read",     "write",    "throw",  "collect", "move_stack",
                                          "noreturn", "variadic", "signed", "pure",    "anything"};
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        snprintf(word, sizeof word, "`%s`", effects[i]);
        cr_assert(strstr(page, word), "docs/ir.md does not mention %s", word);
    }
    free(page);
}
