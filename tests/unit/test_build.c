/* From recordings made by hand to the text of traces. The texts leave out the parameters: %0 L, %1
 * ci, %2 base, and seven that nothing uses. */
#include "hand_recording.h"

TestSuite(build, .init = open_program, .fini = close_program);

static const char *print(const Trace *t) {
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    trace_print(out, t);
    fclose(out);
    char *to = text;
    for (char *line = text; *line != 0;) {
        char *next = strchr(line, '\n') + 1;
        char *parameter = strstr(line, " = param ");
        char *vector = strstr(line, " flags 1;");
        if ((parameter == NULL || parameter > next) && (vector == NULL || vector > next)) {
            memmove(to, line, (size_t)(next - line));
            to += next - line;
        }
        line = next;
    }
    *to = 0;
    return text;
}

static void expect(const char *expected) {
    Trace *t = build(NULL);
    cr_assert_str_eq(print(t), expected, "\n%s", text);
    trace_free(t);
}

static void record_side(const Exit *exit, const int *list, size_t count) {
    record(list, count);
    recording.exit = exit;
}
#define RECORD_SIDE(exit, ...)                                                                     \
    record_side(exit, (const int[]){__VA_ARGS__}, sizeof(int[]){__VA_ARGS__} / sizeof(int))

/* The snapshots TRACE_RESTART, which the other texts leave out. */
static const char *restarts(const Trace *t) {
    static char lines[1024];
    char *all = NULL;
    size_t size;
    FILE *out = open_memstream(&all, &size);
    trace_print(out, t);
    fclose(out);
    *lines = 0;
    for (char *line = strtok(all, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strstr(line, " flags 1;") != NULL)
            strcat(strcat(lines, line), "\n");
    free(all);
    return lines;
}

Test(build, a_loop) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    program[1] = INSTRUCTION(BACK, 8);
    RECORD(AT(0), INCREMENT_PATH, AT(1), BACK_PATH, AT(0));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "merge 1: pc 0x50000004\n"
           "  merge 0\n"
           "  %11 = load i8 %2+8 .TValue.tt_\n"
           "  %12 = eq i8 %11, 3\n"
           "  guard %12 is 1 [#0]\n"
           "  %14 = load i64 %2 .TValue.value_\n"
           "  %15 = add i64 %14, 1\n"
           "  store i64 %15, %2 .TValue.value_\n"
           "  merge 1\n"
           "  %18 = load i32 %0+64 .lua_State.hookmask volatile\n"
           "  %19 = ne i32 %18, 0\n"
           "  guard %19 is 0 [#1]\n"
           "end loop #2\n"
           "#0: merge 0; execute.body@5(%0, %1, %2, ptr 0x50001000, ptr 0x50000004)\n"
           "#1: merge 1; execute.body@12(%0, %1, %2, ptr 0x50001000, ptr 0x50000008)\n"
           "#2: merge 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n");
}

Test(build, bytecodes_may_begin_anew) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    program[1] = INSTRUCTION(BACK, 8);
    RECORD(AT(0), INCREMENT_PATH, AT(1), BACK_PATH, AT(0));
    Trace *t = build(NULL);
    cr_expect_str_eq(
        restarts(t),
        "#3: merge 0 flags 1; execute.body@1(%0, %1, %2, ptr 0x50001000, i32 0, i32 0, "
        "ptr 0x50000004)\n"
        "#4: merge 1 flags 1; execute.body@1(%0, %1, %2, ptr 0x50001000, i32 1026, i32 2, "
        "ptr 0x50000008)\n");
    trace_free(t);
}

Test(build, a_trace_takes_the_reds_as_parameters) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    Trace *t = build(NULL);
    uint32_t expected = 0;
    for (uint32_t i = 0; t->insns[i].op == IR_PARAM; i++, expected++) {
        if (expected == YK_GREEN_SLOT)
            expected += 2;
        cr_assert_eq(t->insns[i].a, expected);
        cr_assert_eq(t->insns[i].type, expected < 3 ? IR_PTR : IR_I64);
    }
    cr_assert_eq(expected, YK_VECTOR_SLOTS);
    trace_free(t);
}

