/* Stores that only exits see. */
#include "opt_golden.h"

TestSuite(opt_sink, .init = golden_in_stack);

#define SINK (OPT_DEAD | OPT_STORES | OPT_SINK)

Test(opt_sink, a_store_that_is_overwritten) {
    /* Only the exits between a store and the next to the same place see it. The last one stays. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  store i64 %1, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  %4 = eq i64 %1, 100\n"
           "  guard %4 is 0 [#0]\n"
           "  %6 = add i64 %1, 1\n"
           "  store i64 %6, %0 .TValue.value_\n"
           "  %8 = eq i64 %6, 100\n"
           "  guard %8 is 0 [#1]\n"
           "  store i64 7, %0 .TValue.value_\n"
           "  store i8 19, %0+8 .TValue.tt_\n"
           "  guard %8 is 0 [#2]\n"
           "end exit #3\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1]\n"
           "#2: merge 0 [%0, %1]\n"
           "#3: merge 0 [%0, %1]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = eq i64 %1, 100\n"
           "  guard %2 is 0 [#0]\n"
           "  %4 = add i64 %1, 1\n"
           "  %5 = eq i64 %4, 100\n"
           "  guard %5 is 0 [#1]\n"
           "  store i64 7, %0 .TValue.value_\n"
           "  store i8 19, %0+8 .TValue.tt_\n"
           "  guard %5 is 0 [#2]\n"
           "end exit #3\n"
           "#0: merge 0 [%0, %1]\n"
           "  pending store i64 %1, %0 .TValue.value_\n"
           "  pending store i8 3, %0+8 .TValue.tt_\n"
           "#1: merge 0 [%0, %1]\n"
           "  pending store i8 3, %0+8 .TValue.tt_\n"
           "  pending store i64 %4, %0 .TValue.value_\n"
           "#2: merge 0 [%0, %1]\n"
           "#3: merge 0 [%0, %1]\n");
}

Test(opt_sink, what_looks) {
    /* A load that may be of these bytes, a call that reads; but not a pure one, a load of another
     * field, or of other bytes by the same pointer. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = param i64 2\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  store i8 1, %0+8 .TValue.tt_\n"
           "  %5 = load i64 %1 .TValue.value_\n"
           "  %6 = eq i64 %5, 0\n"
           "  guard %6 is 0 [#0]\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  store i8 2, %0+8 .TValue.tt_\n"
           "  %10 = load i64 %0+16 .TValue.value_\n"
           "  %11 = call i64 @get_int(%0, %10) pure\n"
           "  %12 = eq i64 %11, 0\n"
           "  guard %12 is 0 [#1]\n"
           "  store i64 3, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  %16 = call i64 @get_int(%0, %10) read\n"
           "  guard %12 is 0 [#2]\n"
           "  store i64 4, %0 .TValue.value_\n"
           "  store i8 4, %0+8 .TValue.tt_\n"
           "end exit #3\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n"
           "#2: merge 0 [%0]\n"
           "#3: merge 0 [%0, %16]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  %3 = load i64 %1 .TValue.value_\n"
           "  %4 = eq i64 %3, 0\n"
           "  guard %4 is 0 [#0]\n"
           "  %6 = load i64 %0+16 .TValue.value_\n"
           "  %7 = call i64 @get_int(%0, %6) pure\n"
           "  %8 = eq i64 %7, 0\n"
           "  guard %8 is 0 [#1]\n"
           "  store i64 3, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  %12 = call i64 @get_int(%0, %6) read\n"
           "  guard %8 is 0 [#2]\n"
           "  store i64 4, %0 .TValue.value_\n"
           "  store i8 4, %0+8 .TValue.tt_\n"
           "end exit #3\n"
           "#0: merge 0 [%0]\n"
           "  pending store i8 1, %0+8 .TValue.tt_\n"
           "#1: merge 0 [%0]\n"
           "  pending store i64 2, %0 .TValue.value_\n"
           "  pending store i8 2, %0+8 .TValue.tt_\n"
           "#2: merge 0 [%0]\n"
           "#3: merge 0 [%0, %12]\n");
}

Test(opt_sink, order) {
    /* A store that may be to the same bytes, and remains, keeps the store in front of it. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = param i1 2\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  guard %2 is 0 [#0]\n"
           "  store i64 2, %1 .TValue.value_\n"
           "  guard %2 is 0 [#1]\n"
           "  store i64 3, %0 .TValue.value_\n"
           "  guard %2 is 0 [#2]\n"
           "  store i64 4, %1 .TValue.value_\n"
           "  store i8 1, %1+8 .TValue.tt_\n"
           "  store i64 5, %1+16 .TValue.value_\n"
           "  guard %2 is 0 [#3]\n"
           "  store i8 2, %1+8 .TValue.tt_\n"
           "  guard %2 is 0 [#4]\n"
           "  store i64 6, %1+16 .TValue.value_\n"
           "end exit #5\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n"
           "#2: merge 0 [%0]\n"
           "#3: merge 0 [%0]\n"
           "#4: merge 0 [%0]\n"
           "#5: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = param i1 2\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  guard %2 is 0 [#0]\n"
           "  store i64 2, %1 .TValue.value_\n"
           "  guard %2 is 0 [#1]\n"
           "  store i64 3, %0 .TValue.value_\n"
           "  guard %2 is 0 [#2]\n"
           "  store i64 4, %1 .TValue.value_\n"
           "  guard %2 is 0 [#3]\n"
           "  store i8 2, %1+8 .TValue.tt_\n"
           "  guard %2 is 0 [#4]\n"
           "  store i64 6, %1+16 .TValue.value_\n"
           "end exit #5\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n"
           "#2: merge 0 [%0]\n"
           "#3: merge 0 [%0]\n"
           "  pending store i8 1, %1+8 .TValue.tt_\n"
           "  pending store i64 5, %1+16 .TValue.value_\n"
           "#4: merge 0 [%0]\n"
           "  pending store i64 5, %1+16 .TValue.value_\n"
           "#5: merge 0 [%0]\n");
}

Test(opt_sink, parts) {
    /* What covers a store may be wider, but not narrower. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  store i32 1, %0+4\n"
           "  guard %1 is 0 [#0]\n"
           "  store i64 2, %0\n"
           "  guard %1 is 0 [#1]\n"
           "  store i32 3, %0+4\n"
           "  guard %1 is 0 [#2]\n"
           "end exit #3\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n"
           "#2: merge 0 [%0]\n"
           "#3: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  guard %1 is 0 [#0]\n"
           "  store i64 2, %0\n"
           "  guard %1 is 0 [#1]\n"
           "  store i32 3, %0+4\n"
           "  guard %1 is 0 [#2]\n"
           "end exit #3\n"
           "#0: merge 0 [%0]\n"
           "  pending store i32 1, %0+4\n"
           "#1: merge 0 [%0]\n"
           "#2: merge 0 [%0]\n"
           "#3: merge 0 [%0]\n");
}

Test(opt_sink, volatile_accesses) {
    /* They stay, but are in nobody's way. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  store i8 1, %0+8 .TValue.tt_ volatile\n"
           "  %4 = load i32 %1+64 .lua_State.hookmask volatile\n"
           "  %5 = eq i32 %4, 0\n"
           "  guard %5 is 1 [#0]\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  store i8 2, %0+8 .TValue.tt_ volatile\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  store i8 1, %0+8 .TValue.tt_ volatile\n"
           "  %3 = load i32 %1+64 .lua_State.hookmask volatile\n"
           "  %4 = eq i32 %3, 0\n"
           "  guard %4 is 1 [#0]\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  store i8 2, %0+8 .TValue.tt_ volatile\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "  pending store i64 1, %0 .TValue.value_\n"
           "#1: merge 0 [%0]\n");
}

Test(opt_sink, shared_snapshots) {
    /* Two guards leave in one way: nothing is done. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  loop\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  guard %1 is 0 [#0]\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  guard %1 is 0 [#0]\n"
           "end loop\n"
           "#0: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  loop\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  guard %1 is 0 [#0]\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  guard %1 is 0 [#0]\n"
           "end loop\n"
           "#0: merge 0 [%0]\n");
}

Test(opt_sink, an_array_is_apart_from_the_stack) {
    /* Elements of the array have the stack's class, but another region: the stack's stores sink
     * all the same. Those to elements stay. */
    golden(SINK,
           "  %0 = param ptr 2\n"
           "  %1 = param ptr 1\n"
           "  %2 = param i64 3\n"
           "  %3 = load ptr %1+16 .Table.array\n"
           "  %4 = load i64 %0 .TValue.value_\n"
           "  loop\n"
           "  %6 = lphi i64 %2, %14\n"
           "  %7 = lphi i64 %4, %12\n"
           "  %8 = shl i64 %6, 4\n"
           "  %9 = ptradd %3, %8\n"
           "  %10 = load i64 %9 .TValue.value_\n"
           "  store i64 %7, %9 .TValue.value_\n"
           "  %12 = add i64 %10, %7\n"
           "  store i64 %12, %0 .TValue.value_\n"
           "  %14 = add i64 %6, 1\n"
           "  %15 = eq i64 %14, 100\n"
           "  guard %15 is 0 [#0]\n"
           "end loop\n"
           "#0: merge 0 [%0, %14]\n",
           "  %0 = param ptr 2\n"
           "  %1 = param ptr 1\n"
           "  %2 = param i64 3\n"
           "  %3 = load ptr %1+16 .Table.array\n"
           "  %4 = load i64 %0 .TValue.value_\n"
           "  loop\n"
           "  %6 = lphi i64 %2, %13\n"
           "  %7 = lphi i64 %4, %12\n"
           "  %8 = shl i64 %6, 4\n"
           "  %9 = ptradd %3, %8\n"
           "  %10 = load i64 %9 .TValue.value_\n"
           "  store i64 %7, %9 .TValue.value_\n"
           "  %12 = add i64 %10, %7\n"
           "  %13 = add i64 %6, 1\n"
           "  %14 = eq i64 %13, 100\n"
           "  guard %14 is 0 [#0]\n"
           "end loop\n"
           "#0: merge 0 [%0, %13]\n"
           "  pending store i64 %12, %0 .TValue.value_\n");
}

