/* Folding, known bits, value numbering, and what guards teach. */
#include "opt_golden.h"

#include <string.h>

/* ---- one instruction ---------------------------------------------------------------------------
 * A rule: instructions separated by ';', of which the last is what it is about, and what is left of
 * them once dead code is gone, with the value last. Parameters: %0 %1 ptr, %2 %3 i64, %4 %5 i32, %6
 * i8, %7 i1, %8 %9 f64, %10 i1, %11 i1 (for the guard); the first instruction is %12. In the
 * result, parameters have the same numbers. */
typedef struct Rule {
    const char *text, *expected;
} Rule;

static const char parameters[] = "  %0 = param ptr 0\n  %1 = param ptr 1\n  %2 = param i64 2\n"
                                 "  %3 = param i64 3\n  %4 = param i32 4\n  %5 = param i32 5\n"
                                 "  %6 = param i8 6\n  %7 = param i1 7\n  %8 = param f64 8\n"
                                 "  %9 = param f64 9\n  %10 = param i1 10\n  %11 = param i1 11\n";
static const char all_parameters[] = "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11";

/* Every parameter is kept alive by a guard's snapshot, so that numbers do not change. */
static const char keep[] = "  guard %11 is 1 [#0]\n";

static void append(char *to, size_t size, const char *text) {
    cr_assert_lt(strlen(to) + strlen(text), size - 1);
    strcat(to, text);
}

static void lines(char *to, size_t size, const char *text, unsigned first, char *last,
                  size_t last_size) {
    char copy[1024], *save = NULL;
    strcpy(copy, text);
    unsigned number = first;
    for (char *line = strtok_r(copy, ";", &save); line != NULL; line = strtok_r(NULL, ";", &save)) {
        char buffer[256];
        line += strspn(line, " ");
        snprintf(last, last_size, "%%%u", number);
        snprintf(buffer, sizeof buffer, "  %%%u = %s\n", number++, line);
        append(to, size, buffer);
    }
}

static void rule(const Rule *r) {
    char text[4096] = "", expected[4096] = "", value[64] = "", tail[512];
    append(text, sizeof text, parameters);
    append(expected, sizeof expected, parameters);
    lines(text, sizeof text, r->text, 12, value, sizeof value);
    append(text, sizeof text, keep);
    snprintf(tail, sizeof tail, "end exit #1\n#0: merge 0 [%s]\n#1: merge 0 [%s]\n", all_parameters,
             value);
    append(text, sizeof text, tail);
    /* "= value" is a value alone; what stands in front of it are instructions. */
    const char *equals = strrchr(r->expected, '=');
    char front[512] = "";
    if (equals != NULL) {
        snprintf(front, sizeof front, "%.*s", (int)(equals - r->expected), r->expected);
        for (size_t n = strlen(front); n > 0 && strchr("; ", front[n - 1]); n--)
            front[n - 1] = 0;
        lines(expected, sizeof expected, front, 12, value, sizeof value);
        snprintf(value, sizeof value, "%s", equals + 2);
    } else
        lines(expected, sizeof expected, r->expected, 12, value, sizeof value);
    append(expected, sizeof expected, keep);
    snprintf(tail, sizeof tail, "end exit #1\n#0: merge 0 [%s]\n#1: merge 0 [%s]\n", all_parameters,
             value);
    append(expected, sizeof expected, tail);
    golden(OPT_FOLD | OPT_NUMBER | OPT_FACTS | OPT_DEAD, text, expected);
}

#define RULES(...)                                                                                 \
    static const Rule rules[] = {__VA_ARGS__};                                                     \
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)                                      \
    rule(&rules[i])

Test(opt_fold, addition) {
    RULES({"add i64 %2, 0", "= %2"}, {"add i64 0, %2", "= %2"}, {"add i64 3, 4", "= i64 7"},
          {"add i64 7, %2", "add i64 %2, 7"}, {"add i64 %3, %2", "add i64 %2, %3"},
          {"add i64 %2, 5; add i64 %12, -7", "add i64 %2, -2"},
          {"sub i64 5, %2; add i64 %12, 2", "sub i64 7, %2"},
          {"sub i64 %2, %3; add i64 %12, %3", "= %2"}, {"sub i64 %2, %3; add i64 %3, %12", "= %2"},
          {"sub i64 0, %2; add i64 %3, %12", "sub i64 %3, %2"},
          {"sub i64 0, %2; add i64 %12, %3", "sub i64 %3, %2"},
          {"add i64 %2, 1; add i64 %12, %3", "add i64 %2, %3; add i64 %12, 1"},
          {"add i1 %7, %10", "xor i1 %7, %10"},
          {"add i8 %6, 127; add i8 %12, 2", "add i8 %6, -127"}, );
}

