/* The text forms: what is printed, that parsing a trace's text gives the same trace, and every
 * error of the parser. */
#include "shared-ir/text.h"

#include "ir_fixture.h"
#include <criterion/criterion.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>

static char *print(const Trace *t) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert(out);
    trace_print(out, t);
    fclose(out);
    return text;
}

static Trace *parse(const char *text) {
    char *error;
    Trace *t = trace_parse(&fixture, text, &error);
    cr_assert(t != NULL, "%s\n%s", error, text);
    cr_assert_null(error);
    return t;
}

static void expect_same(const char *text) {
    Trace *t = parse(text);
    char *printed = print(t);
    cr_assert_str_eq(printed, text);
    free(printed);
    trace_free(t);
}

Test(ir_text, trace) {
    expect_same("trace frames 32\n"
                "merge 0: pc 0x1000 unit 0x7f0012345678\n"
                "merge 1: pc 0x1004\n"
                "  %0 = param ptr 0\n"
                "  %1 = param i64 1\n"
                "  merge 0\n"
                "  %3 = load i8 %0+8 .TValue.tt_\n"
                "  %4 = eq i8 %3, 3\n"
                "  guard %4 is 1 [#0]\n"
                "  %6 = load i32 %0+64 .lua_State.hookmask volatile\n"
                "  store i64 %1, %0-32768 .TValue.value_\n"
                "  store ptr @nil_value, @nil_value+32767\n"
                "  store i8 -1, %0 volatile\n"
                "  %10 = call ptr @get_int(%0, i64 1) read\n"
                "  merge 1\n"
                "  loop\n"
                "  %13 = lphi i64 %1, %15\n"
                "  %14 = lphi ptr null, %10\n"
                "  %15 = add i64 %13, 1\n"
                "  guard %4 is 0 [#1]\n"
                "end loop #2\n"
                "#0: merge 0; execute.body@5(%0, %1, -, i64 -5, ptr null)\n"
                "#1: merge 1 flags 3; execute.body@8(%0, i1 1, result, f64 0.1); get_int@19(%0, "
                "@get_slow); builtin@24() frame 16\n"
                "#2: merge 1 [%0, ptr 0x1004, -, i32 -7]\n"
                "#3: merge 0 []\n");
}

Test(ir_text, all_operations) {
    expect_same("trace\n"
                "  %0 = param i64 0\n"
                "  %1 = param ptr 1\n"
                "  %2 = param f64 2\n"
                "  %3 = param i1 3\n"
                "  %4 = param f32 3\n"
                "  %5 = add i64 %0, 1\n"
                "  %6 = sub i64 -9223372036854775808, %0\n"
                "  %7 = mul i16 -32768, 32767\n"
                "  %8 = sdiv i32 -1, 1\n"
                "  %9 = udiv i64 %0, %5\n"
                "  %10 = srem i64 %0, %5\n"
                "  %11 = urem i64 %0, %5\n"
                "  %12 = and i64 %0, 255\n"
                "  %13 = or i64 %0, 255\n"
                "  %14 = xor i1 %3, 1\n"
                "  %15 = shl i64 %0, 4\n"
                "  %16 = lshr i64 %0, 4\n"
                "  %17 = ashr i64 %0, 4\n"
                "  %18 = eq ptr %1, null\n"
                "  %19 = ne ptr %1, @nil_value\n"
                "  %20 = ult ptr %1, 0x1000\n"
                "  %21 = ule i8 1, -1\n"
                "  %22 = slt i64 %0, -1\n"
                "  %23 = sle i1 %3, 0\n"
                "  %24 = fadd f64 %2, 0.5\n"
                "  %25 = fsub f64 %2, 1.0\n"
                "  %26 = fmul f64 %2, 1e+100\n"
                "  %27 = fdiv f32 %4, 0.1\n"
                "  %28 = frem f64 %2, %2\n"
                "  %29 = fneg f64 %2\n"
                "  %30 = fcmp oeq f64 %2, %2\n"
                "  %31 = fcmp une f32 %4, 0.0\n"
                "  %32 = zext i1 %3 to i64\n"
                "  %33 = sext i8 -1 to i16\n"
                "  %34 = trunc i64 %0 to i1\n"
                "  %35 = bitcast i64 %0 to f64\n"
                "  %36 = sitofp i64 %0 to f64\n"
                "  %37 = uitofp i64 %0 to f32\n"
                "  %38 = fptosi f64 %2 to i64\n"
                "  %39 = fptoui f64 %2 to i64\n"
                "  %40 = fpext f32 %4 to f64\n"
                "  %41 = fptrunc f64 %2 to f32\n"
                "  %42 = select ptr %3, %1, null\n"
                "  %43 = fabs f64 %2\n"
                "  %44 = sqrt f32 %4\n"
                "  %45 = floor f64 %2\n"
                "  %46 = ceil f64 %2\n"
                "  %47 = trunc f64 %2\n"
                "  %48 = rint f64 %2\n"
                "  %49 = copysign f64 %2, -0.0\n"
                "  %50 = ctpop i64 %0\n"
                "  %51 = bswap i64 %0\n"
                "  %52 = smax i64 %0, 1\n"
                "  %53 = smin i64 %0, 1\n"
                "  %54 = umax i64 %0, 1\n"
                "  %55 = umin i64 %0, 1\n"
                "  %56 = ptradd %1, -8\n"
                "  %57 = ptradd %1, %0\n"
                "  %58 = load f64 %1\n"
                "  store f64 %58, null+8\n"
                "  %60 = frame 48\n"
                "  call void %1() anything noreturn variadic signed\n"
                "  %62 = call f64 @fail(%0, i8 3, f32 1.5, ptr null) pure\n"
                "  %63 = call i64 0x1234(ptr 0x10, @fail) read write throw collect\n"
                "  %64 = call i64 0x1234() move_stack\n"
                "  merge 4\n"
                "end exit\n");
}

