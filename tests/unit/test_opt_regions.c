/* Regions of memory: what pointers point into, and what stores through them leave known. In the
 * fixture slot 2 and lua_State.top point into the stack, Table.array into arrays, and CallInfo.next
 * and previous link lists. */
#include "opt_golden.h"
#include "runtime/memory.h"
#include "shared-ir/alias.h"

#define OPTIMISE (OPT_ALL & ~OPT_SINK) /* test_opt_sink.c tests that */

static uint8_t *regions_of(const char *text, uint32_t count) {
    char *error = NULL;
    Trace *t = trace_parse(&fixture, text, &error);
    cr_assert(t != NULL, "%s", error);
    cr_assert_eq(t->insn_count, count);
    uint8_t *regions = trace_regions(t);
    cr_assert_not_null(regions);
    trace_free(t);
    return regions;
}

static void expect_regions(const char *text, uint32_t count, const uint8_t *expected) {
    uint8_t *regions = regions_of(text, count);
    for (uint32_t i = 0; i < count; i++)
        cr_expect_eq(regions[i], expected[i], "%%%u: region %u", i, regions[i]);
    memory_free(regions);
}

Test(opt_regions, of_values) {
    static const uint8_t expected[] = {0,       0, R_STACK, 0,       R_STACK, R_STACK, R_ARRAY,
                                       R_ARRAY, 0, 0,       R_STACK, 0,       R_ARRAY};
    expect_regions("trace\n"
                   "  %0 = param ptr 0\n"
                   "  %1 = param ptr 1\n"
                   "  %2 = param ptr 2\n"
                   "  %3 = param i64 3\n"
                   "  %4 = load ptr %0+16 .lua_State.top\n"
                   "  %5 = ptradd %4, %3\n"
                   "  %6 = load ptr %1+16 .Table.array\n"
                   "  %7 = ptradd %6, 16\n"
                   "  %8 = load i64 %1+16 .Table.array\n"
                   "  %9 = eq i64 %8, 0\n"
                   "  %10 = select ptr %9, %2, %5\n"
                   "  %11 = select ptr %9, %2, %7\n"
                   "  %12 = select ptr %9, %6, %7\n"
                   "end exit #0\n"
                   "#0: merge 0 [%0]\n",
                   13, expected);
    static const uint8_t inherited[] = {R_ARRAY, 0};
    expect_regions("trace side\n"
                   "  %0 = inherit ptr 3 region 2\n"
                   "  %1 = inherit ptr 4\n"
                   "end exit #0\n"
                   "#0: merge 0 [%0]\n",
                   2, inherited);
}

/* %4 keeps its region round the loop; %5 does not, and so neither does %6. */
Test(opt_regions, round_a_loop) {
    static const uint8_t expected[] = {0, R_STACK, R_ARRAY, 0, R_STACK, 0, 0, R_STACK, 0, 0};
    expect_regions("trace\n"
                   "  %0 = param ptr 0\n"
                   "  %1 = param ptr 2\n"
                   "  %2 = load ptr %0+16 .Table.array\n"
                   "  loop\n"
                   "  %4 = lphi ptr %1, %7\n"
                   "  %5 = lphi ptr %1, %2\n"
                   "  %6 = lphi ptr %1, %8\n"
                   "  %7 = ptradd %4, 16\n"
                   "  %8 = ptradd %5, 16\n"
                   "  store ptr %6, %0+16 .lua_State.top\n"
                   "end loop\n",
                   10, expected);
}

Test(opt_regions, a_store_to_an_array_leaves_the_stack_known) {
    golden(OPTIMISE,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+16 .Table.array\n"
           "  %3 = load i64 %1 .TValue.value_\n"
           "  store i64 %3, %2+32 .TValue.value_\n"
           "  %5 = load i64 %1 .TValue.value_\n"
           "  store i64 %5, %2+48 .TValue.value_\n"
           "  store i64 7, %1+16 .TValue.value_\n"
           "  %8 = load i64 %2+32 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0, %1, -, %8]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+16 .Table.array\n"
           "  %3 = load i64 %1 .TValue.value_\n"
           "  store i64 %3, %2+32 .TValue.value_\n"
           "  store i64 %3, %2+48 .TValue.value_\n"
           "  store i64 7, %1+16 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0, %1, -, %3]\n");
}

