/* Stores that sink into the next iteration of a loop. */
#include "opt_golden.h"

TestSuite(opt_sink_loops, .init = golden_in_stack);

#define SINK (OPT_DEAD | OPT_STORES | OPT_SINK)

Test(opt_sink_loops, a_loop_without_a_head) {
    /* Where the loop is not peeled, memory is exact at its end. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  store i64 %1, %0 .TValue.value_\n"
           "  %3 = add i64 %1, 1\n"
           "  %4 = eq i64 %3, 100\n"
           "  guard %4 is 0 [#0]\n"
           "  store i64 %3, %0 .TValue.value_\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %3]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = add i64 %1, 1\n"
           "  %3 = eq i64 %2, 100\n"
           "  guard %3 is 0 [#0]\n"
           "  store i64 %2, %0 .TValue.value_\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %1]\n"
           "  pending store i64 %1, %0 .TValue.value_\n"
           "#1: merge 0 [%0, %2]\n");
}

Test(opt_sink_loops, around_the_loop) {
    /* The next iteration overwrites: the exits in front of that have the value of the iteration
     * before. If the loop has that in an LPHI already, it is taken; constants need none. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  store i64 %1, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  store i8 3, %0+24 .TValue.tt_\n"
           "  loop\n"
           "  %6 = lphi i64 %1, %9\n"
           "  %7 = eq i64 %6, 50\n"
           "  guard %7 is 0 [#0]\n"
           "  %9 = add i64 %6, 1\n"
           "  store i64 %9, %0 .TValue.value_\n"
           "  store i8 19, %0+24 .TValue.tt_\n"
           "  %12 = eq i64 %9, 100\n"
           "  guard %12 is 0 [#1]\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  store i8 3, %0+24 .TValue.tt_\n"
           "  guard %12 is 0 [#2]\n"
           "end loop\n"
           "#0: merge 0 [%0, %6]\n"
           "#1: merge 0 [%0, %9]\n"
           "#2: merge 0 [%0, %9]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  store i64 %1, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  store i8 3, %0+24 .TValue.tt_\n"
           "  loop\n"
           "  %6 = lphi i64 %1, %9\n"
           "  %7 = eq i64 %6, 50\n"
           "  guard %7 is 0 [#0]\n"
           "  %9 = add i64 %6, 1\n"
           "  %10 = eq i64 %9, 100\n"
           "  guard %10 is 0 [#1]\n"
           "  guard %10 is 0 [#2]\n"
           "end loop\n"
           "#0: merge 0 [%0, %6]\n"
           "  pending store i64 %6, %0 .TValue.value_\n"
           "  pending store i8 3, %0+8 .TValue.tt_\n"
           "  pending store i8 3, %0+24 .TValue.tt_\n"
           "#1: merge 0 [%0, %9]\n"
           "  pending store i8 3, %0+8 .TValue.tt_\n"
           "  pending store i64 %9, %0 .TValue.value_\n"
           "  pending store i8 19, %0+24 .TValue.tt_\n"
           "#2: merge 0 [%0, %9]\n"
           "  pending store i64 %9, %0 .TValue.value_\n"
           "  pending store i8 3, %0+8 .TValue.tt_\n"
           "  pending store i8 3, %0+24 .TValue.tt_\n");
}

Test(opt_sink_loops, values_at_the_head) {
    /* An LPHI, with what the preamble leaves. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = eq i64 %2, 0\n"
           "  guard %3 is 0 [#0]\n"
           "  store f64 1, %0+16 .TValue.value_\n"
           "  loop\n"
           "  %7 = lphi i64 %1, %8\n"
           "  %8 = add i64 %7, 1\n"
           "  %9 = mul i64 %8, %8\n"
           "  %10 = eq i64 %9, 100\n"
           "  guard %10 is 0 [#1]\n"
           "  store i64 %9, %0 .TValue.value_\n"
           "  store i64 %7, %0+16 .TValue.value_\n"
           "end loop\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0, %7]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = eq i64 %2, 0\n"
           "  guard %3 is 0 [#0]\n"
           "  store f64 1.0, %0+16 .TValue.value_\n"
           "  loop\n"
           "  %7 = lphi i64 %2, %11\n"
           "  %8 = lphi i64 4607182418800017408, %9\n"
           "  %9 = lphi i64 %1, %10\n"
           "  %10 = add i64 %9, 1\n"
           "  %11 = mul i64 %10, %10\n"
           "  %12 = eq i64 %11, 100\n"
           "  guard %12 is 0 [#1]\n"
           "end loop\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0, %9]\n"
           "  pending store i64 %7, %0 .TValue.value_\n"
           "  pending store i64 %8, %0+16 .TValue.value_\n");
}

Test(opt_sink_loops, what_the_preamble_has_not_reached) {
    /* There may be nothing, if a guard of the loop says so: it is neither loaded in front of it nor
     * stored to by its exits. */
    static const char text[] = "  %0 = param ptr 0\n"
                               "  %1 = param i64 1\n"
                               "  store i64 5, %0 .TValue.value_\n"
                               "  loop\n"
                               "  %4 = ult i64 1000, %1\n"
                               "  guard %4 is 1 [#0]\n"
                               "  store i64 %1, %0+16000 .TValue.value_\n"
                               "end loop\n"
                               "#0: merge 0 [%0]\n";
    golden(SINK, text, text);
    static const char called[] = "  %0 = param ptr 0\n"
                                 "  %1 = param i64 1\n"
                                 "  store i64 5, %0 .TValue.value_\n"
                                 "  call void @fail(%0) anything\n"
                                 "  loop\n"
                                 "  %5 = ult i64 1000, %1\n"
                                 "  guard %5 is 1 [#0]\n"
                                 "  store i64 %1, %0 .TValue.value_\n"
                                 "end loop\n"
                                 "#0: merge 0 [%0]\n";
    golden(SINK, called, called);
}