Test(ir_text, floats) {
    expect_same("trace\n"
                "  %0 = fadd f64 inf, -inf\n"
                "  %1 = fadd f64 nan:0x7ff8000000000000, nan:0xfff0000000000001\n"
                "  %2 = fadd f64 0.0, -0.0\n"
                "  %3 = fadd f64 0.1, 0.30000000000000004\n"
                "  %4 = fadd f64 5e-324, 1.7976931348623157e+308\n"
                "  %5 = fadd f64 123456789.0, 1e+16\n"
                "  %6 = fadd f32 0.1, 1.1754944e-38\n"
                "  %7 = fadd f32 nan:0x7fc00000, -inf\n"
                "end exit\n");
}

/* Random bits are the same after printing and parsing; seed printed on failure. */
Test(ir_text, floats_are_exact) {
    uint64_t seed = 0x243f6a8885a308d3, state = seed;
    Trace *t = trace_new(&fixture);
    for (int i = 0; i < 5000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint64_t bits = state ^ (state >> 29);
        bool narrow = i % 2;
        IrRef c = trace_const(t, narrow ? IR_F32 : IR_F64, bits);
        trace_append(t, (IrInsn){.op = IR_FNEG, .type = narrow ? IR_F32 : IR_F64, .a = c});
    }
    char *text = print(t);
    Trace *again = parse(text);
    for (uint32_t i = 0; i < t->insn_count; i++)
        cr_assert_eq(trace_bits(t, t->insns[i].a), trace_bits(again, again->insns[i].a),
                     "seed %" PRIx64 " instruction %" PRIu32 ": %" PRIx64 " is %" PRIx64, seed, i,
                     trace_bits(t, t->insns[i].a), trace_bits(again, again->insns[i].a));
    trace_free(again);
    free(text);
    trace_free(t);
}

Test(ir_text, decimal_point_of_another_locale) {
    const char *const comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    for (size_t i = 0; i < 4 && setlocale(LC_ALL, comma[i]) == NULL; i++)
        ;
    expect_same("trace\n  %0 = fadd f64 0.5, 1.5\nend exit\n");
}

Test(ir_text, labels_comments_and_blank_lines_are_free) {
    Trace *t = parse("// what it is for\n\ntrace\r\n"
                     "%7=param i64 0 // the counter\n\n"
                     "\t%100 = add i64 %7,%2\n"
                     "%2 = add i64 0x10 , i64 3\n"
                     "end   exit");
    char *text = print(t);
    cr_assert_str_eq(text, "trace\n  %0 = param i64 0\n  %1 = add i64 %0, %2\n"
                           "  %2 = add i64 16, 3\nend exit\n");
    free(text);
    trace_free(t);
}

