/* What the recording clones report, and where recordings stop. */
#include "ir_fixture.h"
#include "runtime/memory.h"
#include "tier1-trace/build.h"

#include <criterion/criterion.h>
#include <pthread.h>

static Recording recording;

static void begin(void) {
    recording_begin(&recording, &fixture);
}
static void end(void) {
    recording_end();
    memory_fail_after(0);
    recording_free(&recording);
}
TestSuite(record, .init = begin, .fini = end);

Test(record, blocks_and_values_are_kept_in_order) {
    for (uint32_t i = 0; i < 1000; i++) {
        yk_record_block(3 * i);
        cr_assert_eq(yk_record_value(~(uint64_t)i), ~(uint64_t)i);
    }
    cr_assert_eq(recording.block_count, 1000);
    cr_assert_eq(recording.value_count, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        cr_assert_eq(recording.blocks[i], 3 * i);
        cr_assert_eq(recording.values[i], ~(uint64_t)i);
    }
    cr_assert_eq(recording.abort, YK_ABORT_NONE);
}

Test(record, merges_are_kept_in_order) {
    for (uint32_t i = 0; i < 200; i++) {
        RecordedMerge merge = {.unit = &recording, .block = i};
        merge.greens.value[0] = 5 * i;
        cr_assert(recording_add_merge(&recording, &merge));
    }
    cr_assert_eq(recording.merge_count, 200);
    cr_assert_eq(recording.merges[123].block, 123);
    cr_assert_eq(recording.merges[123].greens.value[0], 615);
    cr_assert_eq(recording.merges[123].unit, &recording);
}

Test(record, without_a_recording_nothing_happens) {
    recording_end();
    yk_record_block(1);
    cr_assert_eq(yk_record_value(7), 7);
    cr_assert_eq(yk_record_callee(fixture_symbols[S_BUILTIN]), fixture_symbols[S_BUILTIN]);
    cr_assert_eq(recording.block_count + recording.value_count, 0);
}

static void *other_thread(void *unused) {
    (void)unused;
    yk_record_block(1);
    return NULL;
}

Test(record, another_thread_does_not_record) {
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, other_thread, NULL), 0);
    pthread_join(thread, NULL);
    cr_assert_eq(recording.block_count, 0);
}

Test(record, a_long_recording_stops) {
    for (uint32_t i = 0; i < YK_RECORDING_BLOCKS; i++)
        yk_record_block(i);
    cr_assert_eq(recording.abort, YK_ABORT_NONE);
    yk_record_block(0);
    cr_assert_eq(recording.abort, YK_ABORT_TOO_LONG);
    cr_assert_eq(recording.block_count, YK_RECORDING_BLOCKS);
    yk_record_block(0);
    yk_record_value(0);
    cr_assert_eq(recording.block_count, YK_RECORDING_BLOCKS);
    cr_assert_eq(recording.value_count, 0);
    cr_assert_not(recording_add_merge(&recording, &(RecordedMerge){0}));
}

Test(record, the_limit_can_be_set) {
    recording.limit = 10;
    for (uint32_t i = 0; i < 11; i++)
        yk_record_block(i);
    cr_assert_eq(recording.abort, YK_ABORT_TOO_LONG);
    cr_assert_eq(recording.block_count, 10);
    recording_clear(&recording);
    cr_assert_eq(recording.limit, 10);
}

Test(record, clearing_keeps_the_memory) {
    for (uint32_t i = 0; i < 500; i++)
        yk_record_block(i);
    recording.abort = YK_ABORT_STALE;
    recording.end.block = 1;
    uint32_t *blocks = recording.blocks, capacity = recording.block_capacity;
    recording_clear(&recording);
    cr_assert_eq(recording.block_count, 0);
    cr_assert_eq(recording.abort, YK_ABORT_NONE);
    cr_assert_eq(recording.end.block, 0);
    cr_assert_eq(recording.blocks, blocks);
    cr_assert_eq(recording.block_capacity, capacity);
}

Test(record, a_recording_without_memory_stops) {
    for (uint32_t i = 0; i < 64; i++)
        yk_record_block(i);
    memory_fail_after(1);
    for (uint32_t i = 0; i < 1000; i++)
        yk_record_block(i);
    cr_assert_eq(recording.abort, YK_ABORT_NO_MEMORY);
    cr_assert_eq(recording.block_count, 64);
    cr_assert_eq(recording.blocks[63], 63);
}

