/* What the recording clones report, and where recordings stop. */
#include "ir_fixture.h"
#include "runtime/memory.h"
#include "tier1-trace/record.h"

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

Test(record, each_reason_has_a_text_and_a_severity) {
    for (unsigned i = 0; i < YK_ABORT_COUNT; i++) {
        cr_assert_not_null(abort_texts[i]);
        bool free = i == YK_ABORT_NONE || i == YK_ABORT_COMPILING; /* nobody's fault */
        cr_assert_eq(abort_severities[i] == 0, free, "%s", abort_texts[i]);
    }
}