Test(ir_text, side_trace) {
    expect_same("trace side\n  %0 = inherit i64 7\nend exit #0\n#0: merge 3 [%0]\n");
    expect_same("trace\n"
                "  %0 = param ptr 0\n"
                "  %1 = into %0, 0 below null, region 1\n"
                "  %2 = into %0, 16 below %1, region 2\n"
                "end exit #0\n"
                "#0: merge 0 [%1, %2]\n");
    expect_same("trace side\n  %0 = inherit ptr 7 region 2\nend exit #0\n#0: merge 3 [%0]\n");
    expect_same("trace side\nend return #0\n#0: merge 3 [-, -, -, -, i64 5]\n");
}

Test(ir_text, pending_stores) {
    /* They are no instructions and have no numbers. */
    expect_same("trace\n"
                "merge 0: pc 0x1000\n"
                "  %0 = param ptr 0\n"
                "  %1 = param i64 1\n"
                "  guard 1 is 1 [#0]\n"
                "  guard 1 is 1 [#1]\n"
                "end exit #2\n"
                "#0: merge 0 [%0]\n"
                "  pending store i64 %1, %0 .TValue.value_\n"
                "  pending store i8 3, %0+8 .TValue.tt_\n"
                "#1: merge 0; execute.body@5(%0, %1, %0, ptr 0x2000, ptr 0x1004)\n"
                "  pending store ptr @fail, %0-32768\n"
                "#2: merge 0 [%0]\n");
}

/* Names that need quotes; classes that share a name or have none. */
Test(ir_text, odd_names) {
    static AotClass classes[] = {{0, 0, 0, 0, 0, 0},
                                 {1, 5, 0, 8, 0, 0},
                                 {1, 5, 8, 8, 0, 0},
                                 {0, 5, 8, 8, 0, 0},
                                 {3, 8, 0, 1, 0, 0}};
    static const char strings[] = "\0S\0a b\0\"\n\0\1x\0"
                                  "7f";
    static const uint32_t names[] = {3, 7, 10};
    static const void *const symbols[] = {strings, strings + 1, strings + 2};
    AotModule m = fixture;
    m.classes = classes;
    m.class_count = 5;
    m.strings = strings;
    m.string_bytes = sizeof strings;
    m.symbols = symbols;
    m.symbol_names = names;
    m.symbol_count = 3;
    m.function_count = 0;
    char *error, *printed;
    Trace *t = trace_new(&m);
    for (uint32_t i = 0; i < 5; i++)
        trace_append(t, (IrInsn){.op = IR_STORE,
                                 .type = IR_PTR,
                                 .a = trace_symbol(t, i % 3),
                                 .b = trace_symbol(t, (i + 1) % 3),
                                 .c = i});
    printed = print(t);
    cr_assert_str_eq(printed, "trace\n"
                              "  store ptr @\"\\22\\0a\", @\"a b\"\n"
                              "  store ptr @\"\\01x\", @\"\\22\\0a\" .S.b\n"
                              "  store ptr @\"a b\", @\"\\01x\" class 2\n"
                              "  store ptr @\"\\22\\0a\", @\"a b\" class 3\n"
                              "  store ptr @\"\\01x\", @\"\\22\\0a\" .\"a b\".\"\\0a\"\n"
                              "end exit\n");
    Trace *again = trace_parse(&m, printed, &error);
    cr_assert(again != NULL, "%s", error);
    for (uint32_t i = 0; i < 5; i++)
        cr_assert_eq(again->insns[i].c, i);
    trace_free(again);
    trace_free(t);
    free(printed);
}