Test(record, an_inlinable_callee_is_replaced_by_its_wrapper) {
    cr_assert_eq(yk_record_callee(fixture_symbols[S_BUILTIN]), fixture_symbols[S_WRAPPER]);
    cr_assert_eq(recording.value_count, 1);
    cr_assert_eq(recording.values[0], (uint64_t)(uintptr_t)fixture_symbols[S_BUILTIN]);
}

Test(record, other_callees_are_called_themselves) {
    static char elsewhere;
    cr_assert_eq(yk_record_callee(fixture_symbols[S_OBSERVE]), fixture_symbols[S_OBSERVE]);
    cr_assert_eq(yk_record_callee(&elsewhere), &elsewhere);
    fixture_functions[F_BUILTIN].flags |= AOT_OUTLINED;
    cr_assert_eq(yk_record_callee(fixture_symbols[S_BUILTIN]), fixture_symbols[S_BUILTIN]);
    cr_assert_eq(recording.value_count, 3);
    cr_assert_eq(recording.values[1], (uint64_t)(uintptr_t)&elsewhere);
}

Test(record, a_recording_that_stops_inlines_nothing) {
    recording.abort = YK_ABORT_TOO_LONG;
    cr_assert_eq(yk_record_callee(fixture_symbols[S_BUILTIN]), fixture_symbols[S_BUILTIN]);
    cr_assert_eq(recording.value_count, 0);
}

/* A function with a loop whose head is block 19. */
static void run_rounds(uint32_t function, unsigned rounds) {
    yk_record_enter(function);
    yk_record_block(18);
    yk_record_block(19);
    for (unsigned i = 0; i < rounds; i++) {
        yk_record_block(20);
        yk_record_value(i);
        yk_record_block(19);
    }
    yk_record_block(21);
    yk_record_leave();
}

static void expect_blocks(const uint32_t *blocks, uint32_t count) {
    cr_assert_eq(recording.block_count, count);
    cr_assert_arr_eq(recording.blocks, blocks, count * sizeof *blocks);
}
#define EXPECT_BLOCKS(...)                                                                         \
    expect_blocks((const uint32_t[]){__VA_ARGS__}, sizeof(uint32_t[]){__VA_ARGS__} / 4)

Test(record, a_loop_that_is_executed_more_than_once_makes_its_function_a_native_call) {
    fixture_functions[F_GET_INT].flags |= AOT_HAS_LOOP;
    yk_record_block(7);
    run_rounds(F_GET_INT, 0);
    run_rounds(F_GET_INT, 1);
    cr_assert_eq(recording.value_count, 1);
    run_rounds(F_GET_INT, 2);
    cr_assert_eq(recording.value_count, 1);
    yk_record_block(8);
    EXPECT_BLOCKS(7, 18, 19, 21, 18, 19, 20, 19, 21, 8);
}

/* One that tests its condition at its end. */
static void run_block(unsigned rounds) {
    yk_record_enter(F_GET_INT);
    for (unsigned i = 0; i < rounds; i++)
        yk_record_block(19);
    yk_record_block(21);
    yk_record_leave();
}

Test(record, a_loop_of_one_block_may_be_executed_twice) {
    fixture_functions[F_GET_INT].flags |= AOT_HAS_LOOP;
    run_block(2);
    EXPECT_BLOCKS(19, 19, 21);
    run_block(3);
    EXPECT_BLOCKS(19, 19, 21);
}

Test(record, loops_that_follow_each_other_count_alone) {
    fixture_functions[F_GET_INT].flags |= AOT_HAS_LOOP;
    static const uint32_t both[] = {18, 19, 20, 19, 21, 22, 21, 23};
    yk_record_enter(F_GET_INT);
    for (unsigned i = 0; i < sizeof both / sizeof *both; i++)
        yk_record_block(both[i]);
    yk_record_leave();
    expect_blocks(both, sizeof both / sizeof *both);
}