/* As many stores as a snapshot may have; those that come first stay. */
Test(opt_sink, at_most) {
    Trace *t = trace_new(&fixture);
    IrRef none[TRACE_VECTOR_SLOTS];
    memset(none, 0xff, sizeof none);
    trace_merge(t, 0x1000, NULL);
    IrRef base = trace_append(t, (IrInsn){.op = IR_PARAM, .type = IR_PTR});
    IrRef condition = trace_append(t, (IrInsn){.op = IR_PARAM, .type = IR_I1, .a = 1});
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < TRACE_MAX_PENDING + 5; i++)
            trace_append(t, (IrInsn){.op = IR_STORE,
                                     .type = IR_I64,
                                     .aux = (uint16_t)(8 * i),
                                     .a = base,
                                     .b = trace_const(t, IR_I64, i)});
        uint32_t s = trace_snapshot_begin(t, 0);
        trace_snapshot_vector(t, s, none);
        trace_append(t, (IrInsn){.op = IR_GUARD, .type = IR_VOID, .a = condition, .b = 1, .c = s});
    }
    t->end_snapshot = trace_snapshot_begin(t, 0);
    trace_snapshot_vector(t, t->end_snapshot, none);
    t = optimise_trace_with(t, SINK, NULL);
    cr_assert_eq(t->snapshots[0].pending_count, TRACE_MAX_PENDING);
    cr_assert_eq(t->snapshots[1].pending_count, 0);
    for (uint32_t i = 0; i < TRACE_MAX_PENDING; i++)
        cr_expect_eq(t->pending[t->snapshots[0].pending + i].aux, 8 * (i + 5));
    uint32_t stores = 0;
    for (uint32_t i = 0; i < t->insn_count; i++)
        stores += t->insns[i].op == IR_STORE;
    cr_expect_eq(stores, TRACE_MAX_PENDING + 10);
    trace_free(t);
}

