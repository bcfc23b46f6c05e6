/* Loops: the preamble and the body that the first iteration is split into. */
#include "opt_golden.h"

#define PEELED (OPT_ALL & ~OPT_SINK) /* test_opt_sink.c tests that */

Test(opt_peel, a_counted_sum) {
    /* Types are checked once, what is in the loop's variables is in LPHIs, tags are not stored
     * again; the hook flag is read each time. */
    golden(PEELED,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  merge 0\n"
           "  %3 = load i8 %1+8 .TValue.tt_\n"
           "  %4 = eq i8 %3, 3\n"
           "  guard %4 is 1 [#0]\n"
           "  %6 = load i64 %1 .TValue.value_\n"
           "  %7 = load i64 %1+16 .TValue.value_\n"
           "  %8 = add i64 %6, %7\n"
           "  store i64 %8, %1 .TValue.value_\n"
           "  store i8 3, %1+8 .TValue.tt_\n"
           "  %11 = load i32 %0+64 .lua_State.hookmask volatile\n"
           "  %12 = ne i32 %11, 0\n"
           "  guard %12 is 0 [#1]\n"
           "  %14 = load i64 %1+32 .TValue.value_\n"
           "  %15 = ne i64 %14, 0\n"
           "  guard %15 is 1 [#2]\n"
           "  %17 = sub i64 %14, 1\n"
           "  store i64 %17, %1+32 .TValue.value_\n"
           "  %19 = add i64 %7, 1\n"
           "  store i64 %19, %1+16 .TValue.value_\n"
           "  store i64 %19, %1+48 .TValue.value_\n"
           "  store i8 3, %1+56 .TValue.tt_\n"
           "end loop #3\n"
           "#0: merge 0 [%0, -, %1]\n"
           "#1: merge 0 [%0, -, %1]\n"
           "#2: merge 0 [%0, -, %1]\n"
           "#3: merge 0 [%0, -, %1]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  merge 0\n"
           "  %3 = load i8 %1+8 .TValue.tt_\n"
           "  %4 = eq i8 %3, 3\n"
           "  guard %4 is 1 [#0]\n"
           "  %6 = load i64 %1 .TValue.value_\n"
           "  %7 = load i64 %1+16 .TValue.value_\n"
           "  %8 = add i64 %6, %7\n"
           "  store i64 %8, %1 .TValue.value_\n"
           "  %10 = load i32 %0+64 .lua_State.hookmask volatile\n"
           "  %11 = eq i32 %10, 0\n"
           "  guard %11 is 1 [#1]\n"
           "  %13 = load i64 %1+32 .TValue.value_\n"
           "  %14 = eq i64 %13, 0\n"
           "  guard %14 is 0 [#2]\n"
           "  %16 = add i64 %13, -1\n"
           "  store i64 %16, %1+32 .TValue.value_\n"
           "  %18 = add i64 %7, 1\n"
           "  store i64 %18, %1+16 .TValue.value_\n"
           "  store i64 %18, %1+48 .TValue.value_\n"
           "  store i8 3, %1+56 .TValue.tt_\n"
           "  loop\n"
           "  %23 = lphi i64 %8, %27\n"
           "  %24 = lphi i64 %16, %34\n"
           "  %25 = lphi i64 %18, %36\n"
           "  merge 0\n"
           "  %27 = add i64 %23, %25\n"
           "  store i64 %27, %1 .TValue.value_\n"
           "  %29 = load i32 %0+64 .lua_State.hookmask volatile\n"
           "  %30 = eq i32 %29, 0\n"
           "  guard %30 is 1 [#3]\n"
           "  %32 = eq i64 %24, 0\n"
           "  guard %32 is 0 [#4]\n"
           "  %34 = add i64 %24, -1\n"
           "  store i64 %34, %1+32 .TValue.value_\n"
           "  %36 = add i64 %25, 1\n"
           "  store i64 %36, %1+16 .TValue.value_\n"
           "  store i64 %36, %1+48 .TValue.value_\n"
           "end loop\n"
           "#0: merge 0 [%0, -, %1]\n"
           "#1: merge 0 [%0, -, %1]\n"
           "#2: merge 0 [%0, -, %1]\n"
           "#3: merge 0 [%0, -, %1]\n"
           "#4: merge 0 [%0, -, %1]\n");
}

/* What a guard moves from a pointer that changes to one that does not is an assumption about the
 * next iteration all the same. */