Test(opt_regions, a_store_anywhere_does_not) {
    golden(OPTIMISE,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load i64 %1 .TValue.value_\n"
           "  store i64 0, %0+32 .TValue.value_\n"
           "  %4 = load i64 %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0, %1, -, %2, %4]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load i64 %1 .TValue.value_\n"
           "  store i64 0, %0+32 .TValue.value_\n"
           "  %4 = load i64 %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0, %1, -, %2, %4]\n");
}

/* Backwards, too: no load looks at the first store. */
Test(opt_regions, a_load_of_an_array_does_not_need_the_stack) {
    golden(OPTIMISE,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+16 .Table.array\n"
           "  store i64 1, %1 .TValue.value_\n"
           "  %4 = load i64 %2+32 .TValue.value_\n"
           "  store i64 %4, %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0, %1]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+16 .Table.array\n"
           "  %3 = load i64 %2+32 .TValue.value_\n"
           "  store i64 %3, %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0, %1]\n");
}

/* The end of one object may be the start of another: the array's pointer stays what it is, and the
 * last load is not of the stack. */
Test(opt_regions, equal_pointers_keep_their_regions) {
    golden(OPTIMISE,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = ptradd %1, 64\n"
           "  %3 = load ptr %0+16 .Table.array\n"
           "  %4 = load ptr %0+24 .Table.array\n"
           "  %5 = eq ptr %2, %3\n"
           "  guard %5 is 1 [#0]\n"
           "  %7 = load i64 %3 .TValue.value_\n"
           "  store i64 1, %4 .TValue.value_\n"
           "  %9 = load i64 %3 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1, -, %7, %9]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = ptradd %1, 64\n"
           "  %3 = load ptr %0+16 .Table.array\n"
           "  %4 = load ptr %0+24 .Table.array\n"
           "  %5 = eq ptr %2, %3\n"
           "  guard %5 is 1 [#0]\n"
           "  %7 = load i64 %3 .TValue.value_\n"
           "  store i64 1, %4 .TValue.value_\n"
           "  %9 = load i64 %3 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1, -, %7, %9]\n");
}

/* What a guard has found to be at a place of the first frame is that place, also for what was known
 * of it by the other pointer. */
Test(opt_regions, a_pointer_that_is_a_place_of_a_parameter) {
    golden(OPTIMISE,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+16 .lua_State.top\n"
           "  %3 = load i64 %2 .TValue.value_\n"
           "  %4 = ptradd %1, 32\n"
           "  %5 = eq ptr %2, %4\n"
           "  guard %5 is 1 [#0]\n"
           "  store i64 1, %1 .TValue.value_\n"
           "  %8 = load i64 %1+32 .TValue.value_\n"
           "  %9 = load i64 %2+16 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1, %3, %8, %9]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+16 .lua_State.top\n"
           "  %3 = load i64 %2 .TValue.value_\n"
           "  %4 = ptradd %1, 32\n"
           "  %5 = eq ptr %2, %4\n"
           "  guard %5 is 1 [#0]\n"
           "  store i64 1, %1 .TValue.value_\n"
           "  %8 = load i64 %1+48 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0, %1]\n"
           "#1: merge 0 [%0, %1, %3, %3, %8]\n");
}

/* 16 bytes at %4 are below %1: a store there leaves known what is at or above %1, and not what is
 * below; and the other way round. */
