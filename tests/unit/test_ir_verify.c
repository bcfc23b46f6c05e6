/* trace_verify: one good trace, and for each rule the smallest change that breaks it. */
#include "shared-ir/trace.h"

#include "ir_fixture.h"
#include <criterion/criterion.h>
#include <stdlib.h>

static const char *const good =
    "trace frames 32\n"
    "merge 0: pc 0x1000\n"
    "  %0 = param ptr 0\n"
    "  %1 = param ptr 1\n"
    "  %2 = param ptr 2\n"
    "  %3 = param i64 3\n"
    "  merge 0\n"
    "  %5 = load i8 %2+8 .TValue.tt_\n"
    "  %6 = eq i8 %5, 3\n"
    "  guard %6 is 1 [#0]\n"
    "  %8 = call ptr @get_slow(%2, i64 1) read\n"
    "  %9 = sitofp i64 %3 to f64\n"
    "  guard %6 is 0 [#1]\n"
    "  %11 = frame 16\n"
    "  loop\n"
    "  %13 = lphi i64 %3, %17\n"
    "  %14 = lphi f64 %9, %9\n"
    "  %15 = fcmp olt f64 %14, 2.5\n"
    "  guard %15 is 1 [#2]\n"
    "  %17 = add i64 %13, 1\n"
    "  %18 = mul i64 %13, 3\n"
    "end loop #2\n"
    "#0: merge 0; execute.body@5(%0, %1, %2, ptr 0x2000, ptr 0x1004)\n"
    "#1: merge 0; execute.body@8(%0, %1, %2, ptr 0x2000, ptr 0x1004, result); get_int@19(%2, %3)\n"
    "#2: merge 0 [%0, %1, %2, -, ptr 0x1000, ptr 0x2000]\n";

/* `good` with the first `from` replaced, or more than one. */
static char *changed(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    char *result = NULL;
    cr_assert(at != NULL, "'%s' is not in the text", from);
    cr_assert(asprintf(&result, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) >= 0);
    return result;
}

static Trace *parse(const char *text) {
    char *error;
    Trace *t = trace_parse(&fixture, text, &error);
    cr_assert(t != NULL, "%s\n%s", error, text);
    return t;
}

static void refuse(Trace *t, const char *message) {
    char *error = NULL;
    cr_assert(!trace_verify(t, &error), "accepted, but: %s", message);
    cr_assert_str_eq(error, message);
    free(error);
}

static void expect(const char *from, const char *to, const char *message) {
    char *text = changed(good, from, to);
    Trace *t = parse(text);
    refuse(t, message);
    trace_free(t);
    free(text);
}

Test(ir_verify, accepts_a_good_trace) {
    char *error;
    Trace *t = parse(good);
    cr_assert(trace_verify(t, &error), "%s", error);
    cr_assert_null(error);
    trace_free(t);
}

Test(ir_verify, types) {
    expect("mul i64 %13, 3", "add i64 %14, 1", "%18 (add): operand a is f64, not i64");
    expect("mul i64 %13, 3", "add i64 %13, i32 1", "%18 (add): operand b is i32, not i64");
    expect("mul i64 %13, 3", "add ptr %0, null", "%18 (add): wrong type of result");
    expect("mul i64 %13, 3", "fadd i64 %13, 1", "%18 (fadd): wrong type of result");
    expect("eq i8 %5, 3", "eq f64 1.0, 2.0", "%6 (eq): wrong type of operand");
    expect("eq i8 %5, 3", "eq i16 %5, 3", "%6 (eq): operand a is i8, not i16");
    expect("fcmp olt f64 %14, 2.5", "fcmp olt i64 %13, 2", "%15 (fcmp): wrong type of operand");
    expect("guard %6 is 1", "guard %5 is 1", "%7 (guard): operand a is i8, not i1");
    expect("load i8 %2+8", "load i8 %3+8", "%5 (load): operand a is i64, not ptr");
    expect("@get_slow(", "%3(", "%8 (call): operand a is i64, not ptr");
    expect("mul i64 %13, 3", "ptradd %0, i32 1", "%18 (ptradd): operand b is i32, not i64");
    expect("mul i64 %13, 3", "select i64 %13, 1, 2", "%18 (select): operand a is i64, not i1");
    expect("%18 = mul i64 %13, 3", "%18 = mul i64 %13, 3\n store i8 %13, %2",
           "%19 (store): operand b is i64, not i8");
    expect("lphi i64 %3, %17", "lphi f64 %9, %17", "%13 (lphi): operand b is i64, not f64");
    expect("lphi i64 %3, %17", "lphi i64 %9, %17", "%13 (lphi): operand a is f64, not i64");
}

