/* Making code from stencils: collecting, linking, leaving, dynamic jumps, dropping, limits. The
 * stencils are those of hand_table.h. */
#include "hand_table.h"
#include "runtime/memory.h"
#include "tier0-cnp/tier0_internal.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- a machine ------------------------------------------------------------------------------ */

static YkTier0 *tier0;
static YkFrame frame;
static const uint64_t bytecode_constants[4] = {100, 101, 102, UINT64_MAX};

static void open_with_limit(size_t limit) {
    const char *error = NULL;
    tier0 = tier0_open(limit, &error);
    cr_assert(tier0, "%s", error);
}

static void set_up(void) {
    build_table();
    open_with_limit(1 << 16);
    frame.slots[YK_GREEN_SLOT + 1] = (uintptr_t)bytecode_constants;
    frame.ranges[1] = (YkRange){(uintptr_t)bytecode_constants, sizeof bytecode_constants};
}

static void tear_down(void) {
    tier0_close(tier0);
    tier0 = NULL;
}
TestSuite(compile, .init = set_up, .fini = tear_down);

/* A bytecode function. */
typedef struct Function {
    const uint32_t *words;
    uint32_t count;
    YkUnit *unit;
    YkCompileStats stats;
} Function;

#define WORD(opcode, argument) ((uint32_t)(opcode) | (uint32_t)(argument) << 8)
#define FUNCTION(name, ...)                                                                        \
    static const uint32_t name##_words[] = {__VA_ARGS__};                                          \
    Function name = {.words = name##_words, .count = sizeof name##_words / 4}

static uintptr_t pc_of(const Function *f, int index) {
    return (uintptr_t)f->words + 4 * (uintptr_t)(intptr_t)index;
}

static int compile_at(Function *f, int index) {
    YkRange range = {(uintptr_t)f->words, 4 * (size_t)f->count};
    f->unit = tier0_unit(tier0, &range, true);
    if (f->unit == NULL)
        return YK_COMPILE_NO_MEMORY;
    YkGreens greens = {.value = {pc_of(f, index), (uintptr_t)bytecode_constants},
                       .range = {range, frame.ranges[1]}};
    return tier0_compile(tier0, f->unit, &greens, &f->stats);
}

static void compile(Function *f) {
    cr_assert_eq(compile_at(f, 0), YK_COMPILED);
}

/* Runs from an instruction that has code. */
static int run(const Function *f, int index, uint64_t a, uint64_t b) {
    const void *entry = tier0_find(f->unit, pc_of(f, index));
    cr_assert(entry, "no code at %d", index);
    frame.slots[0] = a;
    frame.slots[1] = b;
    frame.slots[YK_GREEN_SLOT] = pc_of(f, index);
    frame.cache = tier0_cache(tier0);
    return yk_native_enter(&frame, entry);
}

static void expect_return(const Function *f, uint64_t a, uint64_t b, uint64_t result) {
    cr_expect_eq(run(f, 0, a, b), YK_NATIVE_RETURN);
    cr_expect_eq(frame.result, result, "%" PRId64, frame.result);
}

static void expect_exit(int exit, int expected, uintptr_t pc) {
    cr_expect_eq(exit, expected, "exit %d", exit);
    cr_expect_eq(frame.slots[YK_GREEN_SLOT], pc);
}

/* ---- linking -------------------------------------------------------------------------------- */

Test(compile, straight_code_needs_no_jumps) {
    FUNCTION(f, WORD(ADD, 5), WORD(ADD, -7), WORD(ADD, 0x7fffff), WORD(RETURN, 0));
    compile(&f);
    expect_return(&f, 1000, 0, 1000 + 5 - 7 + 0x7fffff);
    cr_expect_eq(f.stats.instructions, 4);
    cr_expect_eq(f.stats.hot_bytes, 3 * 7 + 8, "adds without their jumps, and the return");
    cr_expect_eq(f.stats.bytes, f.stats.hot_bytes);
    for (int i = 0; i < 4; i++)
        cr_expect(tier0_find(f.unit, pc_of(&f, i)), "every instruction is an entry");
    cr_expect_null(tier0_find(f.unit, pc_of(&f, 4)));
    cr_expect_null(tier0_find(f.unit, pc_of(&f, -1)));
    run(&f, 2, 1, 0);
    cr_expect_eq(frame.result, 1 + 0x7fffff);
}

/* More instructions than the scratch memory has room for at first; the arguments tell whether each
 * is decoded from its own word, wherever the memory had to grow. */
Test(compile, long_code) {
    enum { COUNT = 3000 };
    static uint32_t words[COUNT + 1];
    int64_t sum = 0;
    for (int i = 0; i < COUNT; i++) {
        words[i] = WORD(PARITY, 3 * i);
        sum += i % 2 ? -3 * i : 3 * i;
    }
    words[COUNT] = WORD(RETURN, 0);
    Function f = {.words = words, .count = COUNT + 1};
    compile(&f);
    cr_expect_eq(f.stats.instructions, COUNT + 1);
    expect_return(&f, 7, 0, (uint64_t)(7 + sum));
}

Test(compile, loops_and_branches) {
    FUNCTION(f, WORD(ADD, 3), WORD(LESS, -2), WORD(LESS, 1), WORD(RETURN, 0), WORD(ADD, 1),
             WORD(RETURN, 0));
    compile(&f);
    expect_return(&f, 0, 100, 102);
    expect_return(&f, 500, 100, 503);
    expect_return(&f, 0, 0, 3);
    cr_expect_eq(f.stats.instructions, 6);
}

Test(compile, jumps_fall_through_where_they_can) {
    FUNCTION(f, WORD(JUMP, 2), WORD(ADD, 1), WORD(RETURN, 0), WORD(ADD, 10), WORD(JUMP, -4));
    compile(&f);
    expect_return(&f, 0, 0, 11);
    /* 0 3 4 1 2: every jump leads to what follows it. */
    cr_expect_eq(f.stats.hot_bytes, 0 + 7 + 0 + 7 + 8);
}

Test(compile, endless_loops_have_their_jump) {
    FUNCTION(f, WORD(ADD, 1), WORD(LESS, 1), WORD(RETURN, 0), WORD(JUMP, -4));
    compile(&f);
    expect_return(&f, 0, 1000, 1000);
}

Test(compile, heads_of_loops_know_their_extent) {
    tier0_count_loops(tier0, 1000);
    FUNCTION(f, WORD(ADD, 1), WORD(LESS, -2), WORD(ADD, 1), WORD(LESS, -2), WORD(LESS, -5),
             WORD(RETURN, 0));
    compile(&f);
    const YkHeader *outer = tier0_header(f.unit, pc_of(&f, 0));
    cr_assert_not_null(outer);
    cr_expect_eq(outer->last, pc_of(&f, 4));
    cr_expect_eq(outer->pad, tier0_find(f.unit, pc_of(&f, 0)));
    cr_expect_eq(outer->link, outer->pad);
    const YkHeader *inner = tier0_header(f.unit, pc_of(&f, 2));
    cr_assert_not_null(inner);
    cr_expect_eq(inner->last, pc_of(&f, 3));
    cr_expect_null(tier0_header(f.unit, pc_of(&f, 4)));
    expect_return(&f, 0, 100, 101);
}

Test(compile, the_start_of_a_function_is_a_head) {
    tier0_count_loops(tier0, 1000);
    FUNCTION(f, WORD(ADD, 1), WORD(ADD, 1), WORD(LESS, -2), WORD(RETURN, 0));
    compile(&f);
    const YkHeader *start = tier0_header(f.unit, pc_of(&f, 0));
    cr_assert_not_null(start);
    cr_expect(start->function);
    cr_expect_eq(start->countdown, 1000);
    cr_expect_eq(start->pad, tier0_find(f.unit, pc_of(&f, 0)));
    const YkHeader *loop = tier0_header(f.unit, pc_of(&f, 1));
    cr_assert_not_null(loop);
    cr_expect_not(loop->function);
    expect_return(&f, 0, 100, 100);
    cr_expect_eq(start->countdown, 999);
}

Test(compile, a_loop_at_the_start_is_a_loop) {
    tier0_count_loops(tier0, 1000);
    FUNCTION(f, WORD(ADD, 1), WORD(LESS, -2), WORD(RETURN, 0));
    compile(&f);
    const YkHeader *head = tier0_header(f.unit, pc_of(&f, 0));
    cr_assert_not_null(head);
    cr_expect_not(head->function);
    cr_expect_eq(head->last, pc_of(&f, 1));
}

/* Entered in its midst, a function has no code for its start until that is reached. */
Test(compile, the_start_is_a_head_when_it_is_compiled) {
    tier0_count_loops(tier0, 1000);
    FUNCTION(f, WORD(ADD, 1), WORD(ADD, 1), WORD(RETURN, 0));
    compile_at(&f, 1);
    cr_expect_null(tier0_header(f.unit, pc_of(&f, 0)));
    cr_expect_null(tier0_header(f.unit, pc_of(&f, 1)));
    compile(&f);
    cr_expect_not_null(tier0_header(f.unit, pc_of(&f, 0)));
    expect_return(&f, 0, 1, 2);
}

Test(compile, cold_parts_come_after_all_hot_ones) {
    FUNCTION(f, WORD(COLD, 7), WORD(COLD, 100), WORD(RETURN, 0));
    compile(&f);
    expect_return(&f, 1, 1, 1);
    expect_return(&f, 1, 0, 108);
    cr_expect_eq(f.stats.hot_bytes, 9 + 9 + 8);
    cr_expect_eq(f.stats.bytes, f.stats.hot_bytes + 12 + 12);
}

Test(compile, symbols_slots_constants) {
    FUNCTION(f, WORD(CALL, 0), WORD(CALL, 0), WORD(SLOT, 0), WORD(RETURN, 0));
    compile(&f);
    calls = 0;
    expect_return(&f, 0, 0, (uintptr_t)count_call);
    cr_expect_eq(calls, 2);
    FUNCTION(g, WORD(RODATA, 0), WORD(RETURN, 0));
    compile(&g);
    expect_return(&g, 0, 0, rodata[1]);
    FUNCTION(h, WORD(FAR, 0), WORD(RETURN, 0));
    compile(&h);
    expect_return(&h, (uint64_t)-5, 0, 5);
}

Test(compile, decisions_are_taken_per_instruction) {
    FUNCTION(f, WORD(PARITY, 8), WORD(PARITY, 3), WORD(PARITY, -2), WORD(PARITY, -1),
             WORD(RETURN, 0));
    compile(&f);
    expect_return(&f, 100, 0, 100 + 8 - 3 - 2 + 1);
}

Test(compile, bypass) {
    FUNCTION(f, WORD(ADD, 1), WORD(BYPASS, 0));
    compile(&f);
    cr_expect_eq(run(&f, 0, 41, 7), YK_NATIVE_BYPASS);
    cr_expect_eq(frame.slots[0], 42);
    cr_expect_eq(frame.slots[1], 7);
}

/* ---- leaving -------------------------------------------------------------------------------- */

Test(compile, instructions_without_stencil_are_left_to_the_interpreter) {
    FUNCTION(f, WORD(ADD, 1), WORD(LESS, 1), WORD(UNKNOWN, 0), WORD(200, 0));
    compile(&f);
    cr_expect_eq(f.stats.instructions, 2);
    expect_exit(run(&f, 0, 0, 0), YK_NATIVE_LEAVE, pc_of(&f, 2));
    cr_expect_eq(frame.slots[0], 1);
    expect_exit(run(&f, 0, 0, 5), YK_NATIVE_LEAVE, pc_of(&f, 3));
    cr_expect_eq(frame.slots[1], 5);
    cr_expect_eq(frame.slots[YK_GREEN_SLOT + 1], (uintptr_t)bytecode_constants, "all greens");
    cr_expect_null(tier0_find(f.unit, pc_of(&f, 2)));
    cr_expect_eq(compile_at(&f, 2), YK_COMPILE_NO_STENCIL);
    cr_expect_eq(compile_at(&f, 3), YK_COMPILE_NO_STENCIL);
    run(&f, 0, 0, 0);
}

Test(compile, nothing_outside_of_the_bytecode_is_looked_at) {
    FUNCTION(f, WORD(LESS, 1000000), WORD(LESS, -5), WORD(ADD, 1));
    compile(&f);
    expect_exit(run(&f, 0, 0, 1), YK_NATIVE_LEAVE, pc_of(&f, 1000001));
    expect_exit(run(&f, 1, 0, 1), YK_NATIVE_LEAVE, pc_of(&f, -3));
    expect_exit(run(&f, 2, 0, 1), YK_NATIVE_LEAVE, pc_of(&f, 3));
}

Test(compile, entries_that_are_no_instruction) {
    FUNCTION(f, WORD(ADD, 1), WORD(RETURN, 0));
    cr_expect_eq(compile_at(&f, 2), YK_COMPILE_NO_STENCIL);
    cr_expect_eq(compile_at(&f, -1), YK_COMPILE_NO_STENCIL);
    YkGreens greens = {.value = {pc_of(&f, 0) + 1}, .range = {{pc_of(&f, 0), 8}}};
    cr_expect_eq(tier0_compile(tier0, f.unit, &greens, &f.stats), YK_COMPILE_NO_STENCIL);
    cr_expect_eq(tier0_memory(tier0)->used, YK_TARGET_STUB_SIZE, "the stub of labs");
    compile(&f);
    expect_return(&f, 1, 0, 2);
}

Test(compile, an_undefined_value_means_no_stencil) {
    FUNCTION(f, WORD(CONSTANT, 6), WORD(CONSTANT, 0), WORD(CONSTANT, 8), WORD(RETURN, 0));
    compile(&f);
    cr_expect_eq(f.stats.instructions, 2);
    expect_exit(run(&f, 0, 0, 0), YK_NATIVE_LEAVE, pc_of(&f, 2));
    cr_expect_eq(frame.slots[0], 100);
    cr_expect_eq(run(&f, 0, 0, 0), YK_NATIVE_LEAVE);
}

/* That would be a mistake of the plugin, which knows the range of each value. */
Test(compile, a_value_that_does_not_fit_means_no_code) {
    FUNCTION(f, WORD(ADD, 1), WORD(BYTE, 127), WORD(BYTE, 128), WORD(RETURN, 0));
    size_t used = tier0_memory(tier0)->used;
    cr_expect_eq(compile_at(&f, 0), YK_COMPILE_NO_STENCIL);
    cr_expect_eq(tier0_memory(tier0)->used, used);
    for (int i = 0; i < 4; i++)
        cr_expect_null(tier0_find(f.unit, pc_of(&f, i)));
    FUNCTION(g, WORD(BYTE, 127), WORD(RETURN, 0));
    compile(&g);
    expect_return(&g, 1, 0, 128);
}

Test(compile, later_entries_extend_a_unit) {
    FUNCTION(f, WORD(RETURN, 0), WORD(ADD, 1), WORD(JUMP, -3), WORD(ADD, 5), WORD(JUMP, -4));
    compile(&f);
    cr_expect_eq(f.stats.instructions, 1);
    const void *first = tier0_find(f.unit, pc_of(&f, 0));
    cr_expect_eq(compile_at(&f, 3), YK_COMPILED);
    cr_expect_eq(f.stats.instructions, 4, "3, 4, 1, 2");
    cr_expect_eq(tier0_find(f.unit, pc_of(&f, 0)), first, "what there is stays");
    cr_expect_eq(run(&f, 3, 0, 0), YK_NATIVE_RETURN);
    cr_expect_eq(frame.result, 6);
    YkRange range = {pc_of(&f, 0), 4 * (size_t)f.count};
    cr_expect_eq(tier0_unit(tier0, &range, true), f.unit);
    cr_expect_eq(tier0_unit(tier0, &range, false), f.unit);
}

Test(compile, bytecode_ranges_do_not_overlap) {
    FUNCTION(f, WORD(ADD, 1), WORD(RETURN, 0), WORD(RETURN, 0));
    compile(&f);
    YkRange inner = {pc_of(&f, 1), 4}, outer = {pc_of(&f, -1), 20}, end = {pc_of(&f, 3), 4},
            empty = {pc_of(&f, 4), 0};
    cr_expect_null(tier0_unit(tier0, &inner, true));
    cr_expect_null(tier0_unit(tier0, &outer, true));
    cr_expect_null(tier0_unit(tier0, &end, false), "not made");
    cr_expect_neq(tier0_unit(tier0, &end, true), NULL);
    YkUnit *none = tier0_unit(tier0, &empty, true);
    cr_expect(none != NULL && none == tier0_unit(tier0, &empty, false));
    cr_expect_null(tier0_find(none, pc_of(&f, 4)));
}

/* ---- dynamic jumps -------------------------------------------------------------------------- */

/* What the runtime does after a miss: `f` has the code for the pc. */
static void link_to(Function *f, int index) {
    uintptr_t pc = pc_of(f, index);
    tier0_link(tier0, f->unit, pc, tier0_find(f->unit, pc), frame.cell);
}

static void clear_cache(void) {
    for (unsigned i = 0; i < YK_CACHE_ENTRIES; i++)
        tier0->cache[i].pc = YK_CELL_EMPTY;
}

Test(compile, dynamic_jumps_are_linked) {
    FUNCTION(from, WORD(ADD, 1), WORD(DYNAMIC, 0));
    FUNCTION(to, WORD(ADD, 10), WORD(RETURN, 0));
    FUNCTION(other, WORD(ADD, 20), WORD(RETURN, 0));
    compile(&from);
    compile(&to);
    compile(&other);
    cr_expect_eq(from.stats.hot_bytes, 7 + 3 + YK_TARGET_CHECK_SIZE, "the check is in line");
    expect_exit(run(&from, 0, 1, pc_of(&to, 0)), YK_NATIVE_MISS, pc_of(&to, 0));
    YkCell *cell = frame.cell;
    cr_assert_neq(cell, NULL);
    link_to(&to, 0);
    clear_cache(); /* the cell alone does it */
    expect_return(&from, 1, pc_of(&to, 0), 12);
    cr_expect_eq(run(&from, 0, 1, pc_of(&other, 0)), YK_NATIVE_MISS);
    cr_expect_eq(frame.cell, cell);
    link_to(&other, 0);
    expect_return(&from, 1, pc_of(&to, 0), 12);
    expect_return(&from, 1, pc_of(&other, 0), 22);
    cr_expect_eq(cell->pc, pc_of(&to, 0), "the first destination stays, the cache has the other");
}

Test(compile, dynamic_jumps_in_the_middle) {
    FUNCTION(from, WORD(MAYBE, 0), WORD(ADD, 1), WORD(RETURN, 0));
    FUNCTION(to, WORD(ADD, 10), WORD(RETURN, 0));
    compile(&from);
    compile(&to);
    cr_expect_eq(from.stats.bytes - from.stats.hot_bytes,
                 YK_TARGET_CHECK_SIZE + YK_TARGET_MISS_SIZE);
    expect_return(&from, 5, 0, 6);
    cr_expect_eq(run(&from, 0, 5, pc_of(&to, 0)), YK_NATIVE_MISS);
    link_to(&to, 0);
    expect_return(&from, 5, pc_of(&to, 0), 15);
    expect_return(&from, 5, 0, 6);
}

/* ---- dropping ------------------------------------------------------------------------------- */

static unsigned dropped;
static void drop(void *context, YkUnit *unit) {
    cr_expect_eq(context, &dropped);
    dropped++;
    while (unit->blocks != NULL) {
        YkBlock *block = unit->blocks;
        unit->blocks = block->next;
        tier0_release_block(tier0, block);
    }
    memory_free(unit);
}

static void free_bytecode(const Function *f) {
    tier0_take(tier0, (uintptr_t)f->words, 4 * (size_t)f->count, drop, &dropped);
}

Test(compile, dropping_unlinks_what_leads_there) {
    FUNCTION(from, WORD(DYNAMIC, 0));
    FUNCTION(to, WORD(ADD, 10), WORD(RETURN, 0));
    FUNCTION(other, WORD(ADD, 20), WORD(RETURN, 0));
    compile(&from);
    compile(&to);
    compile(&other);
    run(&from, 0, 1, pc_of(&to, 0));
    link_to(&to, 0);
    run(&from, 0, 1, pc_of(&other, 0));
    link_to(&other, 0);
    free_bytecode(&to);
    cr_expect_eq(dropped, 1);
    expect_exit(run(&from, 0, 1, pc_of(&to, 0)), YK_NATIVE_MISS, pc_of(&to, 0));
    expect_return(&from, 1, pc_of(&other, 0), 21);
    compile(&to);
    run(&from, 0, 1, pc_of(&to, 0));
    link_to(&to, 0);
    clear_cache();
    expect_return(&from, 1, pc_of(&to, 0), 11);
}

Test(compile, dropping_what_jumps_frees_its_cells) {
    FUNCTION(to, WORD(RETURN, 0));
    compile(&to);
    FUNCTION(from, WORD(DYNAMIC, 0));
    size_t data = 0;
    for (int i = 0; i < 100; i++) {
        compile(&from);
        cr_assert_eq(run(&from, 0, 7, pc_of(&to, 0)), i == 0 ? YK_NATIVE_MISS : YK_NATIVE_RETURN);
        if (i == 0) {
            link_to(&to, 0);
            data = tier0_memory(tier0)->data_used;
        }
        free_bytecode(&from);
    }
    cr_expect_eq(tier0_memory(tier0)->data_used, data, "cells are used again");
    cr_expect_null(to.unit->incoming);
    free_bytecode(&to);
    cr_expect_eq(tier0_memory(tier0)->used, YK_TARGET_STUB_SIZE, "the stub of labs");
}

Test(compile, dropping_takes_whatever_overlaps) {
    static const uint32_t words[] = {WORD(RETURN, 0), WORD(RETURN, 0), WORD(RETURN, 0),
                                     WORD(RETURN, 0), WORD(RETURN, 0), WORD(RETURN, 0)};
    Function f = {.words = words + 1, .count = 2}, g = {.words = words + 4, .count = 2};
    compile(&f);
    compile(&g);
    tier0_take(tier0, pc_of(&f, -1), 4, drop, &dropped);
    tier0_take(tier0, pc_of(&f, 2), 4, drop, &dropped);
    tier0_take(tier0, pc_of(&f, 2), 0, drop, &dropped);
    cr_expect_eq(dropped, 0, "beside f and g");
    tier0_take(tier0, pc_of(&f, 1) + 3, 1, drop, &dropped);
    cr_expect_eq(dropped, 1, "the last byte of f");
    expect_return(&g, 5, 0, 5);
    compile(&f);
    tier0_take(tier0, pc_of(&f, 1), 4 + 4 + 1, drop, &dropped);
    cr_expect_eq(dropped, 3, "the end of f, and the first byte of g");
    compile(&f);
    compile(&g);
    tier0_take(tier0, 0, UINTPTR_MAX, drop, &dropped);
    cr_expect_eq(dropped, 5, "everything");
}

/* ---- limits --------------------------------------------------------------------------------- */

static uint32_t many[64][4];

/* Compiles functions until there is no room; returns how many, with the result in *why. */
static unsigned fill(int opcode, int *why) {
    for (unsigned i = 0; i < 64; i++) {
        many[i][0] = WORD(ADD, i);
        many[i][1] = WORD(opcode, 1);
        many[i][2] = WORD(opcode, 1);
        many[i][3] = WORD(RETURN, 0);
        Function f = {.words = many[i], .count = 4};
        *why = compile_at(&f, 0);
        if (*why != YK_COMPILED) {
            for (int k = 0; k < 4; k++)
                cr_expect_null(tier0_find(f.unit, pc_of(&f, k)), "nothing half done");
            return i;
        }
    }
    return 64;
}

Test(compile, full_code_memory) {
    tier0_close(tier0);
    open_with_limit(1); /* one page */
    int why;
    unsigned count = fill(COLD, &why);
    cr_expect(count > 0 && count < 64);
    cr_expect_eq(why, YK_COMPILE_FULL);
    cr_expect_leq(tier0_memory(tier0)->used, 4096);
    tier0_take(tier0, (uintptr_t)many, sizeof many, drop, &dropped);
    cr_expect_eq(fill(COLD, &why), count, "all of it is free again");
}

Test(compile, no_cells_left) {
    tier0_close(tier0);
    open_with_limit(8192);
    while (tier0_new_cell(tier0) != NULL)
        ;
    int why;
    size_t before = tier0_memory(tier0)->used;
    cr_expect_eq(fill(DYNAMIC, &why), 0);
    cr_expect_eq(why, YK_COMPILE_FULL);
    cr_expect_eq(tier0_memory(tier0)->used, before);
    cr_expect_eq(fill(ADD, &why), 64, "code without dynamic jumps needs none");
}

/* Whichever request fails, of the heap or of the system: nothing breaks, and it works when there is
 * memory again. */
Test(compile, no_heap) {
    FUNCTION(f, WORD(ADD, 1), WORD(MAYBE, 0), WORD(LESS, 1), WORD(UNKNOWN, 0), WORD(RETURN, 0));
    unsigned failures = 0;
    for (unsigned long n = 1; n < 100; n++) {
        tier0_close(tier0);
        tier0 = NULL;
        const char *error = NULL;
        memory_fail_after(n);
        tier0 = tier0_open(1 << 16, &error);
        int result = YK_COMPILE_NO_MEMORY;
        if (tier0 != NULL)
            result = compile_at(&f, 0);
        else
            cr_expect_not_null(error);
        memory_fail_after(0);
        if (tier0 == NULL)
            open_with_limit(1 << 16);
        if (result == YK_COMPILED)
            break;
        failures++;
        cr_expect(result == YK_COMPILE_NO_MEMORY || result == YK_COMPILE_FULL, "request %lu: %d", n,
                  result);
        compile(&f);
        expect_exit(run(&f, 0, 0, 0), YK_NATIVE_LEAVE, pc_of(&f, 3));
    }
    cr_expect_geq(failures, 6);
    cr_expect_lt(failures, 50);
}
