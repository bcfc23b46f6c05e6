/* Side traces, bytecodes that are executed anew, and ends of traces, as text. */
#include "build_text.h"

TestSuite(build_sides, .init = open_program, .fini = close_program);

static Trace *parent;
static void expect_side(const char *expected) {
    Trace *t = build(parent);
    cr_assert_str_eq(print(t), expected, "\n%s", text);
    trace_free(t);
    trace_free(parent);
}

Test(build_sides, a_side_trace_begins_with_the_frames_of_the_exit) {
    builtin_has_effect(true);
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
                "#1: merge 1 flags 1 [%1, %2, %3, -, ptr 0x50000004, ptr 0x50001000]\n"
                "#2: merge 1 [%1, %2, %3, -, ptr 0x50000008, ptr 0x50001000]\n");
}

Test(build_sides, a_side_trace_at_a_merge_point_guards_the_pc) {
    make_dynamic();
    program[0] = INSTRUCTION(BACK, 4);
    RECORD(AT(0), BACK_PATH, AT(0));
    parent = build(NULL);
    Exit exit = {.snapshot = 1};
    cr_assert_eq(parent->snapshots[1].frame_count, 0);
    cr_assert_eq(parent->snapshots[1].flags, 0);
    greens.range[0].size = PROGRAM_SIZE;
    program[3] = INSTRUCTION(INCREMENT, 0);
    RECORD_SIDE(&exit, AT(0), AT(3), INCREMENT_PATH, AT(4));
    expect_side("trace\n"
                "merge 0: pc 0x50000000\n"
                "merge 1: pc 0x5000000c\n"
                "  merge 0\n"
                "  %5 = eq ptr %3, 0x5000000c\n"
                "  guard %5 is 1 [#0]\n"
                "  merge 1\n"
                "  %8 = load i8 %2+8 .TValue.tt_\n"
                "  %9 = eq i8 %8, 3\n"
                "  guard %9 is 1 [#1]\n"
                "  %11 = load i64 %2 .TValue.value_\n"
                "  %12 = add i64 %11, 1\n"
                "  store i64 %12, %2 .TValue.value_\n"
                "end exit #2\n"
                "#0: merge 0 [%0, %1, %2, -, %3, ptr 0x50001000]\n"
                "#1: merge 1 flags 1 [%0, %1, %2, -, ptr 0x5000000c, ptr 0x50001000]\n"
                "#2: merge 1 [%0, %1, %2, -, ptr 0x50000010, ptr 0x50001000]\n");
}

Test(build_sides, a_side_trace_executes_the_bytecode_anew) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    program[1] = INSTRUCTION(BACK, 8);
    RECORD(AT(0), INCREMENT_PATH, AT(1), BACK_PATH, AT(0));
    parent = build(NULL);
    Exit exit = {.snapshot = 0};
    cr_assert_eq(parent->snapshots[0].flags, TRACE_RESTART);
    RECORD_SIDE(&exit, AT(0), 0, 1, 3, 5, 6, AT(1));
    expect_side("trace\n"
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

/* ---- where a bytecode may be executed anew ----------------------------------------------------
 */

enum { LOAD_OBJECT = 29 - 12, LOAD_KEY = 30 - 12 }; /* of GET, in front of a guard in get_int */

/* GET with an instruction in place of the load of the key. */
static bool restarts_behind(IrInsn insn) {
    fixture_insns[LOAD_KEY] = insn;
    fixture_extras[X_ARGS_GET + 1] = IR_CONST | K_I64_1;
    program[0] = INSTRUCTION(GET, 0);
    RECORD(AT(0), GET_PATH, AT(1));
    Trace *t = build(NULL);
    uint32_t i = 0;
    while (t->insns[i].op != IR_GUARD)
        i++;
    bool restarts = t->snapshots[t->insns[i].c].flags == TRACE_RESTART;
    cr_assert_eq(t->snapshots[t->insns[i].c].frame_count, restarts ? 0 : 2);
    trace_free(t);
    return restarts;
}

static IrInsn store_to(uint32_t pointer, uint16_t offset, uint32_t class) {
    return (IrInsn){IR_STORE, IR_PTR, offset, pointer, 14, class};
}

Test(build_sides, stores_that_may_be_done_again) {
    /* What has been read is a field of the same struct at base + 0. */
    cr_expect(restarts_behind(store_to(1, 32, C_SAVEDPC)), "another struct");
    cr_expect(restarts_behind(store_to(2, 8, C_VALUE)), "other bytes behind the same pointer");
    cr_expect_not(restarts_behind(store_to(2, 0, C_VALUE)), "the same bytes");
    cr_expect_not(restarts_behind(store_to(2, 7, C_VALUE)), "one byte");
    cr_expect_not(restarts_behind(store_to(1, 0, C_VALUE)), "another pointer");
    cr_expect_not(restarts_behind(store_to(1, 32, C_ANY)), "anything");
    cr_expect_not(restarts_behind(store_to(1, 32, C_SAVEDPC | IR_VOLATILE)), "volatile");
    fixture_insns[LOAD_OBJECT].c |= IR_VOLATILE;
    cr_expect_not(restarts_behind(store_to(1, 32, C_SAVEDPC)), "behind a volatile load");
}

static IrInsn call_with(uint16_t effects) {
    return (IrInsn){IR_CALL, IR_VOID, effects, IR_SYMBOL | S_INCREMENT_SLOW, X_ARGS_INCREMENT, 2};
}

Test(build_sides, calls_that_may_be_done_again) {
    cr_expect(restarts_behind(call_with(0)));
    cr_expect(restarts_behind(call_with(IR_MAY_READ | IR_MAY_THROW)));
    cr_expect_not(restarts_behind(call_with(IR_MAY_READ | IR_MAY_WRITE)));
    cr_expect_not(restarts_behind(call_with(IR_MAY_READ | IR_MAY_COLLECT)));
    /* A store behind a call that may have read what is written. */
    fixture_insns[LOAD_OBJECT] = call_with(IR_MAY_READ);
    fixture_extras[X_ARGS_GET] = 2;
    cr_expect_not(restarts_behind(store_to(1, 32, C_SAVEDPC)));
    fixture_insns[LOAD_OBJECT] = call_with(0);
    cr_expect(restarts_behind(store_to(1, 32, C_SAVEDPC)));
}

Test(build_sides, a_trace_may_end_where_the_function_returns) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    program[1] = INSTRUCTION(RETURN, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1), 0, 1, 14, AT(2));
    recording.returned = true;
    Trace *t = build(NULL);
    cr_expect_eq(t->end, TRACE_RETURN);
    cr_expect_eq(t->merge_count, 2);
    const TraceSnapshot *end = &t->snapshots[t->end_snapshot];
    cr_expect_eq(end->frame_count, 0);
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        cr_expect_eq(t->snapshot_values[end->vector + i], IR_NONE);
    cr_expect_not_null(strstr(print(t), "\nend return #"));
    trace_free(t);
}
