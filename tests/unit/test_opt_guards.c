/* Guards that are strengthened. */
#include "opt_golden.h"

static const char two[] = "trace\nmerge 0: pc 0x1000\nmerge 1: pc 0x1004\n";
enum { PASSES = OPT_GUARDS | OPT_DEAD };

/* A value that is not nil is stored, then found to be an integer. The first guard's bytecode is
 * executed anew also if only the second would fail. */
Test(opt_guards, a_later_guard_takes_the_place_of_what_it_implies) {
    golden_with(two, PASSES,
                "  %0 = param ptr 0\n"
                "  merge 0\n"
                "  %2 = load i8 %0+8 .TValue.tt_\n"
                "  %3 = zext i8 %2 to i32\n"
                "  %4 = and i32 %3, 15\n"
                "  %5 = eq i32 %4, 0\n"
                "  guard %5 is 0 [#0]\n"
                "  %7 = load i64 %0 .TValue.value_\n"
                "  store i64 %7, %0+16 .TValue.value_\n"
                "  merge 1\n"
                "  %10 = eq i8 %2, 19\n"
                "  guard %10 is 1 [#1]\n"
                "  store i64 1, %0 .TValue.value_\n"
                "end exit #2\n"
                "#0: merge 0 flags 1 [%0, -, -, -, ptr 0x1000]\n"
                "#1: merge 1 flags 1 [%0, -, -, -, ptr 0x1004]\n"
                "#2: merge 1 [%0]\n",
                "  %0 = param ptr 0\n"
                "  merge 0\n"
                "  %2 = load i8 %0+8 .TValue.tt_\n"
                "  %3 = eq i8 %2, 19\n"
                "  guard %3 is 1 [#0]\n"
                "  %5 = load i64 %0 .TValue.value_\n"
                "  store i64 %5, %0+16 .TValue.value_\n"
                "  merge 1\n"
                "  store i64 1, %0 .TValue.value_\n"
                "end exit #1\n"
                "#0: merge 0 flags 1 [%0, -, -, -, ptr 0x1000]\n"
                "#1: merge 1 [%0]\n");
}

/* All that one value implies, wherever it is compared; also what is compared when extended. */
Test(opt_guards, the_first_of_many_remains) {
    golden(PASSES,
           "  %0 = param i8 0\n"
           "  %1 = zext i8 %0 to i32\n"
           "  %2 = eq i8 %0, 3\n"
           "  guard %2 is 0 [#0]\n"
           "  %4 = and i8 %0, 63\n"
           "  %5 = eq i8 %4, 5\n"
           "  guard %5 is 1 [#0]\n"
           "  %7 = ult i8 %0, 70\n"
           "  guard %7 is 1 [#1]\n"
           "  %9 = eq i32 %1, 69\n"
           "  guard %9 is 1 [#2]\n"
           "end exit #3\n"
           "#0: merge 0 flags 1 [%0]\n"
           "#1: merge 0 flags 1 [%0]\n"
           "#2: merge 0; execute.body@9(ptr 0x5)\n"
           "#3: merge 0 [%0]\n",
           "  %0 = param i8 0\n"
           "  %1 = eq i8 %0, 69\n"
           "  guard %1 is 1 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 flags 1 [%0]\n"
           "#1: merge 0 [%0]\n");
}

static void unchanged(const char *text) {
    golden(PASSES, text, text);
}

Test(opt_guards, what_is_left_alone) {
    /* The earlier guard leaves in the midst of a bytecode. */
    unchanged("  %0 = param i8 0\n"
              "  %1 = eq i8 %0, 3\n"
              "  guard %1 is 0 [#0]\n"
              "  %3 = eq i8 %0, 19\n"
              "  guard %3 is 1 [#1]\n"
              "end exit #2\n"
              "#0: merge 0; execute.body@9(ptr 0x5)\n"
              "#1: merge 0 flags 1 [%0]\n"
              "#2: merge 0 [%0]\n");
    /* The later one is on the next pc. */
    unchanged("  %0 = param ptr 0\n"
              "  %1 = eq ptr %0, null\n"
              "  guard %1 is 0 [#0]\n"
              "  %3 = eq ptr %0, 0x1004\n"
              "  guard %3 is 1 [#1]\n"
              "end exit #2\n"
              "#0: merge 0 flags 1 [%0]\n"
              "#1: merge 0 [%0]\n"
              "#2: merge 0 [%0]\n");
    /* It does not imply the earlier one. */
    unchanged("  %0 = param i8 0\n"
              "  %1 = and i8 %0, 15\n"
              "  %2 = eq i8 %1, 3\n"
              "  guard %2 is 0 [#0]\n"
              "  %4 = eq i8 %0, 19\n"
              "  guard %4 is 1 [#0]\n"
              "end exit #1\n"
              "#0: merge 0 flags 1 [%0]\n"
              "#1: merge 0 [%0]\n");
    /* The condition is a value that is needed, or computed from two. */
    unchanged("  %0 = param i8 0\n"
              "  %1 = param i8 1\n"
              "  %2 = eq i8 %0, 3\n"
              "  guard %2 is 0 [#0]\n"
              "  %4 = ult i8 %0, %1\n"
              "  guard %4 is 0 [#0]\n"
              "  %6 = eq i8 %0, 19\n"
              "  guard %6 is 1 [#0]\n"
              "end exit #1\n"
              "#0: merge 0 flags 1 [%0]\n"
              "#1: merge 0 [%2]\n");
    /* A later guard that a value is not a number says too little. */
    unchanged("  %0 = param i8 0\n"
              "  %1 = and i8 %0, 15\n"
              "  %2 = eq i8 %1, 3\n"
              "  guard %2 is 0 [#0]\n"
              "  %4 = eq i8 %0, 19\n"
              "  guard %4 is 0 [#0]\n"
              "end exit #1\n"
              "#0: merge 0 flags 1 [%0]\n"
              "#1: merge 0 [%0]\n");
}

/* In a loop: what the body finds out of an invariant is found out in front of it. */
Test(opt_guards, loops) {
    golden(PASSES,
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 3\n"
           "  guard %2 is 0 [#0]\n"
           "  loop\n"
           "  %5 = lphi i8 3, %8\n"
           "  %6 = eq i8 %5, 4\n"
           "  guard %6 is 0 [#1]\n"
           "  %8 = load i8 %0+24 .TValue.tt_ volatile\n"
           "  %9 = eq i8 %1, 19\n"
           "  guard %9 is 1 [#1]\n"
           "  %11 = eq i8 %5, 5\n"
           "  guard %11 is 1 [#1]\n"
           "end loop\n"
           "#0: merge 0 flags 1 [%0]\n"
           "#1: merge 0 flags 1 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 19\n"
           "  guard %2 is 1 [#0]\n"
           "  loop\n"
           "  %5 = lphi i8 3, %8\n"
           "  %6 = eq i8 %5, 5\n"
           "  guard %6 is 1 [#1]\n"
           "  %8 = load i8 %0+24 .TValue.tt_ volatile\n"
           "end loop\n"
           "#0: merge 0 flags 1 [%0]\n"
           "#1: merge 0 flags 1 [%0]\n");
}
