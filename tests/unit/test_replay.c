/* Recordings by hardware: replaying marks gives what the software recorder records of the same
 * path. */
#include "ir_fixture.h"
#include "runtime/memory.h"
#include "shared-ir/marks.h"
#include "tier1-trace/recorder.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#define LONG 250u
#define MAX_MARKS 100000

/* A path: what the hardware sees, what is reported, and the software's recording of it. */
static uint32_t marks[MAX_MARKS];
static size_t mark_count;
static Reported reported;
static Recording software, hardware;

static void setup(void) {
    mark_count = 0;
    recording_begin(&software, &fixture);
    reported_begin(&reported);
}
static void teardown(void) {
    recording_end();
    memory_fail_after(0);
    recording_free(&software);
    recording_free(&hardware);
    reported_free(&reported);
}
TestSuite(replay, .init = setup, .fini = teardown);

static void mark(uint32_t what) {
    if (mark_count < MAX_MARKS)
        marks[mark_count++] = what;
}

/* What the record clones do. */
static void block(uint32_t number) {
    mark(YK_MARK_BLOCK | number);
    yk_record_block(number);
}
static void value(uint64_t number) {
    mark(YK_MARK_VALUE);
    yk_record_value(number);
}
static void enter(uint32_t function) {
    mark(YK_MARK_ENTER | function);
    yk_record_enter(function);
}
static void leave(void) {
    mark(YK_MARK_LEAVE);
    yk_record_leave();
}
static const void *callee(const void *function) {
    mark(YK_MARK_CALLEE);
    return yk_record_callee(function);
}
static void fresh(const void *memory) {
    mark(YK_MARK_FRESH);
    yk_record_fresh(memory);
}
static void subject(const void *memory) {
    mark(YK_MARK_SUBJECT);
    yk_record_subject(memory);
}
static void bytecode(bool may_end) {
    RecordedMerge merge = {.block = software.block_count, .may_end = may_end};
    merge.greens.value[0] = 16 + software.merge_count;
    recording_add_merge(&software, &merge);
    block(0);
}
static void finish(void) {
    recording_end();
    software.end.block = software.block_count;
}

/* Replays with the merges that the software has recorded. */
static void replay(uint32_t long_blocks) {
    recording_free(&hardware);
    hardware.exit = software.exit;
    hardware.returned = software.returned;
    hardware.limit = software.limit;
    hardware.end = software.end;
    for (uint32_t i = 0; i < software.merge_count; i++) {
        RecordedMerge merge = software.merges[i];
        if (i != 0)
            merge.block = 12345; /* the hardware does not know */
        cr_assert(recording_add_merge(&hardware, &merge));
    }
    recording_replay(&hardware, &fixture, &reported, marks, mark_count, long_blocks);
}

static void expect_same(void) {
    replay(UINT32_MAX);
    cr_assert_eq(hardware.abort, software.abort, "%s", abort_texts[hardware.abort]);
    cr_assert_eq(hardware.block_count, software.block_count);
    if (software.block_count != 0)
        cr_assert_arr_eq(hardware.blocks, software.blocks, 4 * software.block_count);
    cr_assert_eq(hardware.value_count, software.value_count);
    if (software.value_count != 0)
        cr_assert_arr_eq(hardware.values, software.values, 8 * software.value_count);
    for (uint32_t i = 0; i < software.merge_count; i++)
        cr_assert_eq(hardware.merges[i].block, software.merges[i].block, "merge %u", i);
    cr_assert_eq(hardware.end.block, software.end.block);
}

static void expect_unseen(void) {
    replay(UINT32_MAX);
    cr_expect_eq(hardware.abort, YK_ABORT_UNSEEN, "%s", abort_texts[hardware.abort]);
}

Test(replay, blocks_values_and_bytecodes) {
    for (uint32_t i = 0; i < 100; i++) {
        bytecode(false);
        value(1000 + i);
        block(4 + i % 3);
    }
    finish();
    expect_same();
    cr_expect_eq(hardware.merges[99].block, 198);
}

Test(replay, inlined_functions) {
    bytecode(false);
    cr_assert_eq(callee(fixture_symbols[S_BUILTIN]), fixture_symbols[S_WRAPPER]);
    enter(F_BUILTIN);
    block(22);
    enter(F_GET_INT);
    block(18);
    value(7);
    leave();
    block(23);
    leave();
    block(5);
    finish();
    cr_assert_eq(software.block_count, 5);
    expect_same();
}

/* A function that is active already is called natively: what it does is not part of the trace. */
Test(replay, recursion_is_not_recorded) {
    bytecode(false);
    enter(F_BUILTIN);
    block(22);
    enter(F_BUILTIN);
    block(22);
    value(5);
    callee(fixture_symbols[S_BUILTIN]);
    enter(F_GET_INT);
    block(18);
    leave();
    leave();
    value(6);
    leave();
    finish();
    cr_assert_eq(software.value_count, 1);
    expect_same();
}

