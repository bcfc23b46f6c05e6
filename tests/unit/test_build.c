/* From recordings made by hand to the text of traces. */
#include "build_text.h"

TestSuite(build, .init = open_program, .fini = close_program);

Test(build, a_loop) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    program[1] = INSTRUCTION(BACK, 8);
    RECORD(AT(0), INCREMENT_PATH, AT(1), BACK_PATH, AT(0));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "merge 1: pc 0x50000004\n"
           "  merge 0\n"
           "  %4 = load i8 %2+8 .TValue.tt_\n"
           "  %5 = eq i8 %4, 3\n"
           "  guard %5 is 1 [#0]\n"
           "  %7 = load i64 %2 .TValue.value_\n"
           "  %8 = add i64 %7, 1\n"
           "  store i64 %8, %2 .TValue.value_\n"
           "  merge 1\n"
           "  %11 = load i32 %0+64 .lua_State.hookmask volatile\n"
           "  %12 = ne i32 %11, 0\n"
           "  guard %12 is 0 [#1]\n"
           "end loop #2\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 1 flags 1 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n"
           "#2: merge 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n");
}

Test(build, a_trace_takes_the_reds_as_parameters) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    Trace *t = build(NULL);
    uint32_t expected = 0; /* those that bytecodes read */
    for (uint32_t i = 0; t->insns[i].op == IR_PARAM; i++, expected++) {
        cr_assert_eq(t->insns[i].a, expected);
        cr_assert_eq(t->insns[i].type, IR_PTR);
    }
    cr_assert_eq(expected, 3);
    trace_free(t);
}

Test(build, a_part_of_the_program_that_is_no_loop) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), 0, 1, 3, 5, 6, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load i8 %2+8 .TValue.tt_\n"
           "  %5 = eq i8 %4, 3\n"
           "  guard %5 is 0 [#0]\n"
           "  store ptr 0x50000004, %1+32 .CallInfo.savedpc\n"
           "  call void @increment_slow(%0, %2) anything\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, an_inlined_function) {
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), GET_PATH, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load ptr %2 .TValue.value_\n"
           "  %5 = load i64 %2+16 .TValue.value_\n"
           "  %6 = load i32 %4+12 .Table.alimit\n"
           "  %7 = zext i32 %6 to i64\n"
           "  %8 = sub i64 %5, 1\n"
           "  %9 = ult i64 %8, %7\n"
           "  guard %9 is 1 [#0]\n"
           "  %11 = load ptr %4+16 .Table.array\n"
           "  %12 = shl i64 %8, 4\n"
           "  %13 = ptradd %11, %12\n"
           "  %14 = load i8 %13+8 .TValue.tt_\n"
           "  %15 = eq i8 %14, 0\n"
           "  guard %15 is 0 [#0]\n"
           "  %17 = load i64 %13 .TValue.value_\n"
           "  store i64 %17, %2+32 .TValue.value_\n"
           "  store i8 %14, %2+40 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

/* Where guards may be forced, the snapshot of a branch has both sides. */
Test(build, both_sides_of_branches) {
    builtin_has_effect(true);
    recording.forcible = true;
    record_call();
    Trace *t = build(NULL);
    const TraceSnapshot *s = &t->snapshots[1];
    const TraceFrame *frames = &t->frames[s->frames];
    cr_assert_eq(s->flags, TRACE_FORCIBLE);
    cr_assert_eq(s->frame_count, 6);
    cr_assert_eq(trace_exit_frames(t, 1), 3);
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(frames[i].function, frames[3 + i].function);
    cr_assert_eq(frames[2].block, 20);
    cr_assert_eq(frames[5].block, 19);
    trace_free(t);
}

Test(build, the_other_way_through_an_inlined_function) {
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), 0, 1, 7, 18, 20, 21, 8, 10, 6, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load ptr %2 .TValue.value_\n"
           "  %5 = load i64 %2+16 .TValue.value_\n"
           "  %6 = load i32 %4+12 .Table.alimit\n"
           "  %7 = zext i32 %6 to i64\n"
           "  %8 = sub i64 %5, 1\n"
           "  %9 = ult i64 %8, %7\n"
           "  guard %9 is 0 [#0]\n"
           "  %11 = call ptr @get_slow(%4, %5) read\n"
           "  %12 = load i8 %11+8 .TValue.tt_\n"
           "  %13 = eq i8 %12, 0\n"
           "  guard %13 is 0 [#0]\n"
           "  %15 = load i64 %11 .TValue.value_\n"
           "  store i64 %15, %2+32 .TValue.value_\n"
           "  store i8 %12, %2+40 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
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
    builtin_has_effect(true);
    record_call();
    Trace *t = build(NULL);
    cr_assert_not_null(strstr(print(t), "get_int@21(%9) frame 16\n"), "%s", text);
    trace_free(t);
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), 0, 1, 7, 18, 21, 8, 10, 6, AT(1));
    t = build(NULL);
    cr_assert_not_null(strstr(print(t), "load i8 %4+8 .TValue.tt_\n"), "%s", text);
    trace_free(t);
}