Test(build, a_part_of_the_program_that_is_no_loop) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), 0, 1, 3, 5, 6, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load i8 %2+8 .TValue.tt_\n"
           "  %12 = eq i8 %11, 3\n"
           "  guard %12 is 0 [#0]\n"
           "  store ptr 0x50000004, %1+32 .CallInfo.savedpc\n"
           "  call void @increment_slow(%0, %2) anything\n"
           "end exit #1\n"
           "#0: merge 0; execute.body@4(%0, %1, %2, ptr 0x50001000, ptr 0x50000004)\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, an_inlined_function) {
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), GET_PATH, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load ptr %2 .TValue.value_\n"
           "  %12 = load i64 %2+16 .TValue.value_\n"
           "  %13 = load i32 %11+12 .Table.alimit\n"
           "  %14 = zext i32 %13 to i64\n"
           "  %15 = sub i64 %12, 1\n"
           "  %16 = ult i64 %15, %14\n"
           "  guard %16 is 1 [#0]\n"
           "  %18 = load ptr %11+16 .Table.array\n"
           "  %19 = shl i64 %15, 4\n"
           "  %20 = ptradd %18, %19\n"
           "  %21 = load i8 %20+8 .TValue.tt_\n"
           "  %22 = eq i8 %21, 0\n"
           "  guard %22 is 0 [#1]\n"
           "  %24 = load i64 %20 .TValue.value_\n"
           "  store i64 %24, %2+32 .TValue.value_\n"
           "  store i8 %21, %2+40 .TValue.tt_\n"
           "end exit #2\n"
           "#0: merge 0; execute.body@8(%0, %1, %2, ptr 0x50001000, ptr 0x50000004, result); "
           "get_int@20(%11, %12)\n"
           "#1: merge 0; execute.body@9(%0)\n"
           "#2: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, the_other_way_through_an_inlined_function) {
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), 0, 1, 7, 18, 20, 21, 8, 10, 6, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load ptr %2 .TValue.value_\n"
           "  %12 = load i64 %2+16 .TValue.value_\n"
           "  %13 = load i32 %11+12 .Table.alimit\n"
           "  %14 = zext i32 %13 to i64\n"
           "  %15 = sub i64 %12, 1\n"
           "  %16 = ult i64 %15, %14\n"
           "  guard %16 is 0 [#0]\n"
           "  %18 = call ptr @get_slow(%11, %12) read\n"
           "  %19 = load i8 %18+8 .TValue.tt_\n"
           "  %20 = eq i8 %19, 0\n"
           "  guard %20 is 0 [#1]\n"
           "  %22 = load i64 %18 .TValue.value_\n"
           "  store i64 %22, %2+32 .TValue.value_\n"
           "  store i8 %19, %2+40 .TValue.tt_\n"
           "end exit #2\n"
           "#0: merge 0; execute.body@8(%0, %1, %2, ptr 0x50001000, ptr 0x50000004, result); "
           "get_int@19(%11, %15)\n"
           "#1: merge 0; execute.body@9(%0)\n"
           "#2: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, phis_of_an_exit_are_those_of_its_edge) {
    /* get_int returns its argument if the key is too large: block 18 branches to the phi's. */
    fixture_insns[FIRST_INSN_GET_INT + 4].c = 21;
    fixture_extras[X_PHI + 2] = 18;
    fixture_extras[X_PHI + 3] = 0;
    static uint32_t extras[X_CAPACITY + 1];
    memcpy(extras, fixture_extras, sizeof fixture_extras);
    extras[X_CAPACITY] = 13;
    fixture.extras = extras;
    fixture_blocks[21].resume = 3;
    fixture_blocks[21].lives = X_CAPACITY;
    fixture_blocks[21].live_count = 1;
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), GET_PATH, AT(1));
    Trace *t = build(NULL);
    cr_assert_not_null(strstr(print(t), "get_int@21(%11)\n"), "%s", text);
    trace_free(t);
    RECORD(AT(0), 0, 1, 7, 18, 21, 8, 10, 6, AT(1));
    t = build(NULL);
    cr_assert_not_null(strstr(print(t), "load i8 %11+8 .TValue.tt_\n"), "%s", text);
    trace_free(t);
}

