/* Recordings that make no trace, and why. */
#include "hand_recording.h"

TestSuite(build_aborts, .init = open_program, .fini = close_program);

static void expect_abort(enum YkAbort expected) {
    enum YkAbort why;
    Trace *t = build_trace(&fixture, &recording, NULL, &why);
    cr_assert_null(t, "a trace was made");
    cr_assert_eq(why, expected, "%s", abort_texts[why]);
}

Test(build_aborts, paths_that_make_no_trace) {
    static const struct {
        int opcode;
        enum YkAbort why;
        int path[8];
    } cases[] = {
        {GET, YK_ABORT_NEVER_RETURNS, {0, 1, 7, 18, 19, 21, 8, 9}},
        {BACK, YK_ABORT_BYPASS, {0, 1, 11, 12, -1}},
        {RETURN, YK_ABORT_RETURNED, {0, 1, 14, -1}},
        /* Not what the instruction does. */
        {GET, YK_ABORT_DIVERGED, {0, 1, 3, 4, 6, -1}},
        {INCREMENT, YK_ABORT_DIVERGED, {0, 1, 3, 6, -1}},
        {INCREMENT, YK_ABORT_DIVERGED, {1, 3, 4, 6, -1}},
        {INCREMENT, YK_ABORT_DIVERGED, {0, 1, 3, -1}},
        {INCREMENT, YK_ABORT_DIVERGED, {0, 1, 3, 4, -1}},
        {INCREMENT, YK_ABORT_DIVERGED, {0, 1, 3, 4, 6, 6, -1}},
        {INCREMENT, YK_ABORT_DIVERGED, {-1}},
        /* The callee's value is missing. */
        {CALL, YK_ABORT_DIVERGED, {0, 1, 15, 16, 17, 6, -1}},
        /* An unreachable block. */
        {7, YK_ABORT_NEVER_RETURNS, {0, 1, 2, -1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int list[10] = {AT(0)};
        size_t count = 1;
        for (unsigned j = 0; j < 8 && cases[i].path[j] >= 0; j++)
            list[count++] = cases[i].path[j];
        list[count++] = AT(1);
        program[0] = INSTRUCTION(cases[i].opcode, 0);
        record(list, count);
        enum YkAbort why;
        Trace *t = build_trace(&fixture, &recording, NULL, &why);
        cr_assert_null(t, "case %zu: a trace was made", i);
        cr_assert_eq(why, cases[i].why, "case %zu: %s", i, abort_texts[why]);
    }
}

Test(build_aborts, the_recording_must_end_where_the_program_does) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(2));
    expect_abort(YK_ABORT_DIVERGED);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    add_value(NULL);
    expect_abort(YK_ABORT_DIVERGED);
}

Test(build_aborts, a_promoted_value_that_is_known_must_be_the_recorded_one) {
    record_call();
    fixture_insns[FIRST_INSN_BUILTIN + 8].a = IR_CONST | K_I64_4;
    recording.values[1] = 4;
    trace_free(build(NULL));
    recording.values[1] = 5;
    expect_abort(YK_ABORT_DIVERGED);
}

Test(build_aborts, an_aborted_recording_makes_no_trace) {
    program[0] = INSTRUCTION(INCREMENT, 0);
    RECORD(AT(0), INCREMENT_PATH, AT(1));
    recording.abort = YK_ABORT_STALE;
    expect_abort(YK_ABORT_STALE);
}

/* builtin calls itself, instead of get_int. */
static void record_recursion(void) {
    IrInsn *call = &fixture_insns[FIRST_INSN_BUILTIN + 3];
    call->type = IR_I32;
    call->a = IR_SYMBOL | S_BUILTIN;
    fixture_extras[call->b + 1] = 0;
    program[0] = INSTRUCTION(CALL, 0);
    RECORD(AT(0), 0, 1, 15, 16, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22,
           AT(1));
    add_value(fixture_symbols[S_BUILTIN]);
}

Test(build_aborts, inlining_has_a_limit) {
    record_recursion();
    expect_abort(YK_ABORT_TOO_DEEP);
}

Test(build_aborts, frame_buffers_have_a_limit) {
    record_recursion();
    fixture_functions[F_BUILTIN].frame_size = 400;
    expect_abort(YK_ABORT_FRAMES);
}

Test(build_aborts, saved_values_have_a_limit) {
    static uint32_t extras[X_CAPACITY + YK_EXIT_VALUES + 1];
    memcpy(extras, fixture_extras, sizeof fixture_extras);
    fixture.extras = extras; /* all that is new is argument 0 */
    fixture.extra_count = sizeof extras / sizeof *extras;
    builtin_has_effect(true);
    fixture_blocks[20].lives = X_CAPACITY;
    fixture_blocks[20].live_count = YK_EXIT_VALUES - 7; /* those of the body and builtin */
    record_call();
    trace_free(build(NULL));
    fixture_blocks[20].live_count++;
    expect_abort(YK_ABORT_VALUES);
}

Test(build_aborts, a_guard_needs_a_resume_point) {
    fixture_blocks[20].resume = AOT_NO_RESUME;
    record_call();
    trace_free(build(NULL)); /* the bytecode is executed anew */
    builtin_has_effect(true);
    expect_abort(YK_ABORT_DIVERGED);
}

Test(build_aborts, a_long_trace_is_not_made) {
    program[0] = INSTRUCTION(BACK, 4);
    static int list[4 * 12000 + 2];
    size_t count = 0;
    while (count < sizeof list / sizeof *list - 10) {
        static const int path[] = {AT(0), BACK_PATH};
        memcpy(list + count, path, sizeof path);
        count += sizeof path / sizeof *path;
    }
    list[count++] = AT(0);
    recording.limit = UINT32_MAX;
    record(list, count);
    expect_abort(YK_ABORT_TOO_LONG);
}

Test(build_aborts, nothing_breaks_without_memory) {
    record_call();
    unsigned long n = 1;
    for (;; n++) {
        enum YkAbort why;
        memory_fail_after(n);
        Trace *t = build_trace(&fixture, &recording, NULL, &why);
        memory_fail_after(0);
        if (t != NULL) {
            trace_free(t);
            break;
        }
        cr_assert_eq(why, YK_ABORT_NO_MEMORY, "%lu: %s", n, abort_texts[why]);
    }
    cr_assert_gt(n, 5);
}