Test(opt_peel, what_is_known_of_equal_pointers_is_verified) {
    golden(PEELED,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  merge 0\n"
           "  %3 = eq ptr %0, %1\n"
           "  guard %3 is 1 [#0]\n"
           "  %5 = load i64 %0 .TValue.value_\n"
           "  call void @fail(%1) anything\n"
           "  %7 = load ptr %1+16\n"
           "  %8 = load i64 %7 .TValue.value_\n"
           "  %9 = eq i64 %8, %5\n"
           "  guard %9 is 0 [#1]\n"
           "end loop #2\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1, %5, %8]\n"
           "#2: merge 0 [%7, %1]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  merge 0\n"
           "  %3 = eq ptr %0, %1\n"
           "  guard %3 is 1 [#0]\n"
           "  %5 = load i64 %0 .TValue.value_\n"
           "  call void @fail(%0) anything\n"
           "  %7 = load ptr %0+16\n"
           "  %8 = load i64 %7 .TValue.value_\n"
           "  %9 = eq i64 %5, %8\n"
           "  guard %9 is 0 [#1]\n"
           "  loop\n"
           "  %12 = lphi ptr %7, %18\n"
           "  %13 = lphi i64 %8, %19\n"
           "  merge 0\n"
           "  %15 = eq ptr %0, %12\n"
           "  guard %15 is 1 [#2]\n"
           "  call void @fail(%0) anything\n"
           "  %18 = load ptr %0+16\n"
           "  %19 = load i64 %18 .TValue.value_\n"
           "  %20 = eq i64 %13, %19\n"
           "  guard %20 is 0 [#3]\n"
           "end loop\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %0, %5, %8]\n"
           "#2: merge 0 [%12, %0]\n"
           "#3: merge 0 [%0, %0, %13, %19]\n");
}

Test(opt_peel, invariants_leave_the_loop) {
    /* The table and its array are loaded and checked once; the element is a load, and its tag is
     * checked, each time. The store to it may change what is at %0, but that is of another class.
     */
    golden(PEELED,
           "  %0 = param ptr 2\n"
           "  %1 = param i64 3\n"
           "  %2 = load ptr %0+16 .lua_State.top\n"
           "  %3 = load ptr %2+16 .Table.array\n"
           "  %4 = load i32 %2+12 .Table.alimit\n"
           "  %5 = zext i32 %4 to i64\n"
           "  %6 = sub i64 %1, 1\n"
           "  %7 = ult i64 %6, %5\n"
           "  guard %7 is 1 [#0]\n"
           "  %9 = shl i64 %6, 4\n"
           "  %10 = ptradd %3, %9\n"
           "  %11 = load i8 %10+8 .TValue.tt_\n"
           "  %12 = eq i8 %11, 3\n"
           "  guard %12 is 1 [#1]\n"
           "  %14 = load i64 %10 .TValue.value_\n"
           "  %15 = add i64 %14, 1\n"
           "  store i64 %15, %10 .TValue.value_\n"
           "  store i8 3, %10+8 .TValue.tt_\n"
           "  %18 = add i64 %1, 1\n"
           "end loop #2\n"
           "#0: merge 0 [-, -, %0, %1]\n"
           "#1: merge 0 [-, -, %0, %1]\n"
           "#2: merge 0 [-, -, %0, %18]\n",
           "  %0 = param ptr 2\n"
           "  %1 = param i64 3\n"
           "  %2 = load ptr %0+16 .lua_State.top\n"
           "  %3 = load ptr %2+16 .Table.array\n"
           "  %4 = load i32 %2+12 .Table.alimit\n"
           "  %5 = zext i32 %4 to i64\n"
           "  %6 = add i64 %1, -1\n"
           "  %7 = ult i64 %6, %5\n"
           "  guard %7 is 1 [#0]\n"
           "  %9 = shl i64 %1, 4\n"
           "  %10 = ptradd %3, %9\n"
           "  %11 = load i8 %10-8 .TValue.tt_\n"
           "  %12 = eq i8 %11, 3\n"
           "  guard %12 is 1 [#1]\n"
           "  %14 = load i64 %10-16 .TValue.value_\n"
           "  %15 = add i64 %14, 1\n"
           "  store i64 %15, %10-16 .TValue.value_\n"
           "  %17 = add i64 %1, 1\n"
           "  loop\n"
           "  %19 = lphi i64 %17, %31\n"
           "  %20 = add i64 %19, -1\n"
           "  %21 = ult i64 %20, %5\n"
           "  guard %21 is 1 [#2]\n"
           "  %23 = shl i64 %19, 4\n"
           "  %24 = ptradd %3, %23\n"
           "  %25 = load i8 %24-8 .TValue.tt_\n"
           "  %26 = eq i8 %25, 3\n"
           "  guard %26 is 1 [#3]\n"
           "  %28 = load i64 %24-16 .TValue.value_\n"
           "  %29 = add i64 %28, 1\n"
           "  store i64 %29, %24-16 .TValue.value_\n"
           "  %31 = add i64 %19, 1\n"
           "end loop\n"
           "#0: merge 0 [-, -, %0, %1]\n"
           "#1: merge 0 [-, -, %0, %1]\n"
           "#2: merge 0 [-, -, %0, %19]\n"
           "#3: merge 0 [-, -, %0, %19]\n");
}