Test(opt_fold, subtraction) {
    RULES({"sub i64 %2, %2", "= i64 0"}, {"sub i64 %2, 3", "add i64 %2, -3"},
          {"sub i64 %2, 0", "= %2"}, {"add i64 %2, %3; sub i64 %12, %2", "= %3"},
          {"add i64 %2, %3; sub i64 %12, %3", "= %2"},
          {"add i64 %2, %3; sub i64 %2, %12", "sub i64 0, %3"},
          {"sub i64 %2, %3; sub i64 %2, %12", "= %3"},
          {"sub i64 %2, %3; sub i64 0, %12", "sub i64 %3, %2"},
          {"add i64 %2, 3; sub i64 10, %12", "sub i64 7, %2"},
          {"add i64 %2, 3; add i64 %2, 1; sub i64 %12, %13", "= i64 2"},
          {"add i64 %2, 3; sub i64 %12, %3", "sub i64 %2, %3; add i64 %12, 3"},
          {"add i64 %2, 3; sub i64 %3, %12", "sub i64 %3, %2; add i64 %12, -3"}, );
}

Test(opt_fold, multiplication_and_division) {
    RULES({"mul i64 %2, 0", "= i64 0"}, {"mul i64 %2, 1", "= %2"},
          {"mul i64 %2, -1", "sub i64 0, %2"}, {"mul i64 %2, 8", "shl i64 %2, 3"},
          {"mul i64 3, %2; mul i64 %12, 5", "mul i64 %2, 15"},
          {"add i64 %2, 2; mul i64 %12, 5", "mul i64 %2, 5; add i64 %12, 10"},
          {"mul i8 %6, -128", "shl i8 %6, 7"}, {"sdiv i64 %2, 1", "= %2"},
          {"udiv i64 %2, 1", "= %2"}, {"srem i64 %2, 1", "= i64 0"}, {"urem i64 %2, 1", "= i64 0"},
          {"udiv i64 %2, 16", "lshr i64 %2, 4"}, {"urem i64 %2, 16", "and i64 %2, 15"},
          {"sdiv i64 %2, 16", "sdiv i64 %2, 16"},
          {"zext i32 %4 to i64; sdiv i64 %12, 16", "zext i32 %4 to i64; lshr i64 %12, 4"},
          {"zext i32 %4 to i64; srem i64 %12, 16", "zext i32 %4 to i64; and i64 %12, 15"},
          {"sdiv i64 7, 2", "= i64 3"}, {"sdiv i64 -7, 0", "sdiv i64 -7, 0"},
          {"sdiv i64 -9223372036854775808, -1", "sdiv i64 -9223372036854775808, -1"}, );
}