Test(ir_verify, conversions) {
    expect("mul i64 %13, 3", "zext i64 %13 to i32", "%18 (zext): i64 to i32");
    expect("mul i64 %13, 3", "zext i64 %13 to i64", "%18 (zext): i64 to i64");
    expect("mul i64 %13, 3", "sext i64 %13 to i8", "%18 (sext): i64 to i8");
    expect("mul i64 %13, 3", "trunc i64 %13 to i64", "%18 (trunc): i64 to i64");
    expect("mul i64 %13, 3", "bitcast i64 %13 to f32", "%18 (bitcast): i64 to f32");
    expect("mul i64 %13, 3", "fpext f64 %14 to f32", "%18 (fpext): f64 to f32");
    expect("mul i64 %13, 3", "fptrunc f64 %14 to f64", "%18 (fptrunc): f64 to f64");
    expect("mul i64 %13, 3", "sitofp f64 %14 to f64", "%18 (sitofp): wrong type of operand");
    expect("mul i64 %13, 3", "fptosi f64 %14 to ptr", "%18 (fptosi): wrong type of result");
}

Test(ir_verify, functions_of_math) {
    expect("mul i64 %13, 3", "sqrt i64 %13", "%18 (math1): sqrt of i64");
    expect("mul i64 %13, 3", "smax f64 %14, 1.0", "%18 (math2): smax of f64");
    expect("mul i64 %13, 3", "bswap i8 %5", "%18 (math1): bswap of i8");
    Trace *t = parse(good);
    t->insns[18] = (IrInsn){.op = IR_MATH1, .type = IR_I64, .a = 13, .c = IR_MATH_SMAX};
    refuse(t, "%18 (math1): no such function");
    t->insns[18].c = IR_MATH_COUNT;
    refuse(t, "%18 (math1): no such function");
    trace_free(t);
}

Test(ir_verify, references) {
    expect("eq i8 %5, 3", "eq i8 %6, 3", "%6 (eq): operand a is no value");
    expect("load i8 %2+8", "load i8 %8+8", "%5 (load): operand a is no value");
    expect("eq i8 %5, 3", "eq i8 -, 3", "%6 (eq): operand a is no value");
    expect("get_slow(%2,", "get_slow(-,", "%8 (call): argument 0 is undefined");
    expect("get_slow(%2,", "get_slow(%9,", "%8 (call): an argument is no value");
    expect("2.5", "%17", "%15 (fcmp): operand b is no value");
    Trace *t = parse(good);
    t->insns[6].a = IR_CONST | t->const_count;
    refuse(t, "%6 (eq): operand a is no value");
    t->insns[6].a = IR_SYMBOL | S_NIL;
    refuse(t, "%6 (eq): operand a is no value");
    t->insns[6].a = 7; /* a guard has no value */
    refuse(t, "%6 (eq): operand a is no value");
    trace_free(t);
    t = parse(
        "trace\n%0 = param ptr 0\nstore i64 1, %0\nend exit #0\nmerge 0: pc 1\n#0: merge 0 []\n");
    trace_append(t, (IrInsn){.op = IR_ADD, .type = IR_I64, .a = 1, .b = 1});
    refuse(t, "%2 (add): operand a is no value"); /* a store has a type, but no value */
    trace_free(t);
}

