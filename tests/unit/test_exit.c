/* Exits: the table that is made of snapshots, running the clones, the thunk between. */
#include "deopt/exit.h"
#include "ir_fixture.h"
#include "runtime/memory.h"
#include "tier1-trace/record.h"

#include <criterion/criterion.h>
#include <execinfo.h>
#include <string.h>

/* A program without stencils. */
const YkStencilTable yk_stencil_table = {.version = YK_TABLE_VERSION, .pc_step = 1};

static YkTraceArea area;
static YkFrame frame = {.area = &area};

/* ---- clones that note how they are called ---- */

static struct {
    const char *name;
    uint32_t entry;
    uint64_t lives[4];
    uint8_t *frame;
} runs[8];
static unsigned run_count;

static void note(const char *name, uint32_t entry, const uint64_t *lives, uint8_t *buffer) {
    runs[run_count].name = name;
    runs[run_count].entry = entry;
    memcpy(runs[run_count].lives, lives, sizeof runs[0].lives);
    runs[run_count++].frame = buffer;
}

static uint32_t body_kind = AOT_BODY_MERGE;
static uint32_t run_body(const char *name, uint32_t entry, const uint64_t *lives, uint64_t *result,
                         uint8_t *buffer) {
    note(name, entry, lives, buffer);
    for (unsigned i = 0; i < YK_VECTOR_SLOTS; i++)
        result[i] = 1000 + i;
    return body_kind;
}
static uint32_t body_resume(uint32_t entry, const uint64_t *lives, uint64_t *result,
                            uint8_t *buffer) {
    return run_body("body", entry, lives, result, buffer);
}
static uint32_t body_record(uint32_t entry, const uint64_t *lives, uint64_t *result,
                            uint8_t *buffer) {
    return run_body("recorded body", entry, lives, result, buffer);
}
static uint32_t builtin_resume(uint32_t entry, const uint64_t *lives, uint64_t *result,
                               uint8_t *buffer) {
    note("builtin", entry, lives, buffer);
    *result = lives[0] + 1;
    return AOT_RETURNED;
}
static uint32_t get_int_resume(uint32_t entry, const uint64_t *lives, uint64_t *result,
                               uint8_t *buffer) {
    note("get_int", entry, lives, buffer);
    *result = lives[0] * lives[1];
    return AOT_RETURNED;
}
/* A function without a result leaves *result alone. */
static uint32_t void_resume(uint32_t entry, const uint64_t *lives, uint64_t *result,
                            uint8_t *buffer) {
    (void)result;
    note("void", entry, lives, buffer);
    return AOT_RETURNED;
}

static void clear_frame(void) {
    memset(&frame, 0, sizeof frame);
    frame.area = &area;
    for (unsigned i = 0; i < YK_EXIT_VALUES; i++)
        area.values[i] = 10 * i;
}
TestSuite(exit, .init = clear_frame);

Test(exit, without_frames_the_bytecode_has_ended) {
    Exit exit = {.frame_count = 0};
    for (unsigned i = 0; i < YK_VECTOR_SLOTS; i++)
        frame.slots[i] = 7 * i;
    cr_assert_eq(exit_resume(&frame, &exit, EXIT_RESUME), AOT_BODY_MERGE);
    for (unsigned i = 0; i < YK_VECTOR_SLOTS; i++)
        cr_assert_eq(frame.slots[i], 7 * i);
}

Test(exit, the_countdown_counts) {
    Exit exit = {0};
    cr_assert_eq(exit_taken(&exit), 0);
    exit_arm(&exit, 100);
    exit.countdown -= 101;
    cr_assert_eq(exit_taken(&exit), 101);
    exit_arm(&exit, INT32_MAX);
    cr_assert_eq(exit_taken(&exit), 101);
    exit.countdown = INT32_MIN;
    cr_assert_eq(exit_taken(&exit), 101 + UINT64_C(0xffffffff));
}

