/* Recordings made by hand, for tests of the builder. Include it once in a test.
 *
 * The program and the constants of the fixture's interpreter lie at fixed addresses, which traces
 * show. A recording is written as a list of numbers: blocks, and AT(i) where the bytecode with
 * number i begins; the last AT is the recording's end. */
#ifndef YK_HAND_RECORDING_H
#define YK_HAND_RECORDING_H

#include "ir_fixture.h"
#include "runtime/memory.h"
#include "tier1-trace/build.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint32_t *const program = (uint32_t *)(uintptr_t)0x50000000;
#define PROGRAM_SIZE 64u
static const uint64_t constants = 0x50001000;

static Recording recording;
static YkGreens greens;
static char *text, *error; /* freed by close_program */

static void open_program(void) {
    void *at = mmap(program, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    cr_assert_eq(at, (void *)program);
    greens = (YkGreens){.value = {0, constants},
                        .range = {{(uintptr_t)program, PROGRAM_SIZE}, {constants, 0}}};
}

static void close_program(void) {
    memory_fail_after(0);
    recording_free(&recording);
    free(text);
    free(error);
    munmap(program, 4096);
}

enum { INCREMENT, GET, BACK, RETURN, CALL };
#define INSTRUCTION(opcode, number) ((uint32_t)(number) << 7 | (opcode))

#define AT(i) (-1 - (i))
static void record(const int *list, size_t count) {
    recording_clear(&recording);
    recording_begin(&recording, &fixture);
    for (size_t i = 0; i < count; i++) {
        if (list[i] >= 0) {
            yk_record_block((uint32_t)list[i]);
            continue;
        }
        RecordedMerge merge = {.greens = greens, .block = recording.block_count};
        merge.greens.value[0] = (uintptr_t)&program[AT(list[i])];
        if (i + 1 < count)
            cr_assert(recording_add_merge(&recording, &merge));
        else
            recording.end = merge;
    }
    recording_end();
}
#define RECORD(...) record((const int[]){__VA_ARGS__}, sizeof(int[]){__VA_ARGS__} / sizeof(int))

static void add_value(const void *value) {
    recording_begin(&recording, &fixture);
    yk_record_value((uint64_t)(uintptr_t)value);
    recording_end();
}

static Trace *build(const Trace *parent) {
    enum YkAbort why;
    Trace *t = build_trace(&fixture, &recording, parent, &why);
    cr_assert_not_null(t, "%s", abort_texts[why]);
    cr_assert_eq(why, YK_ABORT_NONE);
    cr_assert(trace_verify(t, &error), "%s", error);
    return t;
}

#define INCREMENT_PATH 0, 1, 3, 4, 6
#define BACK_PATH 0, 1, 11, 13
#define GET_PATH 0, 1, 7, 18, 19, 21, 8, 10, 6
#define CALL_PATH 0, 1, 15, 16, 22, 18, 19, 21, 23, 24, 17, 6
/* CALL_PATH's value: the callee; the promoted one. */
static void record_call(void) {
    program[0] = INSTRUCTION(CALL, 0);
    RECORD(AT(0), CALL_PATH, AT(1));
    add_value(fixture_symbols[S_BUILTIN]);
    add_value((void *)(uintptr_t)42);
}

#endif