Test(ir_verify, form_of_instructions) {
    Trace *t = parse(good);
    IrInsn *insn = &t->insns[18], before = *insn;
    insn->op = IR_OP_COUNT;
    refuse(t, "%18 (?): no such operation");
    *insn = (IrInsn){.op = IR_PROMOTE, .type = IR_I64, .a = 13};
    refuse(t, "%18 (promote): an operation of the other form");
    *insn = before;
    insn->type = IR_TYPE_COUNT;
    refuse(t, "%18 (mul): wrong type of result");
    *insn = before;
    insn->aux = 1;
    refuse(t, "%18 (mul): aux is used");
    *insn = before;
    t->insns[15].c = 0;
    refuse(t, "%15 (fcmp): no such predicate");
    t->insns[15].c = 15;
    refuse(t, "%15 (fcmp): no such predicate");
    t->insns[15].c = IR_FCMP_OLT;
    t->insns[6].aux = IR_TYPE_COUNT;
    refuse(t, "%6 (eq): wrong type of operand");
    t->insns[6].aux = IR_I8;
    t->insns[5].type = IR_VOID;
    refuse(t, "%5 (load): wrong type of result");
    t->insns[5].type = IR_I8;
    t->insns[8].aux = 0x200;
    refuse(t, "%8 (call): unknown effects");
    t->insns[8].aux = IR_MAY_READ;
    t->insns[8].b = t->extra_count - 1;
    refuse(t, "%8 (call): arguments are outside of the list");
    t->insns[8].b = UINT32_MAX;
    refuse(t, "%8 (call): arguments are outside of the list");
    trace_free(t);
}

Test(ir_verify, immediate_operands) {
    expect(".TValue.tt_", "class 99", "%5 (load): no such access class");
    expect("param ptr 1", "param ptr 12", "%1 (param): no such slot");
    expect("  merge 0\n", "  merge 1\n", "%4 (merge): no such merge");
    expect("guard %6 is 1", "guard %6 is 2", "%7 (guard): guards are for 0 or 1");
    expect("is 1 [#0]", "is 1 [#3]", "%7 (guard): no such snapshot");
    expect("frame 16\n", "frame 33\n", "%11 (frame): outside of the area");
}

Test(ir_verify, entry) {
    expect("param ptr 1", "inherit ptr 1", "%1 (inherit): in the wrong kind of trace");
    expect("trace", "trace side", "%0 (param): in the wrong kind of trace");
    expect("mul i64 %13, 3", "param i64 6", "%18 (param): in the loop");
}

Test(ir_verify, loop) {
    expect("%17 = add", "loop\n  %17 = add", "%17 (loop): a second loop");
    expect("end loop", "end exit", "%12 (loop): in a trace that is no loop");
    expect("  loop\n", "", "%12 (lphi): not directly behind the loop's head");
    expect("  %15 = fcmp olt f64 %14, 2.5\n  guard %15 is 1 [#2]\n  %17 = add i64 %13, 1\n",
           "  %15 = add i64 %13, 1\n  %17 = lphi i64 %3, %15\n",
           "%16 (lphi): not directly behind the loop's head");
    expect("lphi f64 %9, %9", "lphi i64 %13, %17",
           "%14 (lphi): operand a is not computed before the loop");
    expect("lphi i64 %3, %17", "lphi i64 %3, -", "%13 (lphi): operand b is no value");
    expect("lphi i64 %3, %17", "lphi i64 -, %17", "%13 (lphi): operand a is no value");
}

Test(ir_verify, end) {
    expect("end loop #2", "end loop #1", "end: the last snapshot is not at a merge point");
    expect("end loop #2", "end loop #9", "end: no such snapshot");
    Trace *t = parse("trace\n%0 = param ptr 0\nend loop\n");
    refuse(t, "end: no such snapshot");
    t->end = TRACE_EXIT;
    refuse(t, "end: no such snapshot");
    t->end = 3;
    refuse(t, "end: no such end");
    trace_free(t);
    char *text = changed(good, "end loop #2", "end loop"), *error;
    t = parse(text);
    cr_assert(trace_verify(t, &error), "%s",
              error); /* the LPHIs are all that a peeled loop needs */
    trace_free(t);
    free(text);
}