Test(build, frame_buffers_of_functions_that_are_active_lie_behind_each_other) {
    fixture_functions[F_BODY].frame_size = 32;
    fixture_functions[F_GET_INT].frame_size = 48;
    builtin_has_effect(true);
    record_call();
    Trace *t = build(NULL);
    print(t);
    cr_assert_not_null(strstr(text, "trace frames 96\n"), "%s", text);
    cr_assert_not_null(strstr(text, " = frame 32\n"), "%s", text);
    cr_assert_not_null(
        strstr(text, "; builtin@23(result) frame 32; get_int@20(%9, i64 1) frame 48\n"), "%s",
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

/* The promotion in builtin (value 10), as another operation or with a key. */
static void expect_in_builtin(uint8_t op, IrRef key, const char *with, const char *without) {
    IrInsn *insn = &fixture_insns[FIRST_INSN_BUILTIN + 8], before = *insn;
    insn->op = op;
    insn->b = key;
    record_call();
    Trace *t = build(NULL);
    print(t);
    cr_expect_not_null(strstr(text, with), "%s", text);
    cr_expect_null(strstr(text, without), "%s", text);
    trace_free(t);
    *insn = before;
}

Test(build, a_promotion_may_depend_on_a_key) {
    const IrRef constant = IR_CONST | K_I64_4, unknown = 7;
    expect_in_builtin(IR_PROMOTE, constant, "eq i64 %15, 42", "add i64 %18, %15");
    expect_in_builtin(IR_PROMOTE, unknown, "add i64 %18, %15", "eq i64 %15, 42");
    /* A constant of a constant needs no guard. */
    expect_in_builtin(IR_CONSTANT_OF, constant, "add i64 %18, 42", "eq i64 %15, 42");
    expect_in_builtin(IR_CONSTANT_OF, unknown, "add i64 %18, %15", "eq i64 %15, 42");
}

/* Of the bytecode that looks at `address`, which is that of a constant of the program, `bytes`
 * long. */
static void expect_constant(IrRef address, uint32_t bytes, const char *with, const char *without) {
    static uint32_t constants[S_COUNT];
    IrInsn *tag = &fixture_insns[33 - 12], *value = &fixture_insns[38 - 12];
    tag->a = value->a = address;
    constants[S_NIL] = bytes;
    fixture.symbol_constants = constants;
    fixture_nil = (FixtureValue){.value.i = 77, .tag = TAG_INTEGER};
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), 0, 1, 7, 8, 10, 6, AT(1));
    Trace *t = build(NULL);
    print(t);
    cr_expect_not_null(strstr(text, with), "%s", text);
    cr_expect_null(strstr(text, without), "%s", text);
    trace_free(t);
    tag->a = value->a = 31;
    fixture.symbol_constants = NULL;
    memset(&fixture_nil, 0, sizeof fixture_nil);
}

Test(build, constants_of_the_program_are_read) {
    IrRef named = IR_SYMBOL | S_NIL;
    expect_constant(named, 0, "load i8 @nil_value+8 .TValue.tt_\n", "store i8 3,");
    expect_constant(named, 8, "store i64 77, %2+32 .TValue.value_\n", "store i8 3,");
    expect_constant(named, 16, "store i8 3, %2+40 .TValue.tt_\n", "load i8 @nil_value");
}

/* An address that has been computed has no name. */
Test(build, constants_of_the_program_are_found_by_address) {
    AotConst seven = fixture_consts[K_I32_7];
    fixture_consts[K_I32_7] = (AotConst){(uintptr_t)&fixture_nil, IR_PTR, 0};
    expect_constant(IR_CONST | K_I32_7, 0, " = load i8 0x", "store i8 3,");
    expect_constant(IR_CONST | K_I32_7, 8, "store i64 77, %2+32 .TValue.value_\n", "store i8 3,");
    expect_constant(IR_CONST | K_I32_7, 16, "store i8 3, %2+40 .TValue.tt_\n", " = load i8 0x");
    fixture_consts[K_I32_7] = seven;
}

/* What builtin makes of the pointer that get_int returns (value 7) if that is said to point into
 * the stack, and in the recording pointed so far behind the base. */