Test(build, frame_buffers_of_functions_that_are_active_lie_behind_each_other) {
    fixture_functions[F_BODY].frame_size = 32;
    fixture_functions[F_GET_INT].frame_size = 48;
    record_call();
    Trace *t = build(NULL);
    print(t);
    cr_assert_not_null(strstr(text, "trace frames 96\n"), "%s", text);
    cr_assert_not_null(strstr(text, " = frame 32\n"), "%s", text);
    cr_assert_not_null(
        strstr(text, "; builtin@23(result) frame 32; get_int@20(%16, i64 1) frame 48\n"), "%s",
        text);
    /* The parent's places hold in side traces, too. */
    Exit exit = {.snapshot = 1};
    RECORD_SIDE(&exit, AT(0), 20, 21, 23, 24, 17, 6, AT(1));
    add_value((void *)(uintptr_t)42);
    Trace *side = build(t);
    print(side);
    cr_assert_not_null(strstr(text, " = frame 32\n"), "%s", text);
    trace_free(side);
    trace_free(t);
}

Test(build, a_function_that_was_not_recorded_is_called) {
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), 0, 1, 7, 8, 10, 6, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load ptr %2 .TValue.value_\n"
           "  %12 = load i64 %2+16 .TValue.value_\n"
           "  %13 = call ptr @get_int(%11, %12) read\n"
           "  %14 = load i8 %13+8 .TValue.tt_\n"
           "  %15 = eq i8 %14, 0\n"
           "  guard %15 is 0 [#0]\n"
           "  %17 = load i64 %13 .TValue.value_\n"
           "  store i64 %17, %2+32 .TValue.value_\n"
           "  store i8 %14, %2+40 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0; execute.body@9(%0)\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, an_indirect_callee_is_guarded_and_inlined) {
    record_call();
    expect("trace frames 16\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load ptr %2 .TValue.value_\n"
           "  %12 = eq ptr %11, @builtin\n"
           "  guard %12 is 1 [#0]\n"
           "  %14 = frame 0\n"
           "  store i64 0, %14\n"
           "  %16 = load ptr %2+32 .TValue.value_\n"
           "  %17 = load i32 %16+12 .Table.alimit\n"
           "  %18 = zext i32 %17 to i64\n"
           "  %19 = ult i64 0, %18\n"
           "  guard %19 is 1 [#1]\n"
           "  %21 = load ptr %16+16 .Table.array\n"
           "  %22 = load i64 %21 .TValue.value_\n"
           "  store i64 %22, %14\n"
           "  %24 = eq i64 %22, 42\n"
           "  guard %24 is 1 [#2]\n"
           "  call void @observe(%14) read write\n"
           "  %27 = load i64 %14\n"
           "  %28 = add i64 %27, 42\n"
           "  %29 = trunc i64 %28 to i32\n"
           "  %30 = zext i32 %29 to i64\n"
           "  store i64 %30, %2+16 .TValue.value_\n"
           "  store i8 3, %2+24 .TValue.tt_\n"
           "end exit #3\n"
           "#0: merge 0; execute.body@16(%0, %1, %2, ptr 0x50001000, ptr 0x50000004, %11)\n"
           "#1: merge 0; execute.body@17(%0, %1, %2, ptr 0x50001000, ptr 0x50000004, result); "
           "builtin@23(result); get_int@20(%16, i64 1) frame 16\n"
           "#2: merge 0; execute.body@17(%0, %1, %2, ptr 0x50001000, ptr 0x50000004, result); "
           "builtin@24(%22)\n"
           "#3: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, an_indirect_callee_outside_of_the_module) {
    program[0] = INSTRUCTION(CALL, 0);
    RECORD(AT(0), 0, 1, 15, 16, 17, 6, AT(1));
    add_value((void *)(uintptr_t)0x50003000);
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load ptr %2 .TValue.value_\n"
           "  %12 = eq ptr %11, 0x50003000\n"
           "  guard %12 is 1 [#0]\n"
           "  %14 = call i32 0x50003000(%0, %2) anything\n"
           "  %15 = zext i32 %14 to i64\n"
           "  store i64 %15, %2+16 .TValue.value_\n"
           "  store i8 3, %2+24 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0; execute.body@16(%0, %1, %2, ptr 0x50001000, ptr 0x50000004, %11)\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

/* The program is ordinary memory: branches on it are guarded. */
static void make_dynamic(void) {
    greens.range[0].size = 0;
}

Test(build, a_switch_on_a_dynamic_value) {
    make_dynamic();
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load i32 0x50000000\n"
           "  %12 = and i32 %11, 127\n"
           "  %13 = eq i32 %12, 0\n"
           "  guard %13 is 1 [#0]\n"
           "  %15 = load i8 %2+8 .TValue.tt_\n"
           "  %16 = eq i8 %15, 3\n"
           "  guard %16 is 1 [#1]\n"
           "  %18 = load i64 %2 .TValue.value_\n"
           "  %19 = add i64 %18, 1\n"
           "  store i64 %19, %2 .TValue.value_\n"
           "end exit #2\n"
           "#0: merge 0; execute.body@1(%0, %1, %2, ptr 0x50001000, %11, %12, ptr 0x50000004)\n"
           "#1: merge 0; execute.body@5(%0, %1, %2, ptr 0x50001000, ptr 0x50000004)\n"
           "#2: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, a_switch_whose_case_has_several_values) {
    make_dynamic();
    fixture_extras[X_SWITCH + 6] = 3; /* 2 is INCREMENT, too */
    program[0] = INSTRUCTION(BACK, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load i32 0x50000000\n"
           "  %12 = and i32 %11, 127\n"
           "  %13 = eq i32 %12, 0\n"
           "  %14 = eq i32 %12, 2\n"
           "  %15 = or i1 %13, %14\n"
           "  guard %15 is 1 [#0]\n"
           "  %17 = load i8 %2+8 .TValue.tt_\n"
           "  %18 = eq i8 %17, 3\n"
           "  guard %18 is 1 [#1]\n"
           "  %20 = load i64 %2 .TValue.value_\n"
           "  %21 = add i64 %20, 1\n"
           "  store i64 %21, %2 .TValue.value_\n"
           "end exit #2\n"
           "#0: merge 0; execute.body@1(%0, %1, %2, ptr 0x50001000, %11, %12, ptr 0x50000004)\n"
           "#1: merge 0; execute.body@5(%0, %1, %2, ptr 0x50001000, ptr 0x50000004)\n"
           "#2: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, the_default_of_a_switch) {
    make_dynamic();
    fixture_extras[X_SWITCH] = 3;      /* default: INCREMENT */
    fixture_extras[X_SWITCH + 4] = 3;  /* and 1 */
    fixture_extras[X_SWITCH + 10] = 2; /* 4: unreachable */
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load i32 0x50000000\n"
           "  %12 = and i32 %11, 127\n"
           "  %13 = eq i32 %12, 2\n"
           "  guard %13 is 0 [#0]\n"
           "  %15 = eq i32 %12, 3\n"
           "  guard %15 is 0 [#0]\n"
           "  %17 = load i8 %2+8 .TValue.tt_\n"
           "  %18 = eq i8 %17, 3\n"
           "  guard %18 is 1 [#1]\n"
           "  %20 = load i64 %2 .TValue.value_\n"
           "  %21 = add i64 %20, 1\n"
           "  store i64 %21, %2 .TValue.value_\n"
           "end exit #2\n"
           "#0: merge 0; execute.body@1(%0, %1, %2, ptr 0x50001000, %11, %12, ptr 0x50000004)\n"
           "#1: merge 0; execute.body@5(%0, %1, %2, ptr 0x50001000, ptr 0x50000004)\n"
           "#2: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, a_dynamic_pc_is_guarded) {
    make_dynamic();
    program[0] = INSTRUCTION(BACK, 4);
    RECORD(AT(0), BACK_PATH, AT(0));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %11 = load i32 0x50000000\n"
           "  %12 = and i32 %11, 127\n"
           "  %13 = eq i32 %12, 2\n"
           "  guard %13 is 1 [#0]\n"
           "  %15 = load i32 %0+64 .lua_State.hookmask volatile\n"
           "  %16 = ne i32 %15, 0\n"
           "  guard %16 is 0 [#1]\n"
           "  %18 = lshr i32 %11, 7\n"
           "  %19 = zext i32 %18 to i64\n"
           "  %20 = sub i64 0, %19\n"
           "  %21 = ptradd 0x50000004, %20\n"
           "  %22 = eq ptr %21, 0x50000000\n"
           "  guard %22 is 1 [#2]\n"
           "end loop #3\n"
           "#0: merge 0; execute.body@1(%0, %1, %2, ptr 0x50001000, %11, %12, ptr 0x50000004)\n"
           "#1: merge 0; execute.body@12(%0, %1, %2, ptr 0x50001000, ptr 0x50000004)\n"
           "#2: merge 0 [%0, %1, %2, -, %21, ptr 0x50001000]\n"
           "#3: merge 0 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n");
}

Test(build, a_branch_to_an_unreachable_block_needs_no_guard) {
    fixture_insns[fixture_blocks[5].first].op = IR_UNREACHABLE;
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    Trace *t = build(NULL);
    cr_assert_null(strstr(print(t), "guard"), "%s", text);
    trace_free(t);
}

Test(build, a_load_must_lie_in_the_range) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    greens.range[0].size = 3;
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    Trace *t = build(NULL);
    cr_assert_not_null(strstr(print(t), "load i32 0x50000000"), "%s", text);
    trace_free(t);
    greens.range[0].size = 4;
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    t = build(NULL);
    cr_assert_null(strstr(print(t), "load i32"), "%s", text);
    trace_free(t);
    greens.range[0] = (YkRange){(uintptr_t)program + 1, PROGRAM_SIZE};
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    t = build(NULL);
    cr_assert_not_null(strstr(print(t), "load i32 0x50000000"), "%s", text);
    trace_free(t);
}

