/* What is known of memory: forwarding and stores of what is there; dead stores and dead code. */
#include "opt_golden.h"

#define FORWARD (OPT_FOLD | OPT_NUMBER | OPT_FACTS | OPT_FORWARD | OPT_DEAD)

Test(opt_memory, loads_and_stores_are_forwarded) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = load i64 %0 .TValue.value_\n"
           "  %4 = add i64 %3, %1\n"
           "  store i64 %4, %0 .TValue.value_\n"
           "  %6 = load i64 %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %3, %6]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = add i64 %1, %2\n"
           "  store i64 %3, %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %2, %3]\n");
}

Test(opt_memory, classes_and_offsets_are_disjoint) {
    /* The store of a value forgets what another base has of that field only. */
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = load i8 %0+8 .TValue.tt_\n"
           "  %4 = load i64 %0+16 .TValue.value_\n"
           "  %5 = load ptr %1+16 .Table.array\n"
           "  store i64 7, %1 .TValue.value_\n"
           "  %7 = load i64 %0 .TValue.value_\n"
           "  %8 = load i8 %0+8 .TValue.tt_\n"
           "  %9 = load i64 %0+16 .TValue.value_\n"
           "  %10 = load ptr %1+16 .Table.array\n"
           "  store i64 8, %0 .TValue.value_\n"
           "  %12 = load i64 %0+16 .TValue.value_\n"
           "  %13 = load i64 %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %3, %4, %5, %7, %8, %9, %10, %12, %13]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = load i8 %0+8 .TValue.tt_\n"
           "  %4 = load i64 %0+16 .TValue.value_\n"
           "  %5 = load ptr %1+16 .Table.array\n"
           "  store i64 7, %1 .TValue.value_\n"
           "  %7 = load i64 %0 .TValue.value_\n"
           "  %8 = load i64 %0+16 .TValue.value_\n"
           "  store i64 8, %0 .TValue.value_\n"
           "  %10 = load i64 %1 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %3, %4, %5, %7, %3, %8, %5, %8, %10]\n");
}

Test(opt_memory, without_a_class_all_may_be_written) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load ptr %0+16 .Table.array\n"
           "  store i64 7, %1+8\n"
           "  %4 = load ptr %0+16 .Table.array\n"
           "  store i64 7, %0+8\n"
           "  %6 = load ptr %0+16 .Table.array\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %4, %6]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load ptr %0+16 .Table.array\n"
           "  store i64 7, %1+8\n"
           "  %4 = load ptr %0+16 .Table.array\n"
           "  store i64 7, %0+8\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %4, %4]\n");
}

Test(opt_memory, what_is_there_is_not_stored_again) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 3\n"
           "  guard %2 is 1 [#0]\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  %5 = load i64 %0 .TValue.value_\n"
           "  %6 = bitcast i64 %5 to f64\n"
           "  store f64 %6, %0 .TValue.value_\n"
           "  store f64 0.0, %0+16 .TValue.value_\n"
           "  store i64 0, %0+16 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = eq i8 %1, 3\n"
           "  guard %2 is 1 [#0]\n"
           "  store f64 0.0, %0+16 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%0]\n");
}

Test(opt_memory, bits_have_no_type) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = param f64 1\n"
           "  store f64 %1, %0 .TValue.value_\n"
           "  %3 = load i64 %0 .TValue.value_\n"
           "  %4 = load ptr %0 .TValue.value_\n"
           "  %5 = load i8 %0+7 .TValue.value_\n"
           "  store i32 5, %0+4\n"
           "  %7 = load i64 %0 .TValue.value_\n"
           "  %8 = load i16 %0+6\n"
           "end exit #0\n"
           "#0: merge 0 [%3, %4, %5, %7, %8]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param f64 1\n"
           "  store f64 %1, %0 .TValue.value_\n"
           "  %3 = bitcast f64 %1 to i64\n"
           "  %4 = bitcast i64 %3 to ptr\n"
           "  %5 = lshr i64 %3, 56\n"
           "  %6 = trunc i64 %5 to i8\n"
           "  store i32 5, %0+4\n"
           "  %8 = load i64 %0 .TValue.value_\n"
           "  %9 = lshr i64 %8, 48\n"
           "  %10 = trunc i64 %9 to i16\n"
           "end exit #0\n"
           "#0: merge 0 [%3, %4, %6, %8, %10]\n");
}