Test(opt_fold, bits) {
    RULES({"and i64 %2, 0", "= i64 0"}, {"and i64 %2, -1", "= %2"}, {"and i64 %2, %2", "= %2"},
          {"and i64 %2, 12; and i64 %12, 6", "and i64 %2, 4"},
          {"or i64 %2, 12; and i64 %12, 3", "and i64 %2, 3"},
          {"or i64 %2, 12; and i64 %12, 7", "and i64 %2, 7; or i64 %12, 4"},
          {"zext i8 %6 to i64; and i64 %12, 255", "zext i8 %6 to i64"},
          {"zext i8 %6 to i64; and i64 %12, 256", "= i64 0"},
          {"and i64 %2, %3; and i64 %12, %3", "and i64 %2, %3"},
          {"and i64 %2, %3; and i64 %2, %12", "and i64 %2, %3"},
          {"or i64 %2, %3; and i64 %12, %3", "= %3"}, {"or i64 %2, %3; and i64 %2, %12", "= %2"},
          {"or i64 %2, 0", "= %2"}, {"or i64 %2, -1", "= i64 -1"}, {"or i64 %2, %2", "= %2"},
          {"or i64 %2, 1; or i64 %12, 2", "or i64 %2, 3"},
          {"or i64 %2, 3; or i64 %12, 2", "or i64 %2, 3"},
          {"and i64 %2, %3; or i64 %12, %3", "= %3"},
          {"or i64 %2, %3; or i64 %2, %12", "or i64 %2, %3"}, {"xor i64 %2, %2", "= i64 0"},
          {"xor i64 %2, 0", "= %2"}, {"xor i64 %2, 5; xor i64 %12, 3", "xor i64 %2, 6"},
          {"xor i64 %2, %3; xor i64 %2, %12", "= %3"}, {"xor i1 %7, 1; xor i1 %12, 1", "= %7"},
          {"select i64 %7, 3, 5; and i64 %12, 1", "= i64 1"},
          {"select i64 %7, 3, 5; and i64 %12, 4", "select i64 %7, 0, 4"}, );
}

Test(opt_fold, shifts) {
    RULES({"shl i64 %2, 0", "= %2"}, {"shl i64 0, %2", "= i64 0"},
          {"shl i64 %2, 3; shl i64 %12, 4", "shl i64 %2, 7"},
          {"shl i64 %2, 33; shl i64 %12, 34", "= i64 0"},
          {"lshr i64 %2, 33; lshr i64 %12, 34", "= i64 0"},
          {"ashr i64 %2, 33; ashr i64 %12, 34", "ashr i64 %2, 63"},
          {"shl i64 %2, 8; lshr i64 %12, 8", "and i64 %2, 72057594037927935"},
          {"lshr i64 %2, 8; shl i64 %12, 8", "and i64 %2, -256"},
          {"ashr i64 %2, 8; shl i64 %12, 8", "and i64 %2, -256"},
          {"shl i64 %2, 8; ashr i64 %12, 8", "shl i64 %2, 8; ashr i64 %12, 8"},
          {"zext i8 %6 to i64; ashr i64 %12, 2", "zext i8 %6 to i64; lshr i64 %12, 2"},
          {"add i64 %2, -1; shl i64 %12, 4", "shl i64 %2, 4; add i64 %12, -16"},
          {"and i64 %2, 60; lshr i64 %12, 2", "lshr i64 %2, 2; and i64 %12, 15"},
          {"zext i8 %6 to i64; lshr i64 %12, 8", "= i64 0"},
          {"shl i64 %2, 64", "shl i64 %2, 64"}, );
}