Test(build, a_volatile_load_is_never_evaluated) {
    fixture_insns[0].c |= IR_VOLATILE;
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    Trace *t = build(NULL);
    cr_assert_not_null(strstr(print(t), "load i32 0x50000000"), "%s", text);
    trace_free(t);
}

/* ---- side traces ---- */

static Trace *parent;
static void expect_side(const char *expected) {
    Trace *t = build(parent);
    cr_assert_str_eq(print(t), expected, "\n%s", text);
    trace_free(t);
    trace_free(parent);
}

Test(build, a_side_trace_begins_with_the_frames_of_the_exit) {
    record_call();
    parent = build(NULL);
    /* In get_int, called by builtin, called by the body. */
    Exit exit = {.snapshot = 1};
    cr_assert_eq(parent->snapshots[1].frame_count, 3);
    RECORD_SIDE(&exit, AT(0), 20, 21, 23, 24, 17, 6, AT(1), INCREMENT_PATH, AT(2));
    add_value((void *)(uintptr_t)42);
    program[1] = INSTRUCTION(INCREMENT, 0);
    expect_side("trace side frames 16\n"
                "merge 0: pc 0x50000000\n"
                "merge 1: pc 0x50000004\n"
                "  merge 0\n"
                "  %1 = inherit ptr 0\n"
                "  %2 = inherit ptr 1\n"
                "  %3 = inherit ptr 2 region 1\n"
                "  %4 = inherit ptr 7\n"
                "  %5 = call ptr @get_slow(%4, i64 1) read\n"
                "  %6 = load i64 %5 .TValue.value_\n"
                "  %7 = frame 0\n"
                "  store i64 %6, %7\n"
                "  %9 = eq i64 %6, 42\n"
                "  guard %9 is 1 [#0]\n"
                "  call void @observe(%7) read write\n"
                "  %12 = load i64 %7\n"
                "  %13 = add i64 %12, 42\n"
                "  %14 = trunc i64 %13 to i32\n"
                "  %15 = zext i32 %14 to i64\n"
                "  store i64 %15, %3+16 .TValue.value_\n"
                "  store i8 3, %3+24 .TValue.tt_\n"
                "  merge 1\n"
                "  %19 = load i8 %3+8 .TValue.tt_\n"
                "  %20 = eq i8 %19, 3\n"
                "  guard %20 is 1 [#1]\n"
                "  %22 = load i64 %3 .TValue.value_\n"
                "  %23 = add i64 %22, 1\n"
                "  store i64 %23, %3 .TValue.value_\n"
                "end exit #2\n"
                "#0: merge 0; execute.body@17(%1, %2, %3, ptr 0x50001000, ptr 0x50000004, result); "
                "builtin@24(%6)\n"
                "#1: merge 1; execute.body@5(%1, %2, %3, ptr 0x50001000, ptr 0x50000008)\n"
                "#2: merge 1 [%1, %2, %3, -, ptr 0x50000008, ptr 0x50001000]\n");
}