Test(opt_memory, displacements_are_seen_through) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = ptradd %0, 16\n"
           "  %3 = load i64 %2 .TValue.value_\n"
           "  %4 = load i64 %0+16 .TValue.value_\n"
           "  %5 = shl i64 %1, 4\n"
           "  %6 = ptradd %0, %5\n"
           "  %7 = add i64 %1, 1\n"
           "  %8 = shl i64 %7, 4\n"
           "  %9 = ptradd %0, %8\n"
           "  store i64 1, %6 .TValue.value_\n"
           "  store i64 2, %9 .TValue.value_\n"
           "  %12 = load i64 %6 .TValue.value_\n"
           "  %13 = ptradd %0, 40000\n"
           "  %14 = load i64 %13 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%3, %4, %12, %14]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i64 1\n"
           "  %2 = load i64 %0+16 .TValue.value_\n"
           "  %3 = shl i64 %1, 4\n"
           "  %4 = ptradd %0, %3\n"
           "  store i64 1, %4 .TValue.value_\n"
           "  store i64 2, %4+16 .TValue.value_\n"
           "  %7 = ptradd %0, 40000\n"
           "  %8 = load i64 %7 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %2, i64 1, %8]\n");
}

Test(opt_memory, calls) {
    /* Only those that may write forget; none forgets what is not memory. */
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = load i64 %0 .TValue.value_\n"
           "  %2 = call ptr @get_slow(%0, i64 1) read throw\n"
           "  %3 = load i64 %0 .TValue.value_\n"
           "  call void @fail(%0) read write throw collect move_stack\n"
           "  %5 = load i64 %0 .TValue.value_\n"
           "  call void @fail(%0) collect\n"
           "  %7 = load i64 %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %3, %5, %7]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i64 %0 .TValue.value_\n"
           "  %2 = call ptr @get_slow(%0, i64 1) read throw\n"
           "  call void @fail(%0) anything\n"
           "  %4 = load i64 %0 .TValue.value_\n"
           "  call void @fail(%0) collect\n"
           "  %6 = load i64 %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %1, %4, %6]\n");
}

/* One load of a flag is enough, until the trace itself may have changed it. */
Test(opt_memory, volatile_stores_stay_and_loads_forget_nothing) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = load i32 %1+64 .lua_State.hookmask volatile\n"
           "  %4 = load i32 %1+64 .lua_State.hookmask volatile\n"
           "  %5 = load i64 %0 .TValue.value_\n"
           "  store i32 0, %1+64 .lua_State.hookmask volatile\n"
           "  store i32 0, %1+64 .lua_State.hookmask volatile\n"
           "  %8 = load i32 %1+64 .lua_State.hookmask\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %3, %4, %5, %8]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = load i32 %1+64 .lua_State.hookmask volatile\n"
           "  store i32 0, %1+64 .lua_State.hookmask volatile\n"
           "  store i32 0, %1+64 .lua_State.hookmask volatile\n"
           "  %6 = load i32 %1+64 .lua_State.hookmask\n"
           "end exit #0\n"
           "#0: merge 0 [%2, %3, %3, %2, %6]\n");
}

/* Behind stores to it, by whatever base, and behind calls a flag is read anew; other accesses do
 * not take what a volatile load has seen, nor the other way around. */
Test(opt_memory, volatile_loads_are_repeated_behind_what_may_change_them) {
    static const char text[] = "  %0 = param ptr 0\n"
                               "  %1 = param ptr 1\n"
                               "  %2 = load i32 %1+64 .lua_State.hookmask volatile\n"
                               "  store i32 1, %0+64 .lua_State.hookmask\n"
                               "  %4 = load i32 %1+64 .lua_State.hookmask volatile\n"
                               "  call void @fail(%0) anything\n"
                               "  %6 = load i32 %1+64 .lua_State.hookmask volatile\n"
                               "  %7 = load i32 %1+64 .lua_State.hookmask\n"
                               "  %8 = load i32 %1+64 .lua_State.hookmask volatile\n"
                               "  store i32 2, %1+64 .lua_State.hookmask\n"
                               "  %10 = load i32 %1+64 .lua_State.hookmask volatile\n"
                               "end exit #0\n"
                               "#0: merge 0 [%2, %4, %6, %7, %8, %10]\n";
    golden(FORWARD, text, text);
}