Test(exit, functions_run_innermost_first_and_pass_results_on) {
    ExitFrame frames[] = {
        {body_resume, body_record, 5, 0, 2, 0, 0, 0},
        {builtin_resume, NULL, 6, 3, 3, 64, 64, 0},
        {get_int_resume, NULL, 7, 5, UINT32_MAX, 80, 80, 0},
    };
    Exit exit = {.frame_count = 3, .frames = frames};
    cr_assert_eq(exit_resume(&frame, &exit, EXIT_RESUME), AOT_BODY_MERGE);
    cr_assert_eq(run_count, 3);
    cr_assert_str_eq(runs[0].name, "get_int");
    cr_assert_eq(runs[0].entry, 7);
    cr_assert_eq(runs[0].lives[0], 50);
    cr_assert_eq(runs[0].lives[1], 60);
    cr_assert_eq(runs[0].frame, area.frames + 80);
    cr_assert_str_eq(runs[1].name, "builtin");
    cr_assert_eq(runs[1].entry, 6);
    cr_assert_eq(runs[1].lives[0], 3000); /* the result of get_int */
    cr_assert_eq(runs[1].lives[1], 40);
    cr_assert_eq(runs[1].frame, area.frames + 64);
    cr_assert_str_eq(runs[2].name, "body");
    cr_assert_eq(runs[2].entry, 5);
    cr_assert_eq(runs[2].lives[0], 0);
    cr_assert_eq(runs[2].lives[1], 10);
    cr_assert_eq(runs[2].lives[2], 3001);
    cr_assert_eq(runs[2].frame, area.frames);
    cr_assert_eq(frame.slots[11], 1011);
}

Test(exit, a_result_that_nobody_needs_is_dropped) {
    ExitFrame frames[] = {{body_resume, NULL, 1, 0, UINT32_MAX, 0, 0, 0},
                          {builtin_resume, NULL, 1, 2, UINT32_MAX, 0, 0, 0}};
    Exit exit = {.frame_count = 2, .frames = frames};
    exit_resume(&frame, &exit, EXIT_RESUME);
    for (unsigned i = 0; i < YK_EXIT_VALUES; i++)
        cr_assert_eq(area.values[i], 10 * i);
}

Test(exit, a_function_without_result) {
    ExitFrame frames[] = {{body_resume, NULL, 1, 0, UINT32_MAX, 0, 0, 0},
                          {void_resume, NULL, 1, 2, UINT32_MAX, 0, 0, 0}};
    Exit exit = {.frame_count = 2, .frames = frames};
    cr_assert_eq(exit_resume(&frame, &exit, EXIT_RESUME), AOT_BODY_MERGE);
    cr_assert_eq(run_count, 2);
}

Test(exit, a_recording_runs_the_other_clones_and_the_kind_is_handed_on) {
    ExitFrame frames[] = {{body_resume, body_record, 9, 0, UINT32_MAX, 0, 0, 0}};
    Exit exit = {.frame_count = 1, .frames = frames};
    body_kind = AOT_BODY_RETURN;
    cr_assert_eq(exit_resume(&frame, &exit, EXIT_RECORD), AOT_BODY_RETURN);
    cr_assert_str_eq(runs[0].name, "recorded body");
    cr_assert_eq(frame.slots[0], 1000);
}

/* The frames of the side that was taken lie behind those of the other. */
Test(exit, a_forced_guard_goes_on_at_the_other_side) {
    ExitFrame frames[] = {{body_resume, NULL, 1, 0, UINT32_MAX, 0, 0, 0},
                          {body_resume, NULL, 2, 2, 5, 0, 0, 0},
                          {builtin_resume, NULL, 3, 6, UINT32_MAX, 16, 0, 0}};
    Exit exit = {.frame_count = 1, .taken_count = 2, .frames = frames};
    cr_assert_eq(exit_resume_forced(&frame, &exit), AOT_BODY_MERGE);
    cr_assert_eq(run_count, 2);
    cr_assert_str_eq(runs[0].name, "builtin");
    cr_assert_eq(runs[0].entry, 3);
    cr_assert_eq(runs[0].lives[0], 60);
    cr_assert_eq(runs[1].entry, 2);
    cr_assert_eq(area.values[5], 61);
    exit_resume(&frame, &exit, EXIT_RESUME);
    cr_assert_eq(run_count, 3);
    cr_assert_eq(runs[2].entry, 1);
}

/* Calls a function with a frame buffer that only fits if little of the room is in use. */
static uint32_t calling_record(uint32_t entry, const uint64_t *lives, uint64_t *result,
                               uint8_t *buffer) {
    (void)lives, (void)result, (void)buffer;
    yk_record_enter(F_BUILTIN);
    yk_record_block(entry);
    yk_record_leave();
    return AOT_BODY_MERGE;
}