Test(opt_fold, comparisons) {
    RULES({"eq i64 %2, %2", "= i1 1"}, {"slt i64 %2, %2", "= i1 0"}, {"ule i64 %2, %2", "= i1 1"},
          {"ne i64 %2, %3", "eq i64 %2, %3; xor i1 %12, 1"},
          {"ule i64 %2, %3", "ult i64 %3, %2; xor i1 %12, 1"},
          {"sle i64 %2, %3", "slt i64 %3, %2; xor i1 %12, 1"}, {"eq i64 5, %2", "eq i64 %2, 5"},
          {"add i64 %2, 3; eq i64 %12, 7", "eq i64 %2, 4"},
          {"sub i64 3, %2; eq i64 %12, 7", "eq i64 %2, -4"},
          {"sub i64 %2, %3; eq i64 %12, 0", "eq i64 %2, %3"},
          {"xor i64 %2, %3; eq i64 %12, 0", "eq i64 %2, %3"},
          {"xor i64 %2, 12; eq i64 %12, 7", "eq i64 %2, 11"},
          {"shl i64 %2, 60; eq i64 %12, 1152921504606846976", "and i64 %2, 15; eq i64 %12, 1"},
          {"shl i64 %2, 4; eq i64 %12, 8", "= i1 0"},
          {"zext i8 %6 to i64; eq i64 %12, 7", "eq i8 %6, 7"},
          {"zext i8 %6 to i64; eq i64 %12, 256", "= i1 0"},
          {"sext i8 %6 to i64; eq i64 %12, -1", "eq i8 %6, -1"},
          {"sext i8 %6 to i64; eq i64 %12, 255", "= i1 0"},
          {"zext i1 %7 to i32; eq i32 %12, 1", "= %7"},
          {"zext i1 %7 to i32; ne i32 %12, 0", "= %7"},
          {"zext i1 %7 to i32; eq i32 %12, 0", "xor i1 %7, 1"},
          {"select i32 %7, 4, 9; eq i32 %12, 4", "= %7"},
          {"select i32 %7, 4, 9; eq i32 %12, 9", "xor i1 %7, 1"},
          {"select i32 %7, 4, 9; eq i32 %12, 1", "= i1 0"},
          {"and i64 %2, 12; eq i64 %12, 1", "= i1 0"},
          {"ptradd %0, 8; eq ptr %12, null", "eq ptr %0, 0xfffffffffffffff8"},
          {"ptradd %0, %2; eq ptr %12, %0", "eq i64 %2, 0"},
          {"bitcast ptr %0 to i64; bitcast ptr %1 to i64; eq i64 %12, %13", "eq ptr %0, %1"},
          {"bitcast ptr %0 to i64; eq i64 %12, 0", "eq ptr %0, null"},
          {"add i64 %2, 5; add i64 %3, 5; eq i64 %12, %13", "eq i64 %2, %3"},
          {"ult i64 %2, 1", "eq i64 %2, 0"}, {"ult i64 0, %2", "eq i64 %2, 0; xor i1 %12, 1"},
          {"zext i8 %6 to i64; ult i64 %12, 256", "= i1 1"},
          {"zext i8 %6 to i64; ult i64 %12, 100", "ult i8 %6, 100"},
          {"zext i8 %6 to i64; ult i64 1000, %12", "= i1 0"},
          {"zext i8 %6 to i64; ult i64 100, %12", "ult i8 100, %6"},
          {"zext i8 %6 to i64; slt i64 %12, 100", "ult i8 %6, 100"},
          {"zext i8 %6 to i64; slt i64 %12, -1", "= i1 0"},
          {"slt i64 %2, -9223372036854775808", "= i1 0"},
          {"slt i64 9223372036854775807, %2", "= i1 0"},
          {"sext i8 %6 to i64; slt i64 %12, 0", "slt i8 %6, 0"},
          {"ult i64 %2, -1", "eq i64 %2, -1; xor i1 %12, 1"}, );
}

Test(opt_fold, conversions) {
    RULES({"zext i8 %6 to i32; zext i32 %12 to i64", "zext i8 %6 to i64"},
          {"sext i8 %6 to i32; sext i32 %12 to i64", "sext i8 %6 to i64"},
          {"zext i8 %6 to i32; sext i32 %12 to i64", "zext i8 %6 to i64"},
          {"trunc i64 %2 to i8; zext i8 %12 to i64", "and i64 %2, 255"},
          {"trunc i64 %2 to i8; zext i8 %12 to i32", "trunc i64 %2 to i32; and i32 %12, 255"},
          {"trunc i64 %2 to i32; trunc i32 %12 to i8", "trunc i64 %2 to i8"},
          {"zext i32 %4 to i64; trunc i64 %12 to i32", "= %4"},
          {"zext i32 %4 to i64; trunc i64 %12 to i8", "trunc i32 %4 to i8"},
          {"sext i8 %6 to i64; trunc i64 %12 to i32", "sext i8 %6 to i32"},
          {"and i64 %2, 4095; trunc i64 %12 to i8", "trunc i64 %2 to i8"},
          {"bitcast f64 %8 to i64; bitcast i64 %12 to f64", "= %8"},
          {"bitcast ptr %0 to i64; add i64 %12, 8; bitcast i64 %13 to ptr", "ptradd %0, 8"},
          {"bitcast i64 %2 to ptr; bitcast ptr %12 to i64", "= %2"},
          {"select i8 %7, 1, 2; zext i8 %12 to i32", "select i32 %7, 1, 2"},
          {"sext i8 -1 to i64", "= i64 -1"}, );
}