Test(opt_peel, another_base_may_be_the_same_memory) {
    /* The store through %1 may change %0's value: it is loaded in each iteration. */
    golden(PEELED,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = eq i64 %2, 0\n"
           "  guard %3 is 0 [#0]\n"
           "  store i64 7, %1 .TValue.value_\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = eq i64 %2, 0\n"
           "  guard %3 is 0 [#0]\n"
           "  store i64 7, %1 .TValue.value_\n"
           "  loop\n"
           "  %7 = load i64 %0 .TValue.value_\n"
           "  %8 = eq i64 %7, 0\n"
           "  guard %8 is 0 [#1]\n"
           "end loop\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1]\n");
}

Test(opt_peel, values_that_are_exchanged) {
    golden(PEELED,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = param i64 2\n"
           "  %3 = eq i64 %0, %1\n"
           "  guard %3 is 0 [#0]\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %1, %2]\n"
           "#1: merge 0 [%1, %0, %2]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = param i64 2\n"
           "  %3 = eq i64 %0, %1\n"
           "  guard %3 is 0 [#0]\n"
           "  loop\n"
           "  %6 = lphi i64 %1, %7\n"
           "  %7 = lphi i64 %0, %6\n"
           "  %8 = eq i64 %6, %7\n"
           "  guard %8 is 0 [#1]\n"
           "end loop\n"
           "#0: merge 0 [%0, %1, %2]\n"
           "#1: merge 0 [%6, %7, %2]\n");
}

Test(opt_peel, equal_values_share_an_lphi) {
    golden(PEELED,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = param ptr 2\n"
           "  %3 = add i64 %0, %1\n"
           "  %4 = load i64 %2 .TValue.value_\n"
           "  %5 = add i64 %4, %3\n"
           "  store i64 %3, %2 .TValue.value_\n"
           "  %7 = eq i64 %5, 100\n"
           "  guard %7 is 0 [#0]\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %1, %2]\n"
           "#1: merge 0 [%3, %3, %2]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = param ptr 2\n"
           "  %3 = add i64 %0, %1\n"
           "  %4 = load i64 %2 .TValue.value_\n"
           "  %5 = add i64 %3, %4\n"
           "  store i64 %3, %2 .TValue.value_\n"
           "  %7 = eq i64 %5, 100\n"
           "  guard %7 is 0 [#0]\n"
           "  loop\n"
           "  %10 = lphi i64 %3, %11\n"
           "  %11 = add i64 %10, %10\n"
           "  %12 = add i64 %10, %11\n"
           "  store i64 %11, %2 .TValue.value_\n"
           "  %14 = eq i64 %12, 100\n"
           "  guard %14 is 0 [#1]\n"
           "end loop\n"
           "#0: merge 0 [%0, %1, %2]\n"
           "#1: merge 0 [%10, %10, %2]\n");
}

Test(opt_peel, a_list_is_followed) {
    /* The fields of the next element are known at its end, under the address that it will have. */
    golden(PEELED,
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 5\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = load ptr %0 .TValue.value_\n"
           "  %5 = load i8 %4+8 .TValue.tt_\n"
           "  %6 = eq i8 %5, 0\n"
           "  guard %6 is 0 [#1]\n"
           "end loop #2\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n"
           "#2: merge 0 [%4]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 5\n"
           "  guard %2 is 1 [#0]\n"
           "  %4 = load ptr %0 .TValue.value_\n"
           "  %5 = load i8 %4+8 .TValue.tt_\n"
           "  %6 = eq i8 %5, 0\n"
           "  guard %6 is 0 [#1]\n"
           "  loop\n"
           "  %9 = lphi ptr %4, %13\n"
           "  %10 = lphi i8 %5, %14\n"
           "  %11 = eq i8 %10, 5\n"
           "  guard %11 is 1 [#2]\n"
           "  %13 = load ptr %9 .TValue.value_\n"
           "  %14 = load i8 %13+8 .TValue.tt_\n"
           "  %15 = eq i8 %14, 0\n"
           "  guard %15 is 0 [#3]\n"
           "end loop\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n"
           "#2: merge 0 [%9]\n"
           "#3: merge 0 [%9]\n");
}

Test(opt_peel, calls_forget_but_not_what_is_computed) {
    golden(PEELED,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = mul i64 %1, 3\n"
           "  %4 = add i64 %2, %3\n"
           "  store i64 %4, %0 .TValue.value_\n"
           "  call void @fail(%0) anything\n"
           "  %7 = eq i64 %3, 99\n"
           "  guard %7 is 0 [#0]\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = mul i64 %1, 3\n"
           "  %4 = add i64 %2, %3\n"
           "  store i64 %4, %0 .TValue.value_\n"
           "  call void @fail(%0) anything\n"
           "  %7 = eq i64 %3, 99\n"
           "  guard %7 is 0 [#0]\n"
           "  loop\n"
           "  %10 = load i64 %0 .TValue.value_\n"
           "  %11 = add i64 %3, %10\n"
           "  store i64 %11, %0 .TValue.value_\n"
           "  call void @fail(%0) anything\n"
           "end loop\n"
           "#0: merge 0 [%0, %1]\n");
}