Test(ir_verify, snapshots) {
    expect("execute.body@5(%0,", "execute.body@5(%9,", "#0: a live value is f64, not ptr");
    expect("execute.body@5(%0,", "execute.body@5(%8,",
           "%7 (guard): the snapshot needs %8, which comes later");
    expect("%2, -, ptr 0x1000", "%2, %17, ptr 0x1000",
           "%16 (guard): the snapshot needs %17, which comes later");
}

/* `good` with a line behind that of snapshot 0. */
static void expect_pending(const char *line, const char *message) {
    char *behind;
    cr_assert(asprintf(&behind, "ptr 0x1004)\n  pending %s\n#1", line) >= 0);
    if (message != NULL) {
        expect("ptr 0x1004)\n#1", behind, message);
    } else {
        char *text = changed(good, "ptr 0x1004)\n#1", behind), *error;
        Trace *t = parse(text);
        cr_assert(trace_verify(t, &error), "%s", error);
        trace_free(t);
        free(text);
    }
    free(behind);
}

Test(ir_verify, pending_stores) {
    expect_pending("store i64 %3, %2 .TValue.value_", NULL);
    expect_pending("store i64 %5, %2 .TValue.value_", "#0: operand b is i8, not i64");
    expect_pending("store i64 %3, %3 .TValue.value_", "#0: operand a is i64, not ptr");
    expect_pending("store i64 -, %2", "#0: operand b is no value");
    expect_pending("store i64 %3, %2 class 1000", "#0: no such access class");
    expect_pending("store i64 %3, %2 volatile", "#0: what is pending is no plain store");
    expect_pending("store f64 %9, %2", "%7 (guard): the snapshot needs %9, which comes later");
    expect_pending("store i64 0, %11", "%7 (guard): the snapshot needs %11, which comes later");
    expect("ptr 0x2000]\n", "ptr 0x2000]\n  pending store i64 %3, %2\n",
           "end: stores are pending at the end");
    char *text = changed(good, "ptr 0x1004)\n#1", "ptr 0x1004)\n  pending store i64 0, %0\n#1");
    Trace *t = parse(text);
    t->snapshots[0].pending_count = 2;
    refuse(t, "#0: pending stores are outside of the list");
    t->snapshots[0].pending_count = TRACE_MAX_PENDING + 1;
    refuse(t, "#0: too many pending stores");
    t->snapshots[0].pending_count = 1;
    t->pending[0].op = IR_LOAD;
    refuse(t, "#0: what is pending is no plain store");
    trace_free(t);
    free(text);
}

Test(ir_verify, frames) {
    expect("@5(%0,", "@6(%0,", "#0: @6 is no resume point of the function");
    expect("@5(%0,", "@19(%0,", "#0: @19 is no resume point of the function");
    expect("@5(%0,", "@99(%0,", "#0: @99 is no resume point of the function");
    expect("@5(%0, ", "@5(", "#0: @5 has 5 live values, not 4");
    expect("execute.body@5(%0, %1, %2, ptr 0x2000, ptr 0x1004)", "get_int@19(%2, %3)",
           "#0: the body comes first and only there");
    expect("result); get_int@19(%2, %3)", "-); execute.body@9(%0)",
           "#1: the body comes first and only there");
    expect("; get_int@19(%2, %3)", "", "#1: no such result");
    expect("; get_int@19(%2, %3)", "; builtin@24(%3)",
           "#1: the next function returns another type");
    expect("; get_int@19(%2, %3)", "; get_int@19(%2, result)", "#1: no such result");
    expect("@8(%0, %1, %2, ptr 0x2000, ptr 0x1004, result)",
           "@8(result, %1, %2, ptr 0x2000, ptr 0x1004, -)", "#1: the result is not that of a call");
    expect("; get_int@19(%2, %3)", "; get_slow@19()", "#1: a function that is never inlined");
    expect("get_int@19(%2, %3)", "get_int@19(%2, %3) frame 8",
           "#1: frame buffer outside of the area");
    expect("get_int@19(%2, %3)", "get_int@19(%2, %3) frame 48",
           "#1: frame buffer outside of the area");
    expect("#0: merge 0", "#0: merge 1", "#0: no such merge");
    expect("#2: merge 0", "#2: merge 1", "#2: no such merge");
}