Test(opt_fold, select) {
    RULES({"select i64 1, %2, %3", "= %2"}, {"select i64 %7, %2, %2", "= %2"},
          {"xor i1 %7, 1; select i64 %12, %2, %3", "select i64 %7, %3, %2"},
          {"select i1 %7, 1, 0", "= %7"}, {"select i1 %7, 0, 1", "xor i1 %7, 1"},
          {"select i1 %7, %10, 0", "and i1 %7, %10"}, {"select i1 %7, 1, %10", "or i1 %7, %10"},
          {"eq i64 %2, %3; select i64 %12, %2, %3", "= %3"}, {"smax i64 %2, %2", "= %2"},
          {"smax i64 3, -4", "= i64 3"}, );
}

Test(opt_fold, addresses) {
    RULES(
        {"ptradd %0, 0", "= %0"}, {"ptradd %0, 8; ptradd %12, 16", "ptradd %0, 24"},
        {"ptradd %0, 8; ptradd %12, -8", "= %0"},
        {"ptradd %0, 8; ptradd %12, %2", "ptradd %0, %2; ptradd %12, 8"},
        {"add i64 %2, -1; shl i64 %12, 4; ptradd %0, %13",
         "shl i64 %2, 4; ptradd %0, %12; ptradd %13, -16"},
        {"bitcast ptr %0 to i64; bitcast ptr %1 to i64; sub i64 %13, %12; ptradd %0, %14", "= %1"},
        {"ptradd %0, %2; bitcast ptr %12 to i64; bitcast ptr %0 to i64; sub i64 %13, %14",
         "= %2"}, );
}

Test(opt_fold, floats) {
    RULES({"fadd f64 %8, 0.0", "fadd f64 %8, 0.0"}, {"fadd f64 %8, -0.0", "= %8"},
          {"fsub f64 %8, 0.0", "= %8"}, {"fsub f64 %8, -0.0", "fsub f64 %8, -0.0"},
          {"fsub f64 %8, %8", "fsub f64 %8, %8"}, {"fmul f64 1.0, %8", "= %8"},
          {"fmul f64 %8, 0.0", "fmul f64 %8, 0.0"}, {"fmul f64 %9, %8", "fmul f64 %9, %8"},
          {"fdiv f64 %8, 1.0", "= %8"}, {"fdiv f64 %8, 8.0", "fmul f64 %8, 0.125"},
          {"fdiv f64 %8, -0.5", "fmul f64 %8, -2.0"}, {"fdiv f64 %8, 3.0", "fdiv f64 %8, 3.0"},
          {"fneg f64 %8; fneg f64 %12", "= %8"}, {"fneg f64 %8; fabs f64 %12", "fabs f64 %8"},
          {"sitofp i64 %2 to f64; floor f64 %12", "sitofp i64 %2 to f64"},
          {"ceil f64 %8; floor f64 %12", "ceil f64 %8"},
          {"fadd f64 0.1, 0.2", "= f64 0.30000000000000004"},
          {"fcmp ugt f64 %8, %9", "fcmp ole f64 %8, %9; xor i1 %12, 1"},
          {"fcmp ogt f64 %8, %9", "fcmp olt f64 %9, %8"},
          {"fcmp oeq f64 %8, %8", "fcmp ord f64 %8, %8"}, {"fcmp one f64 %8, %8", "= i1 0"},
          {"sitofp i64 %2 to f64; fcmp uno f64 %12, %12", "= i1 0"},
          {"sitofp i32 %4 to f64; fptosi f64 %12 to i64", "sext i32 %4 to i64"},
          {"sitofp i64 %2 to f64; fptosi f64 %12 to i64",
           "sitofp i64 %2 to f64; fptosi f64 %12 to i64"}, );
}

/* ---- known bits -------------------------------------------------------------------------------
 */