Test(record, loops_that_may_be_unrolled_are_executed_more_often) {
    run_rounds(F_GET_INT, 20);
    cr_assert_eq(recording.value_count, 20);
    fixture_functions[F_GET_INT].flags |= AOT_HAS_LOOP | AOT_UNROLL;
    run_rounds(F_GET_INT, YK_UNROLLED_ROUNDS);
    cr_assert_eq(recording.value_count, 20 + YK_UNROLLED_ROUNDS);
    run_rounds(F_GET_INT, YK_UNROLLED_ROUNDS + 1);
    cr_assert_eq(recording.value_count, 20 + YK_UNROLLED_ROUNDS);
}

Test(record, what_callees_execute_does_not_count) {
    fixture_functions[F_BUILTIN].flags |= AOT_HAS_LOOP;
    yk_record_enter(F_BUILTIN);
    yk_record_block(22);
    run_rounds(F_GET_INT, 0);
    run_rounds(F_GET_INT, 0);
    run_rounds(F_GET_INT, 0);
    yk_record_block(24);
    yk_record_leave();
    EXPECT_BLOCKS(22, 18, 19, 21, 18, 19, 21, 18, 19, 21, 24);
}

Test(record, a_loop_that_calls_counts_its_own_blocks) {
    fixture_functions[F_BUILTIN].flags |= AOT_HAS_LOOP;
    yk_record_enter(F_BUILTIN);
    for (unsigned i = 0; i < 2; i++) {
        yk_record_block(22);
        yk_record_block(23);
        run_rounds(F_GET_INT, 1);
    }
    yk_record_leave();
    cr_assert_eq(recording.block_count + recording.value_count, 0);
    yk_record_block(17);
    EXPECT_BLOCKS(17);
}

Test(record, the_innermost_loop_is_taken_out_alone) {
    fixture_functions[F_GET_INT].flags |= AOT_HAS_LOOP;
    fixture_functions[F_BUILTIN].flags |= AOT_HAS_LOOP;
    yk_record_enter(F_BUILTIN);
    yk_record_block(22);
    run_rounds(F_GET_INT, 20);
    yk_record_block(23);
    yk_record_leave();
    EXPECT_BLOCKS(22, 23);
}

Test(record, who_calls_what_is_rare_is_a_native_call) {
    fixture_functions[F_BUILTIN].flags |= AOT_RARE;
    yk_record_block(7);
    yk_record_enter(F_GET_INT);
    yk_record_block(18);
    yk_record_enter(F_BUILTIN);
    yk_record_block(22);
    yk_record_leave();
    yk_record_block(19);
    yk_record_leave();
    yk_record_block(8);
    EXPECT_BLOCKS(7, 8);
    /* The body itself is not called. */
    yk_record_enter(F_BUILTIN);
    yk_record_block(22);
    yk_record_leave();
    EXPECT_BLOCKS(7, 8, 22);
}

Test(record, what_is_rare_may_be_about_fresh_memory) {
    fixture_functions[F_BUILTIN].flags |= AOT_RARE;
    static char memory[40], other;
    const void *subjects[] = {&memory[0], &memory[1], NULL, &other, &memory[0]};
    /* Another function is entered in between, which takes the subject; the last one is too old. */
    for (int i = 0; i < 5; i++) {
        recording_clear(&recording);
        for (int k = 0; k < (i == 4 ? 33 : 2); k++)
            yk_record_fresh(&memory[k]);
        if (i == 3) {
            yk_record_subject(&memory[0]);
            yk_record_enter(F_GET_INT);
        } else {
            yk_record_enter(F_GET_INT);
            yk_record_subject(subjects[i]);
        }
        yk_record_block(18);
        yk_record_enter(F_BUILTIN);
        yk_record_block(22);
        yk_record_leave();
        yk_record_leave();
        if (i < 2)
            EXPECT_BLOCKS(18, 22);
        else
            cr_expect_eq(recording.block_count, 0, "%d", i);
    }
    /* What a native call has allocated is not known to the trace. */
    recording_clear(&recording);
    yk_record_enter(F_GET_INT);
    yk_record_subject(&other);
    yk_record_enter(F_BUILTIN);
    yk_record_fresh(&other);
    yk_record_leave();
    yk_record_leave();
    yk_record_enter(F_GET_INT);
    yk_record_subject(&other);
    yk_record_enter(F_BUILTIN);
    yk_record_leave();
    yk_record_block(18);
    yk_record_leave();
    cr_expect_eq(recording.block_count, 0);
}