Test(opt_sink_loops, what_the_preamble_leaves) {
    /* The last store to exactly these bytes, unless another one may have come behind it. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  store i64 5, %0\n"
           "  store i8 6, %0\n"
           "  store i64 7, %0+16 .Table.array\n"
           "  store i64 8, %1+16 .Table.array\n"
           "  store i64 9, %0+32\n"
           "  loop\n"
           "  %8 = eq ptr %0, %1\n"
           "  guard %8 is 0 [#0]\n"
           "  store i64 15, %0\n"
           "  store i64 16, %0+16\n"
           "  store i64 17, %0+32\n"
           "end loop\n"
           "#0: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  store i64 5, %0\n"
           "  store i8 6, %0\n"
           "  store i64 7, %0+16 .Table.array\n"
           "  store i64 8, %1+16 .Table.array\n"
           "  store i64 9, %0+32\n"
           "  %7 = load i64 %0\n"
           "  %8 = load i64 %0+16\n"
           "  loop\n"
           "  %10 = lphi i64 %7, 15\n"
           "  %11 = lphi i64 %8, 16\n"
           "  %12 = lphi i64 9, 17\n"
           "  %13 = eq ptr %0, %1\n"
           "  guard %13 is 0 [#0]\n"
           "end loop\n"
           "#0: merge 0 [%0]\n"
           "  pending store i64 %10, %0\n"
           "  pending store i64 %11, %0+16\n"
           "  pending store i64 %12, %0+32\n");
}

Test(opt_sink_loops, only_what_is_invariant_is_carried) {
    /* In the next iteration the pointer is another one. Within the iteration it is not. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  loop\n"
           "  %2 = lphi ptr %0, %5\n"
           "  store i64 1, %2 .TValue.value_\n"
           "  store i8 1, %2+8 .TValue.tt_\n"
           "  %5 = ptradd %2, 16\n"
           "  %6 = eq ptr %5, null\n"
           "  guard %6 is 0 [#0]\n"
           "  store i64 2, %2 .TValue.value_\n"
           "  guard %6 is 0 [#1]\n"
           "end loop\n"
           "#0: merge 0 [%2]\n"
           "#1: merge 0 [%2]\n",
           "  %0 = param ptr 0\n"
           "  loop\n"
           "  %2 = lphi ptr %0, %4\n"
           "  store i8 1, %2+8 .TValue.tt_\n"
           "  %4 = ptradd %2, 16\n"
           "  %5 = eq ptr %4, null\n"
           "  guard %5 is 0 [#0]\n"
           "  store i64 2, %2 .TValue.value_\n"
           "  guard %5 is 0 [#1]\n"
           "end loop\n"
           "#0: merge 0 [%2]\n"
           "  pending store i64 1, %2 .TValue.value_\n"
           "#1: merge 0 [%2]\n");
}

Test(opt_sink_loops, a_call_in_the_loop) {
    /* What the call may see is there; what is overwritten in front of it is not. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  store i8 4, %0+8 .TValue.tt_\n"
           "  loop\n"
           "  %4 = lphi i64 %1, %8\n"
           "  store i64 %4, %0 .TValue.value_\n"
           "  %6 = eq i64 %4, 100\n"
           "  guard %6 is 0 [#0]\n"
           "  %8 = add i64 %4, 1\n"
           "  store i64 %8, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  guard %6 is 0 [#1]\n"
           "  call void @fail(%0) anything\n"
           "  store i8 19, %0+8 .TValue.tt_\n"
           "  %14 = eq i64 %8, 200\n"
           "  guard %14 is 0 [#2]\n"
           "end loop\n"
           "#0: merge 0 [%4]\n"
           "#1: merge 0 [%4]\n"
           "#2: merge 0 [%4]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  store i8 4, %0+8 .TValue.tt_\n"
           "  loop\n"
           "  %4 = lphi i8 4, 19\n"
           "  %5 = lphi i64 %1, %8\n"
           "  %6 = eq i64 %5, 100\n"
           "  guard %6 is 0 [#0]\n"
           "  %8 = add i64 %5, 1\n"
           "  store i64 %8, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  guard %6 is 0 [#1]\n"
           "  call void @fail(%0) anything\n"
           "  %13 = eq i64 %8, 200\n"
           "  guard %13 is 0 [#2]\n"
           "end loop\n"
           "#0: merge 0 [%5]\n"
           "  pending store i8 %4, %0+8 .TValue.tt_\n"
           "  pending store i64 %5, %0 .TValue.value_\n"
           "#1: merge 0 [%5]\n"
           "#2: merge 0 [%5]\n"
           "  pending store i8 19, %0+8 .TValue.tt_\n");
}

Test(opt_sink_loops, bits_are_not_carried) {
    /* A byte that is stored as an i1 may have been neither 0 nor 1 before the loop. */
    golden(SINK,
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  loop\n"
           "  guard %1 is 0 [#0]\n"
           "  store i1 1, %0\n"
           "  guard %1 is 0 [#1]\n"
           "  store i1 0, %0\n"
           "end loop\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  loop\n"
           "  guard %1 is 0 [#0]\n"
           "  guard %1 is 0 [#1]\n"
           "  store i1 0, %0\n"
           "end loop\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n"
           "  pending store i1 1, %0\n");
}