Test(opt_facts, known_bits) {
    RULES(
        {"and i64 %2, 15; ult i64 %12, 16", "= i1 1"},
        {"and i64 %2, 15; add i64 %12, 1; ult i64 %13, 17", "= i1 1"},
        {"and i64 %2, 15; add i64 %12, 1; eq i64 %13, 0", "= i1 0"},
        {"or i64 %2, 1; eq i64 %12, 0", "= i1 0"}, {"shl i64 %2, 4; and i64 %12, 15", "= i64 0"},
        {"shl i64 %2, 4; add i64 %12, 3; and i64 %13, 15", "= i64 3"},
        {"and i64 %2, 7; mul i64 %12, 3; ult i64 %13, 22", "= i1 1"},
        {"and i64 %2, 12; xor i64 %12, 8; and i64 %13, 3", "= i64 0"},
        {"lshr i64 %2, 60; ult i64 %12, 16", "= i1 1"},
        {"and i64 %2, 255; trunc i64 %12 to i8; zext i8 %13 to i64", "and i64 %2, 255"},
        {"zext i8 %6 to i64; zext i32 %4 to i64; select i64 %7, %12, %13; ult i64 %14, 4294967296",
         "= i1 1"},
        {"ctpop i64 %2; ult i64 %12, 65", "= i1 1"}, {"umin i64 %2, 9; ult i64 %12, 10", "= i1 1"},
        {"urem i64 %2, 10; ult i64 %12, 10", "= i1 1"},
        {"zext i8 %6 to i64; udiv i64 %12, 10; ult i64 %13, 26", "= i1 1"},
        {"zext i8 %6 to i64; sub i64 1000, %12; ult i64 %13, 745", "= i1 0"},
        {"frame 0; eq ptr %12, null", "= i1 0"}, );
}

/* ---- whole traces -----------------------------------------------------------------------------
 */

#define FACTS (OPT_FOLD | OPT_NUMBER | OPT_FACTS | OPT_DEAD)

Test(opt_facts, a_guarded_value_is_a_constant) {
    golden(FACTS,
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 3\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = zext i8 %1 to i64\n"
           "  %5 = and i8 %1, 15\n"
           "  %6 = ne i8 %5, 3\n"
           "  guard %6 is 0 [#1]\n"
           "end exit #2\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%1]\n"
           "#2: merge 0 [%1, %2, %4]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 3\n"
           "  guard %2 is 1 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [i8 3, i1 1, i64 3]\n");
}

Test(opt_facts, a_mask_is_known) {
    golden(FACTS,
           "  %0 = param i8 0\n"
           "  %1 = and i8 %0, 15\n"
           "  %2 = eq i8 %1, 4\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = and i8 %0, 3\n"
           "  %5 = eq i8 %0, 5\n"
           "  guard %5 is 0 [#1]\n"
           "  %7 = and i8 %0, 31\n"
           "  %8 = eq i8 %7, 4\n"
           "  guard %8 is 1 [#2]\n"
           "end exit #3\n"
           "#0: merge 0 []\n"
           "#1: merge 0 []\n"
           "#2: merge 0 [%4]\n"
           "#3: merge 0 [%0, %1, %4]\n",
           "  %0 = param i8 0\n"
           "  %1 = and i8 %0, 15\n"
           "  %2 = eq i8 %1, 4\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = and i8 %0, 31\n"
           "  %5 = eq i8 %4, 4\n"
           "  guard %5 is 1 [#1]\n"
           "end exit #2\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [i8 0]\n"
           "#2: merge 0 [%0, i8 4, i8 0]\n");
}

Test(opt_facts, ranges_from_orders) {
    golden(FACTS,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = ult i64 %0, 10\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = slt i64 %0, 100\n"
           "  guard %4 is 1 [#0]\n"
           "  %6 = slt i64 -1, %1\n"
           "  guard %6 is 1 [#0]\n"
           "  %8 = sle i64 %1, 7\n"
           "  guard %8 is 1 [#0]\n"
           "  %10 = ult i64 %1, 8\n"
           "  %11 = add i64 %0, %1\n"
           "  %12 = ule i64 %11, 16\n"
           "  guard %12 is 1 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [%10, %11]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = ult i64 %0, 10\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = slt i64 -1, %1\n"
           "  guard %4 is 1 [#1]\n"
           "  %6 = ult i64 7, %1\n"
           "  guard %6 is 0 [#2]\n"
           "  %8 = add i64 %0, %1\n"
           "end exit #3\n"
           "#0: merge 0 []\n"
           "#1: merge 0 []\n"
           "#2: merge 0 []\n"
           "#3: merge 0 [i1 1, %8]\n");
}