Test(record, recursion_is_a_native_call) {
    yk_record_enter(F_GET_INT);
    yk_record_block(18);
    yk_record_enter(F_BUILTIN);
    yk_record_block(22);
    run_rounds(F_GET_INT, 1);
    cr_assert_eq(yk_record_callee(fixture_symbols[S_BUILTIN]), fixture_symbols[S_WRAPPER]);
    yk_record_leave();
    yk_record_block(19);
    yk_record_leave();
    EXPECT_BLOCKS(18, 22, 19);
    cr_assert_eq(recording.value_count, 1);
}

Test(record, what_is_muted_inlines_nothing) {
    yk_record_enter(F_BUILTIN);
    yk_record_enter(F_BUILTIN);
    run_rounds(F_GET_INT, 1);
    cr_assert_eq(yk_record_callee(fixture_symbols[S_BUILTIN]), fixture_symbols[S_BUILTIN]);
    yk_record_leave();
    cr_assert_eq(recording.block_count + recording.value_count, 0);
    run_rounds(F_GET_INT, 1);
    EXPECT_BLOCKS(18, 19, 20, 19, 21);
    yk_record_leave();
}

Test(record, as_many_functions_are_active_as_a_trace_can_inline) {
    static AotFunction functions[2 * YK_TRACE_MAX_FRAMES];
    AotModule module = fixture;
    module.functions = functions;
    recording_begin(&recording, &module);
    for (uint32_t i = 0; i < 2 * YK_TRACE_MAX_FRAMES; i++) {
        yk_record_enter(i);
        yk_record_block(i);
    }
    cr_assert_eq(recording.block_count, YK_TRACE_MAX_FRAMES - 1);
    for (uint32_t i = 0; i < 2 * YK_TRACE_MAX_FRAMES; i++)
        yk_record_leave();
    yk_record_block(99);
    cr_assert_eq(recording.blocks[YK_TRACE_MAX_FRAMES - 1], 99);
}

Test(record, frame_buffers_of_active_functions_fit_into_a_trace) {
    fixture_functions[F_BODY].frame_size = 16;
    fixture_functions[F_BUILTIN].frame_size = YK_FRAME_BYTES - 48;
    fixture_functions[F_GET_INT].frame_size = 32;
    recording_begin(&recording, &fixture);
    yk_record_enter(F_BUILTIN);
    yk_record_block(22);
    run_rounds(F_GET_INT, 1);
    EXPECT_BLOCKS(22, 18, 19, 20, 19, 21);
    fixture_functions[F_GET_INT].frame_size = 48;
    run_rounds(F_GET_INT, 1);
    EXPECT_BLOCKS(22, 18, 19, 20, 19, 21);
    fixture_functions[F_GET_INT].frame_size = 0;
    run_rounds(F_GET_INT, 1);
    EXPECT_BLOCKS(22, 18, 19, 20, 19, 21, 18, 19, 20, 19, 21);
}

Test(record, functions_around_a_resumed_one_count) {
    recording_in(YK_TRACE_MAX_FRAMES - 2, 0);
    yk_record_enter(F_BUILTIN);
    yk_record_block(22);
    run_rounds(F_GET_INT, 1);
    EXPECT_BLOCKS(22);
    yk_record_leave();
    recording_in(0, YK_FRAME_BYTES);
    fixture_functions[F_BUILTIN].frame_size = 16;
    yk_record_enter(F_BUILTIN);
    yk_record_block(23);
    yk_record_leave();
    EXPECT_BLOCKS(22);
}

Test(record, a_new_recording_forgets_what_was_active) {
    for (unsigned i = 0; i < 3; i++)
        yk_record_enter(F_BUILTIN);
    recording_begin(&recording, &fixture);
    yk_record_leave();
    run_rounds(F_BUILTIN, 1);
    EXPECT_BLOCKS(18, 19, 20, 19, 21);
}

Test(record, each_reason_has_a_text) {
    for (unsigned i = 0; i < YK_ABORT_COUNT; i++) {
        cr_assert_not_null(abort_texts[i]);
        /* Nobody's fault. */
        bool free = i == YK_ABORT_NONE || i == YK_ABORT_COMPILING || i == YK_ABORT_LEFT_LOOP;
        cr_assert_eq(abort_severities[i] == 0, free, "%s", abort_texts[i]);
    }
}