Test(opt_regions, below_a_parameter) {
    golden(OPTIMISE,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0\n"
           "  %3 = load ptr %0+8\n"
           "  %4 = into %2, 16 below %1, region 1\n"
           "  %5 = into %3, 0 below null, region 1\n"
           "  %6 = load i64 %1 .TValue.value_\n"
           "  %7 = load i64 %1-16 .TValue.value_\n"
           "  store i64 1, %4 .TValue.value_\n"
           "  %9 = load i64 %1 .TValue.value_\n"
           "  %10 = load i64 %1-16 .TValue.value_\n"
           "  store i64 2, %1+16 .TValue.value_\n"
           "  %12 = load i64 %4 .TValue.value_\n"
           "  store i64 3, %1-32 .TValue.value_\n"
           "  %14 = load i64 %4 .TValue.value_\n"
           "  store i64 4, %4+16 .TValue.value_\n"
           "  %16 = load i64 %1 .TValue.value_\n"
           "  store i64 5, %5 .TValue.value_\n"
           "  %18 = load i64 %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%6, %7, %9, %10, %12, %14, %16, %18]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0\n"
           "  %3 = load ptr %0+8\n"
           "  %4 = into %2, 16 below %1, region 1\n"
           "  %5 = into %3, 0 below null, region 1\n"
           "  %6 = load i64 %1 .TValue.value_\n"
           "  %7 = load i64 %1-16 .TValue.value_\n"
           "  store i64 1, %4 .TValue.value_\n"
           "  %9 = load i64 %1-16 .TValue.value_\n"
           "  store i64 2, %1+16 .TValue.value_\n"
           "  store i64 3, %1-32 .TValue.value_\n"
           "  %12 = load i64 %4 .TValue.value_\n"
           "  store i64 4, %4+16 .TValue.value_\n"
           "  %14 = load i64 %1 .TValue.value_\n"
           "  store i64 5, %5 .TValue.value_\n"
           "  %16 = load i64 %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%6, %7, %6, %9, i64 1, %12, %14, %16]\n");
}

/* A counter that is below the loop's frame stays in a register, as does what the frame holds. */
Test(opt_regions, below_a_parameter_in_a_loop) {
    golden(OPT_ALL,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+32 .CallInfo.savedpc\n"
           "  %3 = ptradd %2, 16\n"
           "  %4 = ule ptr %3, %1\n"
           "  guard %4 is 1 [#0]\n"
           "  %6 = into %2, 16 below %1, region 1\n"
           "  %7 = load i64 %6 .TValue.value_\n"
           "  %8 = load i64 %1 .TValue.value_\n"
           "  %9 = add i64 %7, %8\n"
           "  store i64 %9, %6 .TValue.value_\n"
           "  %11 = add i64 %8, 1\n"
           "  store i64 %11, %1 .TValue.value_\n"
           "  %13 = slt i64 %11, 100\n"
           "  guard %13 is 1 [#1]\n"
           "end loop #2\n"
           "#0: merge 0 [%0, -, %1]\n"
           "#1: merge 0 [%0, -, %1]\n"
           "#2: merge 0 [%0, -, %1]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 2\n"
           "  %2 = load ptr %0+32 .CallInfo.savedpc\n"
           "  %3 = ptradd %2, 16\n"
           "  %4 = ult ptr %1, %3\n"
           "  guard %4 is 0 [#0]\n"
           "  %6 = into %2, 16 below %1, region 1\n"
           "  %7 = load i64 %6 .TValue.value_\n"
           "  %8 = load i64 %1 .TValue.value_\n"
           "  %9 = add i64 %7, %8\n"
           "  store i64 %9, %6 .TValue.value_\n"
           "  %11 = add i64 %8, 1\n"
           "  store i64 %11, %1 .TValue.value_\n"
           "  %13 = slt i64 %11, 100\n"
           "  guard %13 is 1 [#1]\n"
           "  loop\n"
           "  %16 = lphi i64 %9, %18\n"
           "  %17 = lphi i64 %11, %19\n"
           "  %18 = add i64 %16, %17\n"
           "  %19 = add i64 %17, 1\n"
           "  %20 = slt i64 %19, 100\n"
           "  guard %20 is 1 [#2]\n"
           "end loop\n"
           "#0: merge 0 [%0, -, %1]\n"
           "#1: merge 0 [%0, -, %1]\n"
           "#2: merge 0 [%0, -, %1]\n"
           "  pending store i64 %18, %6 .TValue.value_\n"
           "  pending store i64 %19, %1 .TValue.value_\n");
}