Test(exit, the_recorder_knows_what_is_in_use_around_a_clone) {
    ExitFrame frames[] = {{NULL, calling_record, 1, 0, UINT32_MAX, 0, 32, 0},
                          {NULL, calling_record, 2, 0, UINT32_MAX, 32, YK_FRAME_BYTES, 0}};
    Exit exit = {.frame_count = 2, .frames = frames};
    Recording recording = {0};
    fixture_functions[F_BUILTIN].frame_size = 16;
    recording_begin(&recording, &fixture);
    exit_resume(&frame, &exit, EXIT_RECORD);
    recording_end();
    cr_assert_eq(recording.block_count, 1);
    cr_assert_eq(recording.blocks[0], 1);
    recording_free(&recording);
}

/* ---- the table ---- */

/* Three snapshots: a vector; the body in front of its call; get_int inside of the body. */
static Trace *make_trace(void) {
    Trace *t = trace_new(&fixture);
    cr_assert(t != NULL);
    IrRef refs[16];
    for (unsigned i = 0; i < 16; i++)
        refs[i] = trace_const(t, IR_I64, i);
    trace_snapshot_vector(t, trace_snapshot_begin(t, 0), refs);
    uint32_t s = trace_snapshot_begin(t, 0);
    trace_snapshot_frame(t, s,
                         (TraceFrame){.function = F_BODY,
                                      .block = 16,
                                      .value_count = 6,
                                      .result = UINT16_MAX,
                                      .frame_offset = 0},
                         refs);
    s = trace_snapshot_begin(t, 0);
    refs[5] = IR_NONE;
    trace_snapshot_frame(
        t, s, (TraceFrame){.function = F_BODY, .block = 8, .value_count = 6, .result = 5}, refs);
    trace_snapshot_frame(t, s,
                         (TraceFrame){.function = F_GET_INT,
                                      .block = 20,
                                      .value_count = 2,
                                      .result = UINT16_MAX,
                                      .frame_offset = 48},
                         refs);
    return t;
}

static void set_clones(void) {
    fixture_functions[F_GET_INT].frame_size = 32;
    fixture_symbols[S_RECORD] = (const void *)body_record;
    fixture_symbols[S_RESUME] = (const void *)body_resume;
    fixture_symbols[S_NIL] = (const void *)get_int_resume;
    fixture_functions[F_GET_INT].resume = S_NIL;
    fixture_functions[F_GET_INT].record = UINT32_MAX;
}

Test(exit, exits_are_made_of_snapshots) {
    set_clones();
    Trace *t = make_trace();
    struct CompiledTrace *owner = (struct CompiledTrace *)&frame;
    Exit *exits = exits_make(t, owner);
    cr_assert(exits != NULL);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(exits[i].code, i == 0 ? (const void *)(uintptr_t)yk_native_exit
                                           : (const void *)(uintptr_t)yk_native_deopt);
        cr_assert_eq(exits[i].next, (const void *)(uintptr_t)yk_native_exit_slow);
        cr_assert_not(exits[i].restarts);
        cr_assert_eq(exit_taken(&exits[i]), 0);
        cr_assert_eq(exits[i].snapshot, i);
        cr_assert_eq(exits[i].trace, owner);
    }
    cr_assert_eq(exits[0].frame_count, 0);
    cr_assert_eq(exits[0].value_count, 0);
    cr_assert_eq(exits[1].frame_count, 1);
    cr_assert_eq(exits[1].value_count, 6);
    cr_assert_eq(exits[1].frames[0].entry, 9);
    cr_assert_eq(exits[1].frames[0].result, UINT32_MAX);
    cr_assert(exits[1].frames[0].resume == body_resume);
    cr_assert(exits[1].frames[0].record == body_record);
    cr_assert_eq(exits[2].frame_count, 2);
    cr_assert_eq(exits[2].value_count, 8);
    const ExitFrame *frames = exits[2].frames;
    cr_assert_eq(frames[0].entry, 4);
    cr_assert_eq(frames[0].values, 0);
    cr_assert_eq(frames[0].result, 5);
    cr_assert_eq(frames[0].frame_offset, 0);
    cr_assert_eq(frames[1].entry, 2);
    cr_assert_eq(frames[1].values, 6);
    cr_assert_eq(frames[1].result, UINT32_MAX);
    cr_assert_eq(frames[1].frame_offset, 48);
    cr_assert_eq(frames[1].frame_end, 80);
    cr_assert(frames[1].resume == get_int_resume);
    cr_assert(frames[1].record == NULL);
    /* And they run. */
    exit_resume(&frame, &exits[2], false);
    cr_assert_eq(runs[0].lives[0], 60);
    cr_assert_eq(runs[0].lives[1], 70);
    cr_assert_eq(area.values[5], 4200);
    memory_free(exits);
    trace_free(t);
}