/* Random paths, with aborts and all. xorshift64* */
static uint64_t seed;
static unsigned below(unsigned n) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)((seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static void random_function(unsigned depth) {
    static const uint32_t functions[] = {F_GET_INT, F_BUILTIN};
    uint32_t f = functions[below(2)];
    enter(f);
    for (unsigned n = below(6); n > 0; n--)
        switch (below(depth < 20 ? 4 : 3)) {
        case 0:
            value(below(100));
            break;
        case 1:
            callee(fixture_symbols[below(2) ? S_BUILTIN : S_OBSERVE]);
            break;
        case 2:
            block(fixture.functions[f].first_block + below(fixture.functions[f].block_count));
            break;
        default:
            random_function(depth + 1);
            break;
        }
    leave();
}

static void random_path(void) {
    for (unsigned n = 1 + below(60); n > 0; n--) {
        bytecode(below(4) == 0);
        for (unsigned k = below(8); k > 0; k--)
            switch (below(3)) {
            case 0:
                block(1 + below(17));
                break;
            case 1:
                value(below(1000));
                break;
            default:
                random_function(0);
                break;
            }
    }
    finish();
}

Test(replay, random_paths) {
    unsigned limits[] = {0, 40, 400};
    for (unsigned n = 0; n < 3000; n++) {
        teardown();
        memset(&software, 0, sizeof software);
        software.limit = limits[n % 3];
        setup();
        seed = n + 1;
        random_path();
        cr_log_info("seed %u", n + 1);
        if (software.abort == YK_ABORT_NONE)
            expect_same();
        else {
            replay(UINT32_MAX);
            cr_assert_eq(hardware.abort, software.abort, "seed %u", n + 1);
        }
    }
}

/* The software recorder would have ended the recording at the first merge that may be the end. */
Test(replay, long_recordings_end_where_they_may) {
    for (uint32_t i = 0; i < 200; i++) {
        bytecode(i % 10 == 7);
        block(1);
    }
    finish();
    replay(LONG);
    cr_assert_eq(hardware.abort, YK_ABORT_NONE);
    cr_expect_eq(hardware.merge_count, 127);
    cr_expect_eq(hardware.block_count, 254);
    cr_expect_eq(hardware.end.block, 254);
    cr_expect_eq(hardware.end.greens.value[0], 16 + 127);
}

/* Where a trace was left: the clones of the inlined functions first, the body's last. */
Test(replay, exits_enter_clones_in_the_midst) {
    Exit exit = {.frame_count = 3};
    software.exit = &exit;
    RecordedMerge merge = {.block = 0};
    recording_add_merge(&software, &merge);
    recording_in(2, 64);
    block(19);
    recording_in(1, 32);
    block(23);
    enter(F_GET_INT);
    block(18);
    leave();
    recording_in(0, 16);
    block(4);
    bytecode(false);
    block(5);
    finish();
    cr_assert_eq(reported.entry_count, 3);
    expect_same();
    cr_expect_eq(hardware.merges[0].block, 0);
    cr_expect_eq(hardware.merges[1].block, 4);
}

Test(replay, a_restart_begins_with_its_first_merge) {
    Exit exit = {.frame_count = 1, .restarts = true};
    software.exit = &exit;
    bytecode(false);
    block(5);
    finish();
    expect_same();
}

Test(replay, fresh_memory) {
    static char memory[2];
    fixture_functions[F_BUILTIN].flags |= AOT_RARE;
    bytecode(false);
    fresh(&memory[0]);
    for (int i = 0; i < 2; i++) {
        enter(F_GET_INT);
        block(18);
        subject(&memory[i]);
        enter(F_BUILTIN);
        block(22);
        leave();
        leave();
    }
    finish();
    cr_assert_eq(software.block_count, 3);
    expect_same();
}

/* Marks that are missing, are too many, or cannot be. */
Test(replay, what_does_not_fit_is_noticed) {
    bytecode(false);
    enter(F_GET_INT);
    block(18);
    value(3);
    leave();
    bytecode(false);
    value(4);
    finish();
    size_t all = mark_count;
    for (mark_count = 0; mark_count < all; mark_count++)
        expect_unseen(); /* cut off anywhere, all has not been seen */
    mark_count = all;
    mark(YK_MARK_VALUE);
    expect_unseen();
    marks[mark_count - 1] = YK_MARK_BLOCK; /* a bytecode too many */
    expect_unseen();
    static const uint32_t wrong[] = {YK_MARK_BLOCK | 100000, YK_MARK_ENTER | 100000, UINT32_MAX,
                                     YK_MARK_KIND};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        marks[mark_count - 1] = wrong[i];
        expect_unseen();
    }
    mark_count = all;
    reported.failed = true;
    expect_unseen();
    reported.failed = false;
    expect_same();
}

Test(replay, without_memory_what_is_reported_is_incomplete) {
    memory_fail_after(1);
    for (unsigned i = 0; i < 100; i++)
        yk_record_value(i);
    memory_fail_after(0);
    cr_expect(reported.failed);
    finish();
    expect_unseen();
}

Test(replay, marked_clones_report) {
    cr_expect_eq(yk_mark_value(77), 77);
    cr_expect_eq(reported.value_count, 1);
    cr_expect_eq(yk_mark_callee(fixture_symbols[S_OBSERVE]), fixture_symbols[S_OBSERVE]);
    cr_expect_eq(reported.value_count, 2);
    cr_expect_eq(reported.values[1], (uintptr_t)fixture_symbols[S_OBSERVE]);
    recording_end();
    cr_expect_eq(yk_mark_value(78), 78);
    cr_expect_eq(yk_mark_callee(&seed), &seed);
    cr_expect_eq(reported.value_count, 2);
}