Test(build, a_side_trace_at_a_merge_point_guards_the_pc) {
    make_dynamic();
    program[0] = INSTRUCTION(BACK, 4);
    RECORD(AT(0), BACK_PATH, AT(0));
    parent = build(NULL);
    Exit exit = {.snapshot = 2};
    cr_assert_eq(parent->snapshots[2].frame_count, 0);
    greens.range[0].size = PROGRAM_SIZE;
    program[3] = INSTRUCTION(INCREMENT, 0);
    RECORD_SIDE(&exit, AT(0), AT(3), INCREMENT_PATH, AT(4));
    expect_side("trace side\n"
                "merge 0: pc 0x50000000\n"
                "merge 1: pc 0x5000000c\n"
                "  merge 0\n"
                "  %1 = inherit ptr 0\n"
                "  %2 = inherit ptr 1\n"
                "  %3 = inherit ptr 2 region 1\n"
                "  %4 = inherit ptr 4\n"
                "  %5 = eq ptr %4, 0x5000000c\n"
                "  guard %5 is 1 [#0]\n"
                "  merge 1\n"
                "  %8 = load i8 %3+8 .TValue.tt_\n"
                "  %9 = eq i8 %8, 3\n"
                "  guard %9 is 1 [#1]\n"
                "  %11 = load i64 %3 .TValue.value_\n"
                "  %12 = add i64 %11, 1\n"
                "  store i64 %12, %3 .TValue.value_\n"
                "end exit #2\n"
                "#0: merge 0 [%1, %2, %3, -, %4, ptr 0x50001000]\n"
                "#1: merge 1; execute.body@5(%1, %2, %3, ptr 0x50001000, ptr 0x50000010)\n"
                "#2: merge 1 [%1, %2, %3, -, ptr 0x50000010, ptr 0x50001000]\n");
}