static const char two_stores_to_top[] = "  %0 = param ptr 0\n"
                                        "  %1 = param ptr 1\n"
                                        "  %2 = param i64 2\n"
                                        "  store ptr %0, %1+16 .lua_State.top\n"
                                        "  %4 = eq i64 %2, 100\n"
                                        "  guard %4 is 0 [#0]\n"
                                        "  store ptr null, %1+16 .lua_State.top\n"
                                        "end exit #1\n"
                                        "#0: merge 0 [%0, %1, %2]\n"
                                        "#1: merge 0 [%0, %1, %2]\n";

Test(opt_sink, what_the_interpreter_shows_stays) {
    fixture.slot_regions[1] = 0;
    golden(SINK, two_stores_to_top, two_stores_to_top);
}

Test(opt_sink, but_for_fields_of_which_it_was_said) {
    fixture.slot_regions[1] = 0;
    fixture_classes[C_TOP].size |= AOT_CLASS_LATE;
    golden(SINK, two_stores_to_top,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = param i64 2\n"
           "  %3 = eq i64 %2, 100\n"
           "  guard %3 is 0 [#0]\n"
           "  store ptr null, %1+16 .lua_State.top\n"
           "end exit #1\n"
           "#0: merge 0 [%0, %1, %2]\n"
           "  pending store ptr %0, %1+16 .lua_State.top\n"
           "#1: merge 0 [%0, %1, %2]\n");
}

Test(opt_sink, without_memory) {
    static const char text[] = "trace\n"
                               "merge 0: pc 0x1000\n"
                               "  %0 = param ptr 0\n"
                               "  %1 = param i64 1\n"
                               "  %2 = eq i64 %1, 9\n"
                               "  store i64 7, %0 .TValue.value_\n"
                               "  loop\n"
                               "  %5 = lphi i64 %1, %6\n"
                               "  %6 = add i64 %5, 1\n"
                               "  guard %2 is 0 [#0]\n"
                               "  store i64 %6, %0 .TValue.value_\n"
                               "end loop\n"
                               "#0: merge 0 [%0, %5]\n";
    unsigned long n;
    Trace *result = golden_without_memory(text, &n);
    cr_expect_eq(result->pending_count, 1);
    cr_expect_gt(n, 20);
    trace_free(result);
}