Test(exit, exits_need_memory) {
    Trace *t = make_trace();
    memory_fail_after(1);
    cr_assert_null(exits_make(t, NULL));
    memory_fail_after(0);
    trace_free(t);
}

/* ---- the thunk ---- */

static Exit taken;
static const Exit *seen_exit;
static YkFrame *seen_native;
static uint64_t seen_slots[YK_VECTOR_SLOTS];
static uintptr_t seen_frame;
static void *stack[64];
static int stack_depth;

/* Adds 1 to the register of each slot, then leaves. */
__asm__(".text\n"
        "continuation:\n"
        ".irp r, r12, r13, r14, r15, rdi, rsi, rdx, rcx, r8, r9, r11, rax\n"
        "incq %\\r\n"
        ".endr\n"
        "jmp yk_native_leave\n");
extern const char continuation[] __attribute__((visibility("hidden")));

/* As an exit's code, which has its Exit in r10, jumps: here it is in slot 0. */
__asm__(".text\n"
        "exit_at_merge:\n"
        "movq %r12, %r10\n"
        "jmp yk_native_exit\n"
        "exit_in_bytecode:\n"
        "movq %r12, %r10\n"
        "jmp yk_native_deopt\n");
extern const char exit_at_merge[] __attribute__((visibility("hidden")));
extern const char exit_in_bytecode[] __attribute__((visibility("hidden")));
static const void *entry = exit_in_bytecode;

/* In place of the runtime's. */
const void *yk_exit_taken(YkFrame *native, Exit *exit) {
    seen_native = native;
    seen_exit = exit;
    memcpy(seen_slots, native->slots, sizeof seen_slots);
    seen_frame = (uintptr_t)__builtin_frame_address(0);
    stack_depth = backtrace(stack, 64);
    for (unsigned i = 0; i < YK_VECTOR_SLOTS; i++)
        native->slots[i] = 100 * (i + 1);
    return continuation;
}

__attribute__((noinline)) static int enter(void **caller) {
    *caller = __builtin_return_address(0);
    frame.slots[0] = (uint64_t)(uintptr_t)&taken;
    return yk_native_enter(&frame, entry);
}

Test(exit, the_thunk_asks_where_to_go_on_and_loads_the_vector) {
    void *caller;
    cr_assert_eq(enter(&caller), YK_NATIVE_LEAVE);
    cr_assert_eq(seen_exit, &taken);
    cr_assert_eq(seen_native, &frame);
    cr_assert_eq(seen_frame % 16, 0); /* as the ABI wants the stack */
    for (unsigned i = 0; i < YK_VECTOR_SLOTS; i++)
        cr_assert_eq(frame.slots[i], 100 * (i + 1) + 1);
}

/* Goes on by itself until the countdown has run out; then with all slots in the frame. */
Test(exit, the_thunk_of_an_exit_at_a_merge_point_counts) {
    void *caller;
    entry = exit_at_merge;
    taken.next = continuation;
    exit_arm(&taken, 2);
    for (unsigned n = 0; n < 4; n++) {
        for (unsigned i = 1; i < YK_VECTOR_SLOTS; i++)
            frame.slots[i] = 1000 * i;
        seen_exit = NULL;
        cr_assert_eq(enter(&caller), YK_NATIVE_LEAVE);
        for (unsigned i = 1; i < YK_VECTOR_SLOTS; i++) {
            cr_assert_eq(frame.slots[i], n < 2 ? 1000 * i + 1 : 100 * (i + 1) + 1);
            cr_assert(n < 2 || seen_slots[i] == 1000 * i);
        }
        cr_assert_eq(seen_exit, n < 2 ? NULL : &taken);
        cr_assert_eq(taken.countdown, 1 - (int)n);
    }
    cr_assert_eq(seen_frame % 16, 0);
}

Test(exit, the_stack_can_be_unwound_through_the_thunks) {
    void *caller;
    for (unsigned n = 0; n < 2; n++) {
        entry = n == 0 ? exit_in_bytecode : exit_at_merge;
        taken.countdown = 0;
        enter(&caller);
        bool found = false;
        for (int i = 0; i < stack_depth; i++)
            found |= stack[i] == caller;
        cr_assert(found, "only %d frames", stack_depth);
    }
}