Test(ir_text, broken_traces_can_be_printed) {
    Trace *t = parse("trace\n %0 = param i64 0\nend exit #9\nmerge 0: pc 1\n"
                     "#0: merge 0 [%0]\npending store i64 %0, null\n"
                     "#1: merge 0; execute.body@5(%0)\n");
    const uint32_t bad[] = {
        IR_NONE, IR_CONST | 1000, IR_SYMBOL | 1000, IR_SYMBOL, 0x3fffffff, 0xc0000000, 1000};
    for (unsigned op = 0; op <= IR_OP_COUNT; op++)
        for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
            trace_append(t, (IrInsn){.op = (uint8_t)op,
                                     .type = (uint8_t)(i % 3 * 9),
                                     .aux = (uint16_t)(i * 9999),
                                     .a = bad[i],
                                     .b = bad[i],
                                     .c = bad[i]});
    t->snapshots[0].vector = 1000;
    t->frames[0].values = 1000;
    t->frames[0].function = 1000;
    t->pending[0] = (IrInsn){.op = IR_OP_COUNT, .a = IR_NONE, .b = 1000};
    free(print(t));
    t->snapshots[0].pending_count = 1000;
    free(print(t));
    t->snapshots[0].pending = 1000;
    t->snapshots[1].frames = 1000;
    char *text = print(t);
    cr_assert(strstr(text, "? op"));
    free(text);
    trace_free(t);
}

Test(ir_text, errors) {
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "1: 'trace' expected"},
        {"// only this\n", "2: 'trace' expected"},
        {"\n\ntracer", "3: 'trace' expected at 'tracer'"},
        {"trace fast", "1: unexpected 'fast'"},
        {"trace\n  %0 = frobnicate i64 1", "2: no operation 'frobnicate'"},
        {"trace\n  %0 = math1 i64 1", "2: no operation 'math1'"},
        {"trace\n  %0 = phi i64 [@1: 2]", "2: 'phi' is no operation of traces"},
        {"trace\n  %0 = add i65 1, 2", "2: type expected at 'i65 1, 2'"},
        {"trace\n  %0 = add i64 1 2", "2: ',' expected at '2'"},
        {"trace\n  %0 = add i64 1, 2 3", "2: unexpected '3'"},
        {"trace\n  %0 = add i64 %1, 2", "2: no instruction %1"},
        {"trace\n  %0 = param i64 0\n  %0 = param i64 1", "3: %0 stands twice"},
        {"trace\n  %2000000 = param i64 0", "2: number too large"},
        {"trace\n  %0 = add i8 1, 256", "2: number does not fit i8"},
        {"trace\n  %0 = add i8 1, -129", "2: number does not fit i8"},
        {"trace\n  %0 = add i1 1, 2", "2: number does not fit i1"},
        {"trace\n  %0 = add i64 1, 18446744073709551616", "2: number too large"},
        {"trace\n  %0 = add i64 1, x", "2: number expected at 'x'"},
        {"trace\n  %0 = eq ptr null, -4", "2: number does not fit ptr"},
        {"trace\n  %0 = fadd f64 1.0, x", "2: number expected"},
        {"trace\n  %0 = fcmp xxx f64 1.0, 2.0",
         "2: predicate of fcmp expected at 'xxx f64 1.0, 2.0'"},
        {"trace\n  %0 = zext i8 1, i64", "2: 'to' expected at ', i64'"},
        {"trace\n  %0 = load i64 null+32768", "2: number too large"},
        {"trace\n  %0 = load i64 null-32769", "2: number too large"},
        {"trace\n  %0 = load i64 null .TValue.nothing", "2: no class .TValue.nothing"},
        {"trace\n  %0 = load i64 null .TValue", "2: '.' expected at ''"},
        {"trace\n  %0 = load i64 @nobody", "2: no symbol @nobody"},
        {"trace\n  %0 = load i64 @\"nobody", "2: name does not end"},
        {"trace\n  %0 = load i64 @\"\\x", "2: two hexadecimal digits expected behind '\\'"},
        {"trace\n  %0 = store i64 1, null", "2: 'store' has no result"},
        {"trace\n  %0 = call void @fail()", "2: 'call' has no result"},
        {"trace\n  call void @fail(5)", "2: the constant '5' needs a type in front"},
        {"trace\n  call void @fail(i64 5", "2: ',' expected at ''"},
        {"trace\n  pending store i64 1, null", "2: a pending store without a snapshot"},
        {"trace\n#0: merge 0 []\n  pending param i64 0", "3: 'param' cannot be pending"},
        {"trace\n#0: merge 0 []\n  pending %0 = add i64 1, 2", "3: no operation '%0'"},
        {"trace\n  guard i1 1 was 1 [#0]", "2: 'is' expected at 'was 1 [#0]'"},
        {"trace\n  guard 1 is 1 #0", "2: '[' expected at '#0'"},
        {"trace\nend", "2: 'exit' expected at ''"},
        {"trace\n#1: merge 0 []", "2: snapshot #0 expected"},
        {"trace\nmerge 1: pc 0", "2: merge 0 expected"},
        {"trace\n#0: merge 0", "2: slots or frames expected"},
        {"trace\n#0: merge 0 [-, -, -, -, -, -, -, -, -, -, -, -, -]", "2: more than 12 slots"},
        {"trace\n#0: merge 0 [5]", "2: the constant '5' needs a type in front"},
        {"trace\n#0: merge 0 [result]", "2: the constant 'result' needs a type in front"},
        {"trace\n#0: merge 0; nobody@5()", "2: no function nobody"},
        {"trace\n#0: merge 0; execute.body(5)", "2: '@' expected at '(5)'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *error = NULL;
        Trace *t = trace_parse(&fixture, cases[i].text, &error);
        cr_assert_null(t, "accepted: %s", cases[i].text);
        cr_expect_str_eq(error, cases[i].error);
        free(error);
    }
}