static void expect_into(int64_t distance, bool known, const char *with, const char *without) {
    IrInsn before[14], *insns = &fixture_insns[FIRST_INSN_BUILTIN] - 2;
    memcpy(before, insns + 2, sizeof before);
    insns[7] =
        (IrInsn){.op = IR_INTO, .type = IR_PTR, .aux = 16, .a = 5, .b = IR_NONE, .c = R_STACK};
    insns[8].type = IR_PTR;
    insns[10] = (IrInsn){.op = IR_LOAD, .type = IR_I64, .a = 7, .c = C_VALUE};
    program[0] = INSTRUCTION(CALL, 0);
    RECORD(AT(0), CALL_PATH, AT(1));
    add_value(fixture_symbols[S_BUILTIN]);
    add_value((void *)(uintptr_t)(0x10000 + distance));
    recording.has_slots = known;
    recording.slots[2] = 0x10000;
    Trace *t = build(NULL);
    print(t);
    cr_expect_not_null(strstr(text, with), "%s", text);
    cr_expect_null(strstr(text, without), "%s", text);
    trace_free(t);
    memcpy(insns + 2, before, sizeof before);
}

Test(build, a_pointer_into_the_stack) {
    expect_into(16, true, "%16 = eq ptr %14, %15\n", "into");
    expect_into(-64, true, ", 16 below %15, region 1\n", "below null");
    expect_into(-16, true, ", 16 below %2, region 1\n", "below null");
    expect_into(-8, true, ", 0 below null, region 1\n", "ule");
    expect_into(4096, true, ", 0 below null, region 1\n", "ule");
    expect_into(16, false, ", 0 below null, region 1\n", "= ptradd %2");
}

/* The increment as a bytecode that loads its base anew. */
static void expect_same(uint32_t same, const char *with, const char *end) {
    IrInsn before[3], *insns = &fixture_insns[21 - 12];
    uint32_t *slot = &fixture_extras[X_MERGE + 2];
    memcpy(before, insns, sizeof before);
    insns[0] = (IrInsn){.op = IR_LOAD, .type = IR_PTR, .aux = 16, .a = 0, .c = C_TOP};
    insns[1] = (IrInsn){.op = IR_PTRADD, .type = IR_PTR, .a = 21, .b = IR_CONST | K_I64_4};
    insns[2].type = IR_PTR;
    *slot = 22;
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    recording.end.same = same;
    Trace *t = build(NULL);
    print(t);
    cr_expect_not_null(strstr(text, with), "%s", text);
    cr_expect_not_null(strstr(text, end), "%s", text);
    trace_free(t);
    *slot = 2;
    memcpy(insns, before, sizeof before);
}