Test(opt_memory, frame_buffers_are_private_until_they_escape) {
    golden_with("trace frames 64\nmerge 0: pc 0x1000\n", FORWARD,
                "  %0 = param ptr 0\n"
                "  %1 = frame 16\n"
                "  %2 = frame 32\n"
                "  store i64 1, %1\n"
                "  store i64 2, %2\n"
                "  call void @fail(%0) read write\n"
                "  %6 = load i64 %1\n"
                "  %7 = load i64 %2\n"
                "  call void @observe(%2) read write\n"
                "  %9 = load i64 %1\n"
                "  %10 = load i64 %2\n"
                "  store i64 3, %0\n"
                "  %12 = load i64 %1\n"
                "  %13 = load i64 %2\n"
                "  store ptr %1, %0+8\n"
                "  store i64 4, %2\n"
                "  store i64 5, %0\n"
                "  %17 = load i64 %2\n"
                "  call void @fail(%0) read write\n"
                "  %19 = load i64 %1\n"
                "end exit #0\n"
                "#0: merge 0 [%6, %7, %9, %10, %12, %13, %17, %19]\n",
                "  %0 = param ptr 0\n"
                "  %1 = frame 16\n"
                "  %2 = frame 32\n"
                "  store i64 1, %1\n"
                "  store i64 2, %2\n"
                "  call void @fail(%0) read write\n"
                "  call void @observe(%2) read write\n"
                "  %7 = load i64 %2\n"
                "  store i64 3, %0\n"
                "  %9 = load i64 %2\n"
                "  store ptr %1, %0+8\n"
                "  store i64 4, %2\n"
                "  store i64 5, %0\n"
                "  %13 = load i64 %2\n"
                "  call void @fail(%0) read write\n"
                "  %15 = load i64 %1\n"
                "end exit #0\n"
                "#0: merge 0 [i64 1, i64 2, i64 1, %7, i64 1, %9, %13, %15]\n");
}

Test(opt_memory, an_unknown_place_in_a_frame_buffer) {
    golden_with("trace frames 64\nmerge 0: pc 0x1000\n", FORWARD,
                "  %0 = param i64 0\n"
                "  %1 = frame 0\n"
                "  store i64 1, %1+8\n"
                "  %3 = shl i64 %0, 3\n"
                "  %4 = ptradd %1, %3\n"
                "  store i64 2, %4\n"
                "  %6 = load i64 %1+8\n"
                "end exit #0\n"
                "#0: merge 0 [%6]\n",
                "  %0 = param i64 0\n"
                "  %1 = frame 0\n"
                "  store i64 1, %1+8\n"
                "  %3 = shl i64 %0, 3\n"
                "  %4 = ptradd %1, %3\n"
                "  store i64 2, %4\n"
                "  %6 = load i64 %1+8\n"
                "end exit #0\n"
                "#0: merge 0 [%6]\n");
}

Test(opt_dead, code) {
    golden(OPT_DEAD | OPT_STORES,
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = add i64 %0, 1\n"
           "  %3 = mul i64 %2, 3\n"
           "  %4 = load i64 null .TValue.value_\n"
           "  %5 = load i64 null .TValue.value_ volatile\n"
           "  %6 = call i64 @get_int(ptr null, %2) pure\n"
           "  %7 = call i64 @get_int(ptr null, %2) read\n"
           "  %8 = eq i64 %1, 0\n"
           "  guard %8 is 1 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%1]\n",
           "  %0 = param i64 0\n"
           "  %1 = param i64 1\n"
           "  %2 = add i64 %0, 1\n"
           "  %3 = load i64 null .TValue.value_ volatile\n"
           "  %4 = call i64 @get_int(ptr null, %2) read\n"
           "  %5 = eq i64 %1, 0\n"
           "  guard %5 is 1 [#0]\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%1]\n");
}

Test(opt_dead, a_store_that_is_overwritten) {
    golden(OPT_DEAD | OPT_STORES,
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  %4 = load ptr %1+16 .Table.array\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  %6 = load i64 %1 .TValue.value_\n"
           "  store i64 3, %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%4, %6]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param ptr 1\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  %3 = load ptr %1+16 .Table.array\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  %5 = load i64 %1 .TValue.value_\n"
           "  store i64 3, %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%3, %5]\n");
}