/* A counter on the stack stays in a register while an array is filled. */
Test(opt_regions, in_a_loop) {
    golden(OPTIMISE,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = param ptr 2\n"
           "  %3 = load i8 %2+24 .TValue.tt_\n"
           "  %4 = eq i8 %3, 5\n"
           "  guard %4 is 1 [#0]\n"
           "  %6 = load i64 %2 .TValue.value_\n"
           "  %7 = load ptr %0+16 .Table.array\n"
           "  %8 = shl i64 %1, 4\n"
           "  %9 = ptradd %7, %8\n"
           "  store i64 %6, %9 .TValue.value_\n"
           "  store i8 3, %9+8 .TValue.tt_\n"
           "  %12 = add i64 %6, 1\n"
           "  store i64 %12, %2 .TValue.value_\n"
           "  %14 = add i64 %1, 1\n"
           "end loop #1\n"
           "#0: merge 0 [%0, %1, %2]\n"
           "#1: merge 0 [%0, %14, %2]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = param ptr 2\n"
           "  %3 = load i8 %2+24 .TValue.tt_\n"
           "  %4 = eq i8 %3, 5\n"
           "  guard %4 is 1 [#0]\n"
           "  %6 = load i64 %2 .TValue.value_\n"
           "  %7 = load ptr %0+16 .Table.array\n"
           "  %8 = shl i64 %1, 4\n"
           "  %9 = ptradd %7, %8\n"
           "  store i64 %6, %9 .TValue.value_\n"
           "  store i8 3, %9+8 .TValue.tt_\n"
           "  %12 = add i64 %6, 1\n"
           "  store i64 %12, %2 .TValue.value_\n"
           "  %14 = add i64 %1, 1\n"
           "  loop\n"
           "  %16 = lphi i64 %14, %24\n"
           "  %17 = lphi i64 %12, %22\n"
           "  %18 = shl i64 %16, 4\n"
           "  %19 = ptradd %7, %18\n"
           "  store i64 %17, %19 .TValue.value_\n"
           "  store i8 3, %19+8 .TValue.tt_\n"
           "  %22 = add i64 %17, 1\n"
           "  store i64 %22, %2 .TValue.value_\n"
           "  %24 = add i64 %16, 1\n"
           "end loop\n"
           "#0: merge 0 [%0, %1, %2]\n");
}

/* What was called knows where it returns to; its frame is not the caller's. */
Test(opt_regions, a_list_leads_back) {
    golden(OPT_ALL,
           "  %0 = param ptr 0\n"
           "  %1 = load ptr %0+32 .CallInfo.savedpc\n"
           "  %2 = load ptr %0+24 .CallInfo.next\n"
           "  store ptr %1, %2+32 .CallInfo.savedpc\n"
           "  %4 = load ptr %2+24 .CallInfo.next\n"
           "  store ptr null, %4+32 .CallInfo.savedpc\n"
           "  %6 = load ptr %4+16 .CallInfo.previous\n"
           "  %7 = load ptr %6+16 .CallInfo.previous\n"
           "  %8 = load ptr %7+32 .CallInfo.savedpc\n"
           "end exit #0\n"
           "#0: merge 0 [%6, %7, -, -, %8]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load ptr %0+32 .CallInfo.savedpc\n"
           "  %2 = load ptr %0+24 .CallInfo.next\n"
           "  store ptr %1, %2+32 .CallInfo.savedpc\n"
           "  %4 = load ptr %2+24 .CallInfo.next\n"
           "  store ptr null, %4+32 .CallInfo.savedpc\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %0, -, -, %1]\n");
}