Test(ir_verify, frame_of_a_function_with_locals) {
    char *ok = changed(good, "result); get_int@19(%2, %3)", "-); builtin@24(%3) frame 16"), *error;
    Trace *t = parse(ok);
    cr_assert(trace_verify(t, &error), "%s", error);
    trace_free(t);
    char *outside = changed(ok, "frames 32", "frames 16");
    t = parse(outside);
    refuse(t, "#1: frame buffer outside of the area");
    trace_free(t);
    free(outside);
    free(ok);
}

Test(ir_verify, tables) {
    Trace *t = parse(good);
    uint32_t *values = t->snapshot_values;
    uint32_t vector = t->snapshots[2].vector;
    t->snapshots[2].vector = t->snapshot_value_count - 11;
    refuse(t, "#2: values are outside of the list");
    t->snapshots[2].vector = vector;
    values[vector] = 7;
    refuse(t, "#2: a value is no value");
    values[vector] = 0;
    t->snapshots[1].frames = t->frame_count - 1;
    refuse(t, "#1: frames are outside of the list");
    t->snapshots[1].frames = 1;
    t->frames[1].result = 0;
    refuse(t, "#1: the result is there already");
    t->frames[1].result = 5;
    t->frames[1].function = F_COUNT;
    refuse(t, "#1: the body comes first and only there");
    t->frames[1].function = F_BODY;
    t->frames[0].values = t->snapshot_value_count;
    refuse(t, "#0: values are outside of the list");
    t->frames[0].values = 0;
    t->out_of_memory = true;
    refuse(t, "the trace has run out of memory");
    trace_free(t);
}

/* A snapshot of both sides of a branch: each is checked as if it were alone. */
Test(ir_verify, both_sides) {
    Trace *t = parse("trace\n"
                     "merge 0: pc 0x1000\n"
                     "%0 = param ptr 0\n"
                     "%1 = eq ptr %0, null\n"
                     "guard %1 is 1 [#0]\n"
                     "end exit #1\n"
                     "#0: merge 0 flags 2; execute.body@5(%0, %0, %0, %0, %0); "
                     "execute.body@8(%0, %0, %0, %0, %0, result); get_int@20(%0, i64 5)\n"
                     "#1: merge 0 [%0]\n");
    char *error = NULL;
    cr_assert(trace_verify(t, &error), "%s", error);
    cr_assert_eq(trace_exit_frames(t, 0), 1);
    t->snapshots[0].flags = 0;
    cr_assert_eq(trace_exit_frames(t, 0), 3);
    refuse(t, "#0: the body comes first and only there");
    t->snapshots[0].flags = TRACE_FORCIBLE;
    t->frames[2].function = F_BODY;
    t->frames[2].block = 5;
    refuse(t, "#0: the next function returns another type");
    trace_free(t);
}

Test(ir_verify, constants) {
    Trace *t = parse(good);
    TraceConst *three = NULL, *symbol = NULL;
    for (uint32_t i = 0; i < t->const_count; i++)
        if (t->consts[i].type == IR_I8)
            three = &t->consts[i];
        else if (t->consts[i].symbol != UINT32_MAX)
            symbol = &t->consts[i];
    char message[64];
    three->bits = 0x100;
    snprintf(message, sizeof message, "constant %d is wider than its type",
             (int)(three - t->consts));
    refuse(t, message);
    three->bits = 3;
    three->type = IR_VOID;
    snprintf(message, sizeof message, "constant %d has no type", (int)(three - t->consts));
    refuse(t, message);
    three->type = IR_I8;
    symbol->bits++;
    snprintf(message, sizeof message, "constant %d is not the symbol's address",
             (int)(symbol - t->consts));
    refuse(t, message);
    symbol->bits--;
    symbol->symbol = S_COUNT;
    refuse(t, message);
    trace_free(t);
}