/* Texts that are cut off, or have a byte changed, are refused or parsed, no more. */
Test(ir_text, damaged_texts) {
    static const char bytes[] = "%@\"\\-(,9z\n";
    Trace *t =
        parse("trace frames 16\nmerge 0: pc 0x10 unit 0x20\n  %0 = param ptr 0\n"
              "  %1 = load f64 %0-8 .TValue.value_ volatile\n  %2 = fcmp ult f64 %1, -0.5\n"
              "  guard %2 is 1 [#0]\n  call void @\"fail\"(%0, i64 -1) read throw\n"
              "end loop #1\n#0: merge 0; execute.body@5(%0, result); get_int@19(%0, -) frame 16\n"
              "#1: merge 0 [%0, -, i8 3]\n");
    char *text = print(t);
    size_t length = strlen(text);
    trace_free(t);
    for (size_t i = 0; i < length; i++)
        for (const char *c = bytes; c < bytes + sizeof bytes; c++) {
            char before = text[i], *error = NULL;
            text[i] = *c;
            t = trace_parse(&fixture, text, &error);
            cr_assert((t == NULL) == (error != NULL));
            if (t != NULL)
                free(print(t));
            trace_free(t);
            free(error);
            text[i] = before;
        }
    free(text);
}

/* ---- docs/ir.md ----------------------------------------------------------------------------- */

static char *read_page(void) {
    char path[4096], *page = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%.*s/../../docs/ir.md", (int)(strrchr(__FILE__, '/') - __FILE__),
             __FILE__);
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    cr_assert_geq(getdelim(&page, &size, EOF, file), 0);
    fclose(file);
    return page;
}

/* The traces of the worked example are traces. */
Test(ir_text, traces_in_the_documentation) {
    static const char fence[] = "```trace\n";
    char *page = read_page();
    int count = 0;
    for (char *at = page; (at = strstr(at, fence)) != NULL; count++) {
        at += strlen(fence);
        char *end = strstr(at, "```"), *error;
        cr_assert(end);
        *end = 0;
        expect_same(at);
        Trace *t = parse(at);
        cr_assert(trace_verify(t, &error), "%s", error);
        trace_free(t);
        at = end + 1;
    }
    cr_assert_eq(count, 2);
    free(page);
}

/* And the functions are the fixture's. */
Test(ir_text, functions_in_the_documentation) {
    static const struct {
        uint32_t function;
        const char *from, *to;
    } parts[] = {{F_GET_INT, "function get_int", NULL}, {F_BODY, "@3:\n", "@7:\n"}};
    char *page = read_page();
    for (int i = 0; i < 2; i++) {
        char *text = NULL, *indented = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        aot_print(out, &fixture, parts[i].function);
        fclose(out);
        char *from = strstr(text, parts[i].from);
        if (parts[i].to != NULL)
            *strstr(text, parts[i].to) = 0;
        out = open_memstream(&indented, &size);
        for (char *line = from; *line != 0; line = strchr(line, '\n') + 1)
            fprintf(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
        fclose(out);
        cr_assert(strstr(page, indented), "docs/ir.md does not have:\n%s", indented);
        free(indented);
        free(text);
    }
    free(page);
}