Test(opt_peel, a_frame_buffer_in_a_loop) {
    golden_with("trace frames 64\nmerge 0: pc 0x1000\n", PEELED,
                "  %0 = param ptr 0\n"
                "  %1 = frame 16\n"
                "  %2 = load i64 %0 .TValue.value_\n"
                "  store i64 %2, %1\n"
                "  call void @fail(%0) anything\n"
                "  %5 = load i64 %1\n"
                "  %6 = eq i64 %5, 5\n"
                "  guard %6 is 1 [#0]\n"
                "end loop #1\n"
                "#0: merge 0 [%0]\n"
                "#1: merge 0 [%0]\n",
                "  %0 = param ptr 0\n"
                "  %1 = load i64 %0 .TValue.value_\n"
                "  call void @fail(%0) anything\n"
                "  %3 = eq i64 %1, 5\n"
                "  guard %3 is 1 [#0]\n"
                "  loop\n"
                "  %6 = load i64 %0 .TValue.value_\n"
                "  call void @fail(%0) anything\n"
                "  %8 = eq i64 %6, 5\n"
                "  guard %8 is 1 [#1]\n"
                "end loop\n"
                "#0: merge 0 [%0]\n"
                "#1: merge 0 [%0]\n");
}

Test(opt_peel, no_second_iteration) {
    /* The tag that is stored fails the guard of the next iteration. */
    golden(PEELED,
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 3\n"
           "  guard %2 is 1 [#0]\n"
           "  store i8 5, %0+8 .TValue.tt_\n"
           "end loop #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0, -, -, -, ptr 0x1000]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 3\n"
           "  guard %2 is 1 [#0]\n"
           "  store i8 5, %0+8 .TValue.tt_\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0, -, -, -, ptr 0x1000]\n");
}

Test(opt_peel, a_side_trace_is_no_loop) {
    golden_with("trace side\nmerge 0: pc 0x1000\n", PEELED,
                "  %0 = inherit ptr 0\n"
                "  %1 = inherit i64 1\n"
                "  %2 = add i64 %1, 1\n"
                "end loop #0\n"
                "#0: merge 0 [%0, %2]\n",
                "  %0 = inherit ptr 0\n"
                "  %1 = inherit i64 1\n"
                "  %2 = add i64 %1, 1\n"
                "end exit #0\n"
                "#0: merge 0 [%0, %2]\n");
}

Test(opt_peel, what_comes_before_a_guard_is_not_known_before_it) {
    /* %0 is checked behind its first use. */
    golden(PEELED,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = and i64 %0, 7\n"
           "  %3 = eq i64 %2, 3\n"
           "  guard %3 is 1 [#0]\n"
           "  %5 = add i64 %0, %1\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %2]\n"
           "#1: merge 0 [%5, %1]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = and i64 %0, 7\n"
           "  %3 = eq i64 %2, 3\n"
           "  guard %3 is 1 [#0]\n"
           "  %5 = add i64 %0, %1\n"
           "  loop\n"
           "  %7 = lphi i64 %5, %11\n"
           "  %8 = and i64 %7, 7\n"
           "  %9 = eq i64 %8, 3\n"
           "  guard %9 is 1 [#1]\n"
           "  %11 = add i64 %1, %7\n"
           "end loop\n"
           "#0: merge 0 [%0, %2]\n"
           "#1: merge 0 [%7, %8]\n");
}

/* Whichever allocation fails: no crash, no leak, NULL. */
Test(opt_peel, without_memory) {
    static const char text[] = "trace frames 16\n"
                               "merge 0: pc 0x1000\n"
                               "  %0 = param ptr 0\n"
                               "  %1 = param i64 1\n"
                               "  %2 = load i64 %0 .TValue.value_\n"
                               "  %3 = add i64 %2, %1\n"
                               "  store i64 %3, %0 .TValue.value_\n"
                               "  %5 = call ptr @get_slow(%0, %3) read\n"
                               "  %6 = eq ptr %5, null\n"
                               "  guard %6 is 0 [#0]\n"
                               "end loop #1\n"
                               "#0: merge 0 [%0, %1, %5]\n"
                               "#1: merge 0 [%0, %3]\n";
    unsigned long n;
    Trace *result = golden_without_memory(text, &n);
    cr_expect_gt(n, 10);
    trace_free(result);
}