/* Nodes that come later may be those that were there before. */
Test(opt_regions, a_list_that_has_changed) {
    golden(OPT_ALL,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load ptr %0+24 .CallInfo.next\n"
           "  store ptr %1, %2+24 .CallInfo.next\n"
           "  %4 = load ptr %2+24 .CallInfo.next\n"
           "  %5 = load ptr %4+24 .CallInfo.next\n"
           "  %6 = load ptr %0+32 .CallInfo.savedpc\n"
           "  store ptr null, %5+32 .CallInfo.savedpc\n"
           "  %8 = load ptr %0+32 .CallInfo.savedpc\n"
           "  %9 = load ptr %5+16 .CallInfo.previous\n"
           "end exit #0\n"
           "#0: merge 0 [%6, %8, -, -, %9]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load ptr %0+24 .CallInfo.next\n"
           "  store ptr %1, %2+24 .CallInfo.next\n"
           "  %4 = load ptr %1+24 .CallInfo.next\n"
           "  %5 = load ptr %0+32 .CallInfo.savedpc\n"
           "  store ptr null, %4+32 .CallInfo.savedpc\n"
           "  %7 = load ptr %0+32 .CallInfo.savedpc\n"
           "end exit #0\n"
           "#0: merge 0 [%5, %7, -, -, %1]\n");
}

/* ... but not that p and p->next were two objects. */
Test(opt_regions, a_call_may_change_a_list) {
    golden(OPT_ALL,
           "  %0 = param ptr 0\n"
           "  %1 = load ptr %0+24 .CallInfo.next\n"
           "  %2 = load ptr %0+32 .CallInfo.savedpc\n"
           "  call void @observe(%0) read write\n"
           "  %4 = load ptr %1+16 .CallInfo.previous\n"
           "  %5 = load ptr %0+32 .CallInfo.savedpc\n"
           "  store ptr null, %1+32 .CallInfo.savedpc\n"
           "  %7 = load ptr %0+32 .CallInfo.savedpc\n"
           "  %8 = load ptr %1+24 .CallInfo.next\n"
           "  store ptr %2, %8+32 .CallInfo.savedpc\n"
           "  %10 = load ptr %0+32 .CallInfo.savedpc\n"
           "end exit #0\n"
           "#0: merge 0 [%4, %5, -, -, %7, %10]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load ptr %0+24 .CallInfo.next\n"
           "  %2 = load ptr %0+32 .CallInfo.savedpc\n"
           "  call void @observe(%0) read write\n"
           "  %4 = load ptr %1+16 .CallInfo.previous\n"
           "  %5 = load ptr %0+32 .CallInfo.savedpc\n"
           "  store ptr null, %1+32 .CallInfo.savedpc\n"
           "  %7 = load ptr %1+24 .CallInfo.next\n"
           "  store ptr %2, %7+32 .CallInfo.savedpc\n"
           "  %9 = load ptr %0+32 .CallInfo.savedpc\n"
           "end exit #0\n"
           "#0: merge 0 [%4, %5, -, -, %5, %9]\n");
}

/* ---- keys: lua_State.top tells objects on the stack apart ------------------------------------ */

static const char key_head[] = "trace\n"
                               "merge 0: pc 0x1000\n"
                               "  %0 = param ptr 2\n"
                               "  %1 = param i64 3\n"
                               "  %2 = param i64 4\n"
                               "  %3 = ptradd %0, %1\n"
                               "  %4 = ptradd %0, %2\n"
                               "  %5 = load ptr %3+16 .lua_State.top\n"
                               "  %6 = eq ptr %5, 0x1000\n"
                               "  guard %6 is 1 [#0]\n"
                               "  %8 = load ptr %4+16 .lua_State.top\n";

static void declare_key(void) {
    fixture_classes[C_TOP].size |= AOT_CLASS_KEY;
}