Test(opt_facts, comparisons_imply_others) {
    golden(FACTS,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = slt i64 %0, %1\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = slt i64 %1, %0\n"
           "  guard %4 is 0 [#0]\n"
           "  %6 = eq i64 %1, %0\n"
           "  guard %6 is 0 [#0]\n"
           "  %8 = sle i64 %0, %1\n"
           "  guard %8 is 1 [#0]\n"
           "  %10 = sle i64 %1, %0\n"
           "  guard %10 is 0 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [%4, %6, %8, %10]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = slt i64 %0, %1\n"
           "  guard %2 is 1 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [i1 0, i1 0, i1 1, i1 0]\n");
}

Test(opt_facts, not_equal_and_not_less_leaves_greater) {
    golden(FACTS,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = ult i64 %0, %1\n"
           "  guard %2 is 0 [#0]\n"
           "  %4 = eq i64 %0, %1\n"
           "  guard %4 is 0 [#0]\n"
           "  %6 = ult i64 %1, %0\n"
           "end exit #1\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [%6]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = ult i64 %0, %1\n"
           "  guard %2 is 0 [#0]\n"
           "  %4 = eq i64 %0, %1\n"
           "  guard %4 is 0 [#1]\n"
           "end exit #2\n"
           "#0: merge 0 []\n"
           "#1: merge 0 []\n"
           "#2: merge 0 [i1 1]\n");
}

Test(opt_facts, equal_values_are_one) {
    golden(FACTS,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = eq ptr %0, %1\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = ptradd %0, 8\n"
           "  %5 = ptradd %1, 8\n"
           "end exit #1\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [%4, %5]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = eq ptr %0, %1\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = ptradd %0, 8\n"
           "end exit #1\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [%4, %4]\n");
}

Test(opt_facts, conditions_are_taken_apart) {
    golden(FACTS,
           "  %0 = param i1 0\n"
           "  %1 = param i1 1\n"
           "  %2 = param i1 2\n"
           "  %3 = and i1 %0, %1\n"
           "  %4 = xor i1 %3, 1\n"
           "  guard %4 is 0 [#0]\n"
           "  guard %0 is 1 [#0]\n"
           "  %7 = or i1 %2, %2\n"
           "  guard %7 is 0 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 []\n"
           "#1: merge 0 [%0, %1, %2]\n",
           "  %0 = param i1 0\n"
           "  %1 = param i1 1\n"
           "  %2 = param i1 2\n"
           "  %3 = and i1 %0, %1\n"
           "  guard %3 is 1 [#0]\n"
           "  guard %2 is 0 [#1]\n"
           "end exit #2\n"
           "#0: merge 0 []\n"
           "#1: merge 0 []\n"
           "#2: merge 0 [i1 1, i1 1, i1 0]\n");
}

Test(opt_values, one_computation) {
    golden(OPT_NUMBER | OPT_DEAD,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = add i64 %0, %1\n"
           "  %3 = add i64 %0, %1\n"
           "  %4 = sub i64 %2, %3\n"
           "  %5 = sub i64 %3, %2\n"
           "  %6 = eq i32 1, 2\n"
           "  %7 = eq i64 1, 2\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %3, %4, %5, %6, %7]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = add i64 %0, %1\n"
           "  %3 = sub i64 %2, %2\n"
           "  %4 = eq i32 1, 2\n"
           "  %5 = eq i64 1, 2\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %2, %3, %3, %4, %5]\n");
}

Test(opt_values, calls) {
    golden(OPT_NUMBER | OPT_DEAD,
           "  %0 = param ptr 0\n"
           "  %1 = call ptr @get_int(%0, i64 1) pure\n"
           "  %2 = call ptr @get_int(%0, i64 1) pure\n"
           "  %3 = call ptr @get_int(%0, i64 2) pure\n"
           "  %4 = call ptr @get_int(%0, i64 1) read\n"
           "  %5 = call ptr @get_int(%0, i64 1) read\n"
           "  %6 = call ptr @get_int(%0, i64 3) pure\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %2, %3, %4, %5]\n",
           "  %0 = param ptr 0\n"
           "  %1 = call ptr @get_int(%0, i64 1) pure\n"
           "  %2 = call ptr @get_int(%0, i64 2) pure\n"
           "  %3 = call ptr @get_int(%0, i64 1) read\n"
           "  %4 = call ptr @get_int(%0, i64 1) read\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %1, %2, %3, %4]\n");
}