Test(opt_dead, a_wider_store_covers) {
    golden(OPT_DEAD | OPT_STORES,
           "  %0 = param ptr 0\n"
           "  store i32 1, %0+4\n"
           "  store i8 1, %0+8\n"
           "  store i64 2, %0\n"
           "  store i16 3, %0\n"
           "end exit #0\n"
           "#0: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  store i8 1, %0+8\n"
           "  store i64 2, %0\n"
           "  store i16 3, %0\n"
           "end exit #0\n"
           "#0: merge 0 [%0]\n");
}

Test(opt_dead, guards_and_calls_look_at_memory) {
    golden(OPT_DEAD | OPT_STORES,
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  guard %1 is 1 [#0]\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  call void @fail(%0) throw\n"
           "  store i64 3, %0 .TValue.value_\n"
           "  %7 = call ptr @get_int(%0, i64 1) pure\n"
           "  store i64 4, %0 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%7]\n",
           "  %0 = param ptr 0\n"
           "  %1 = param i1 1\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  guard %1 is 1 [#0]\n"
           "  store i64 2, %0 .TValue.value_\n"
           "  call void @fail(%0) throw\n"
           "  %6 = call ptr @get_int(%0, i64 1) pure\n"
           "  store i64 4, %0 .TValue.value_\n"
           "end exit #1\n"
           "#0: merge 0 [%0]\n"
           "#1: merge 0 [%6]\n");
}

Test(opt_dead, a_dead_load_looks_at_nothing) {
    golden(OPT_DEAD | OPT_STORES,
           "  %0 = param ptr 0\n"
           "  store i64 1, %0 .TValue.value_\n"
           "  %2 = load i64 %0 .TValue.value_\n"
           "  %3 = add i64 %2, 1\n"
           "  store i64 2, %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0]\n",
           "  %0 = param ptr 0\n"
           "  store i64 2, %0 .TValue.value_\n"
           "end exit #0\n"
           "#0: merge 0 [%0]\n");
}

Test(opt_dead, frames_of_functions_that_have_returned) {
    /* The exit needs the buffer of execute.body (none) and of builtin (16 bytes at 16). */
    golden_with(
        "trace frames 64\nmerge 0: pc 0x1000\n", OPT_DEAD | OPT_STORES,
        "  %0 = param ptr 0\n"
        "  %1 = param i1 1\n"
        "  %2 = frame 16\n"
        "  %3 = frame 32\n"
        "  store i64 1, %2\n"
        "  store i64 2, %3\n"
        "  %6 = load i64 %3\n"
        "  store i64 3, %3\n"
        "  guard %1 is 1 [#0]\n"
        "  store i64 4, %2\n"
        "  store i64 5, %3\n"
        "end exit #1\n"
        "#0: merge 0; execute.body@17(%0, %0, %0, %0, %0, result); builtin@24(%6) frame 16\n"
        "#1: merge 0 [%0]\n",
        "  %0 = param ptr 0\n"
        "  %1 = param i1 1\n"
        "  %2 = frame 16\n"
        "  %3 = frame 32\n"
        "  store i64 1, %2\n"
        "  store i64 2, %3\n"
        "  %6 = load i64 %3\n"
        "  guard %1 is 1 [#0]\n"
        "end exit #1\n"
        "#0: merge 0; execute.body@17(%0, %0, %0, %0, %0, result); builtin@24(%6) frame 16\n"
        "#1: merge 0 [%0]\n");
}

Test(opt_dead, a_frame_that_has_escaped_stays) {
    golden_with("trace frames 64\nmerge 0: pc 0x1000\n", OPT_DEAD | OPT_STORES,
                "  %0 = param ptr 0\n"
                "  %1 = frame 16\n"
                "  store i64 1, %1\n"
                "  call void @observe(%1) read write\n"
                "  store i64 2, %1\n"
                "end exit #0\n"
                "#0: merge 0 [%0]\n",
                "  %0 = param ptr 0\n"
                "  %1 = frame 16\n"
                "  store i64 1, %1\n"
                "  call void @observe(%1) read write\n"
                "  store i64 2, %1\n"
                "end exit #0\n"
                "#0: merge 0 [%0]\n");
}