Test(opt_regions, objects_with_different_keys, .init = declare_key) {
    golden_with(key_head, OPTIMISE,
                "  %9 = eq ptr %8, 0x2000\n"
                "  guard %9 is 1 [#1]\n"
                "  %11 = load i64 %3 .TValue.value_\n"
                "  %12 = load i8 %3+8 .TValue.tt_\n"
                "  store i64 7, %4 .TValue.value_\n"
                "  store i8 3, %4+8 .TValue.tt_\n"
                "  %15 = load i64 %3 .TValue.value_\n"
                "  %16 = load i8 %3+8 .TValue.tt_\n"
                "end exit #2\n"
                "#0: merge 0 [%0]\n"
                "#1: merge 0 [%0]\n"
                "#2: merge 0 [%0, %11, %12, %15, %16]\n",
                "  %9 = eq ptr %8, 0x2000\n"
                "  guard %9 is 1 [#1]\n"
                "  %11 = load i64 %3 .TValue.value_\n"
                "  %12 = load i8 %3+8 .TValue.tt_\n"
                "  store i64 7, %4 .TValue.value_\n"
                "  store i8 3, %4+8 .TValue.tt_\n"
                "end exit #2\n"
                "#0: merge 0 [%0]\n"
                "#1: merge 0 [%0]\n"
                "#2: merge 0 [%0, %11, %12, %11, %12]\n");
}

static void expect_loaded_again(const char *between) {
    char *text;
    cr_assert_geq(asprintf(&text,
                           "%s"
                           "  %%20 = load i64 %%3 .TValue.value_\n"
                           "  store i64 7, %%4 .TValue.value_\n"
                           "  %%22 = load i64 %%3 .TValue.value_\n"
                           "end exit #2\n"
                           "#0: merge 0 [%%0]\n"
                           "#1: merge 0 [%%0]\n"
                           "#2: merge 0 [%%0, %%20, %%22]\n",
                           between),
                  0);
    char *result = golden_result(key_head, text, OPTIMISE);
    unsigned loads = 0;
    for (const char *at = result; (at = strstr(at, "load i64 %3 .TValue")) != NULL; at++)
        loads++;
    cr_expect_eq(loads, 2, "%s", result);
    free(result);
    free(text);
}

Test(opt_regions, objects_that_may_be_one, .init = declare_key) {
    expect_loaded_again("  %9 = eq ptr %8, 0x1000\n"
                        "  guard %9 is 1 [#1]\n");
    expect_loaded_again("  %9 = eq ptr %8, 0x2000\n"
                        "  guard %9 is 0 [#1]\n");
}

Test(opt_regions, a_key_that_may_have_changed, .init = declare_key) {
    expect_loaded_again("  %9 = eq ptr %8, 0x2000\n"
                        "  guard %9 is 1 [#1]\n"
                        "  store ptr null, %0+16 .lua_State.top\n");
    expect_loaded_again("  %9 = eq ptr %8, 0x2000\n"
                        "  guard %9 is 1 [#1]\n"
                        "  call void @fail(%0) anything\n");
}

/* What is loaded in front of the keys is not known to be of objects with these keys: in between
 * they may have changed. */
Test(opt_regions, keys_that_become_known_later, .init = declare_key) {
    char *result = golden_result("trace\n"
                                 "merge 0: pc 0x1000\n"
                                 "  %0 = param ptr 2\n"
                                 "  %1 = param i64 3\n"
                                 "  %2 = param i64 4\n"
                                 "  %3 = ptradd %0, %1\n"
                                 "  %4 = ptradd %0, %2\n"
                                 "  %5 = load i64 %3 .TValue.value_\n"
                                 "  store i64 7, %4 .TValue.value_\n"
                                 "  store ptr null, %4+16 .lua_State.top\n",
                                 "  %8 = load ptr %3+16 .lua_State.top\n"
                                 "  %9 = eq ptr %8, 0x1000\n"
                                 "  guard %9 is 1 [#0]\n"
                                 "  %11 = load i64 %3 .TValue.value_\n"
                                 "end exit #1\n"
                                 "#0: merge 0 [%0]\n"
                                 "#1: merge 0 [%0, %5, %11]\n",
                                 OPTIMISE);
    cr_expect_not_null(strstr(result, "%11 = load i64 %3 .TValue.value_"), "%s", result);
    free(result);
}