Test(build, a_slot_that_is_what_it_was) {
    expect_same(1 << 2,
                "  %10 = ptradd %2, -4\n"
                "  %11 = eq ptr %7, %10\n"
                "  guard %11 is 1 [#1]\n"
                "end exit #2\n",
                "#1: merge 0 [%0, %1, %8, -, ptr 0x50000004, ptr 0x50001000]\n"
                "#2: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
    expect_same(0, "end exit #1\n",
                "#1: merge 0 [%0, %1, %8, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, a_function_that_was_not_recorded_is_called) {
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), 0, 1, 7, 8, 10, 6, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load ptr %2 .TValue.value_\n"
           "  %5 = load i64 %2+16 .TValue.value_\n"
           "  %6 = call ptr @get_int(%4, %5) read\n"
           "  %7 = load i8 %6+8 .TValue.tt_\n"
           "  %8 = eq i8 %7, 0\n"
           "  guard %8 is 0 [#0]\n"
           "  %10 = load i64 %6 .TValue.value_\n"
           "  store i64 %10, %2+32 .TValue.value_\n"
           "  store i8 %7, %2+40 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, an_indirect_callee_is_guarded_and_inlined) {
    record_call();
    expect("trace frames 16\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load ptr %2 .TValue.value_\n"
           "  %5 = eq ptr %4, @builtin\n"
           "  guard %5 is 1 [#0]\n"
           "  %7 = frame 0\n"
           "  store i64 0, %7\n"
           "  %9 = load ptr %2+32 .TValue.value_\n"
           "  %10 = load i32 %9+12 .Table.alimit\n"
           "  %11 = zext i32 %10 to i64\n"
           "  %12 = ult i64 0, %11\n"
           "  guard %12 is 1 [#0]\n"
           "  %14 = load ptr %9+16 .Table.array\n"
           "  %15 = load i64 %14 .TValue.value_\n"
           "  store i64 %15, %7\n"
           "  %17 = eq i64 %15, 42\n"
           "  guard %17 is 1 [#0]\n"
           "  call void @observe(%7) read write\n"
           "  %20 = load i64 %7\n"
           "  %21 = add i64 %20, 42\n"
           "  %22 = trunc i64 %21 to i32\n"
           "  %23 = zext i32 %22 to i64\n"
           "  store i64 %23, %2+16 .TValue.value_\n"
           "  store i8 3, %2+24 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, an_indirect_callee_outside_of_the_module) {
    program[0] = INSTRUCTION(CALL, 0);
    RECORD(AT(0), 0, 1, 15, 16, 17, 6, AT(1));
    add_value((void *)(uintptr_t)0x50003000);
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load ptr %2 .TValue.value_\n"
           "  %5 = eq ptr %4, 0x50003000\n"
           "  guard %5 is 1 [#0]\n"
           "  %7 = call i32 0x50003000(%0, %2) anything\n"
           "  %8 = zext i32 %7 to i64\n"
           "  store i64 %8, %2+16 .TValue.value_\n"
           "  store i8 3, %2+24 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, a_switch_on_a_dynamic_value) {
    make_dynamic();
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load i32 0x50000000\n"
           "  %5 = and i32 %4, 127\n"
           "  %6 = eq i32 %5, 0\n"
           "  guard %6 is 1 [#0]\n"
           "  %8 = load i8 %2+8 .TValue.tt_\n"
           "  %9 = eq i8 %8, 3\n"
           "  guard %9 is 1 [#0]\n"
           "  %11 = load i64 %2 .TValue.value_\n"
           "  %12 = add i64 %11, 1\n"
           "  store i64 %12, %2 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, a_switch_whose_case_has_several_values) {
    make_dynamic();
    fixture_extras[X_SWITCH + 6] = 3; /* 2 is INCREMENT, too */
    program[0] = INSTRUCTION(BACK, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load i32 0x50000000\n"
           "  %5 = and i32 %4, 127\n"
           "  %6 = eq i32 %5, 0\n"
           "  %7 = eq i32 %5, 2\n"
           "  %8 = or i1 %6, %7\n"
           "  guard %8 is 1 [#0]\n"
           "  %10 = load i8 %2+8 .TValue.tt_\n"
           "  %11 = eq i8 %10, 3\n"
           "  guard %11 is 1 [#0]\n"
           "  %13 = load i64 %2 .TValue.value_\n"
           "  %14 = add i64 %13, 1\n"
           "  store i64 %14, %2 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
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
           "  %4 = load i32 0x50000000\n"
           "  %5 = and i32 %4, 127\n"
           "  %6 = eq i32 %5, 2\n"
           "  guard %6 is 0 [#0]\n"
           "  %8 = eq i32 %5, 3\n"
           "  guard %8 is 0 [#0]\n"
           "  %10 = load i8 %2+8 .TValue.tt_\n"
           "  %11 = eq i8 %10, 3\n"
           "  guard %11 is 1 [#0]\n"
           "  %13 = load i64 %2 .TValue.value_\n"
           "  %14 = add i64 %13, 1\n"
           "  store i64 %14, %2 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, ptr 0x50000004, ptr 0x50001000]\n");
}

Test(build, a_dynamic_pc_is_guarded) {
    make_dynamic();
    program[0] = INSTRUCTION(BACK, 4);
    RECORD(AT(0), BACK_PATH, AT(0));
    expect("trace\n"
           "merge 0: pc 0x50000000\n"
           "  merge 0\n"
           "  %4 = load i32 0x50000000\n"
           "  %5 = and i32 %4, 127\n"
           "  %6 = eq i32 %5, 2\n"
           "  guard %6 is 1 [#0]\n"
           "  %8 = load i32 %0+64 .lua_State.hookmask volatile\n"
           "  %9 = ne i32 %8, 0\n"
           "  guard %9 is 0 [#0]\n"
           "  %11 = lshr i32 %4, 7\n"
           "  %12 = zext i32 %11 to i64\n"
           "  %13 = sub i64 0, %12\n"
           "  %14 = ptradd 0x50000004, %13\n"
           "  %15 = eq ptr %14, 0x50000000\n"
           "  guard %15 is 1 [#1]\n"
           "end loop #2\n"
           "#0: merge 0 flags 1 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n"
           "#1: merge 0 [%0, %1, %2, -, %14, ptr 0x50001000]\n"
           "#2: merge 0 [%0, %1, %2, -, ptr 0x50000000, ptr 0x50001000]\n");
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
