/* Activations and quarantine: code that is dropped while it may be running. */
#include "runtime/activation.h"
#include "runtime/memory.h"
#include "tier0-cnp/tier0_internal.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

/* A program without stencils. */
const YkStencilTable yk_stencil_table = {.version = YK_TABLE_VERSION, .pc_step = 1};

static YkTier0 *tier0;
static YkActivations activations;

static void open_tier0(void) {
    const char *error = NULL;
    tier0 = tier0_open(1 << 20, &error);
    cr_assert(tier0, "%s", error);
}

static void close_tier0(void) {
    activation_close(&activations);
    tier0_close(tier0);
}
TestSuite(activation, .init = open_tier0, .fini = close_tier0);

static YkBlock *new_block(uint32_t size) {
    YkBlock *block = memory_allocate_zeroed(sizeof *block);
    block->code = code_memory_allocate(tier0_memory(tier0), size);
    block->size = size;
    cr_assert(block->code);
    return block;
}

static size_t used(void) {
    return tier0_memory(tier0)->used;
}

/* Overwrites what calls have left on the stack below the caller. */
__attribute__((noinline)) static void wipe_stack(void) {
    volatile char space[32768];
    for (size_t i = 0; i < sizeof space; i++)
        space[i] = 0;
}

/* Addresses of code are kept in disguise, so that no copy on the stack looks like one. */
#define DISGUISE ((uintptr_t)0x5a5a000000000000)

__attribute__((noinline)) static uintptr_t quarantined_block(uint32_t size) {
    YkBlock *block = new_block(size);
    uintptr_t hidden = (uintptr_t)block->code ^ DISGUISE;
    activation_quarantine(&activations, block, tier0);
    return hidden;
}

Test(activation, without_activations_memory_is_free_at_once) {
    for (int i = 0; i < 100; i++)
        quarantined_block(256);
    activation_reclaim(&activations, tier0);
    cr_expect_eq(used(), 0);
    cr_expect_eq(activations.quarantined, 0);
    cr_expect_null(activations.quarantine);
    activation_reclaim(&activations, tier0);
}

/* Keeps an address in a stack slot between the activation's record and the scan. */
__attribute__((noinline)) static void reclaim_below(uintptr_t word) {
    volatile uintptr_t slot[3] = {0, word, 0};
    wipe_stack();
    activation_reclaim(&activations, tier0);
    slot[1] = 0;
    cr_assert_eq(slot[1], 0);
}

__attribute__((noinline)) static void expect_kept(uintptr_t hidden, ptrdiff_t offset, bool kept) {
    reclaim_below((hidden ^ DISGUISE) + (uintptr_t)offset);
    cr_expect_eq(activations.quarantined, kept ? 1 : 0, "offset %td", offset);
    cr_expect_eq(used(), kept ? 256 : 0, "offset %td", offset);
}

Test(activation, a_word_on_the_stack_keeps_a_block) {
    char local;
    cr_assert(activation_push(&activations, &local));
    activations.scan_at = 1000;
    uintptr_t hidden = quarantined_block(256);
    wipe_stack();
    expect_kept(hidden, 0, true);
    expect_kept(hidden, 100, true);
    expect_kept(hidden, 255, true);
    expect_kept(hidden, 256, true); /* a call that ends a block returns to its end */
    expect_kept(hidden, 272, false);
}

Test(activation, words_before_a_block_do_not_keep_it) {
    char local;
    cr_assert(activation_push(&activations, &local));
    activations.scan_at = 1000;
    code_memory_allocate(tier0_memory(tier0), 1024);
    size_t before = used();
    uintptr_t hidden = quarantined_block(256);
    wipe_stack();
    reclaim_below((hidden ^ DISGUISE) - 1);
    cr_expect_eq(activations.quarantined, 0);
    cr_expect_eq(used(), before);
}

__attribute__((noinline)) static void reclaim_with(const uintptr_t *hidden, unsigned count) {
    volatile uintptr_t slot[8] = {0};
    for (unsigned i = 0; i < count; i++)
        slot[i] = (hidden[i] ^ DISGUISE) + 8;
    wipe_stack();
    activation_reclaim(&activations, tier0);
    for (unsigned i = 0; i < 8; i++)
        slot[i] = 0;
    cr_assert_eq(slot[0], 0);
}

Test(activation, only_referenced_blocks_are_kept) {
    char local;
    uintptr_t hidden[8];
    cr_assert(activation_push(&activations, &local));
    activations.scan_at = 1000;
    for (int i = 0; i < 8; i++)
        hidden[i] = quarantined_block(128);
    wipe_stack();
    reclaim_with(hidden, 5);
    cr_expect_eq(activations.quarantined, 5);
    reclaim_with(hidden + 2, 1);
    cr_expect_eq(activations.quarantined, 1);
    cr_expect_eq(used(), 128);
    cr_expect_eq((uintptr_t)activations.quarantine->code ^ DISGUISE, hidden[2]);
    reclaim_with(hidden, 0);
    cr_expect_eq(used(), 0);
}

/* Words beyond the oldest activation belong to frames that cannot return to native code. */
__attribute__((noinline)) static void enter_and_reclaim(void) {
    char local;
    cr_assert(activation_push(&activations, &local));
    wipe_stack();
    activation_reclaim(&activations, tier0);
    activation_pop(&activations, &local);
}

__attribute__((noinline)) static void reveal(volatile uintptr_t *slot, uintptr_t hidden) {
    *slot = hidden ^ DISGUISE;
}

Test(activation, frames_above_the_oldest_activation_do_not_count) {
    volatile uintptr_t slot[64] = {0};
    activations.scan_at = 1000;
    reveal(&slot[32], quarantined_block(256));
    cr_expect_eq(activations.quarantined, 1);
    wipe_stack();
    enter_and_reclaim();
    cr_expect_eq(activations.quarantined, 0);
    cr_expect_eq(used(), 0);
    cr_expect_neq(slot[32], 0);
}

/* ---- records -------------------------------------------------------------------------------- */

Test(activation, records_are_a_stack) {
    char frames[500];
    for (int i = 0; i < 500; i++)
        cr_assert(activation_push(&activations, &frames[499 - i]));
    cr_expect_eq(activations.count, 500);
    activation_pop(&activations, &frames[0]);
    cr_expect_eq(activations.count, 499);
    activation_pop(&activations, &frames[0]);
    cr_expect_eq(activations.count, 499, "it is gone already");
    activation_pop(&activations, &frames[490]);
    cr_expect_eq(activations.count, 9, "what longjmp has left below it goes, too");
    for (uint32_t i = 0; i < activations.count; i++)
        cr_expect_eq(activations.records[i].address, (uintptr_t)&frames[499 - i]);
}

static void *push_and_pop_elsewhere(void *mine) {
    char frames[2];
    cr_expect(activation_push(&activations, &frames[1]));
    cr_expect(activation_push(&activations, &frames[0]));
    activation_pop(&activations, mine);
    cr_expect_eq(activations.count, 2, "the other thread's is gone, these stay");
    activation_pop(&activations, &frames[1]);
    return NULL;
}

/* A machine moves to another thread in the middle of native code (a coroutine library may do
 * that): each record is popped for itself. */
Test(activation, records_of_other_threads_stay) {
    char local;
    pthread_t thread;
    cr_assert(activation_push(&activations, &local));
    pthread_create(&thread, NULL, push_and_pop_elsewhere, &local);
    pthread_join(thread, NULL);
    cr_expect_eq(activations.count, 0);
}

/* A longjmp leaves records behind. The next activation is at a higher address, or at the same one,
 * of which there cannot be two. */
Test(activation, records_left_by_longjmp_go) {
    char frames[100];
    for (int i = 99; i >= 0; i--)
        cr_assert(activation_push(&activations, &frames[i]));
    cr_assert(activation_push(&activations, &frames[60]));
    cr_expect_eq(activations.count, 40, "99 to 61, and the new one");
    cr_assert(activation_push(&activations, &frames[59]));
    cr_expect_eq(activations.count, 41);
    cr_assert(activation_push(&activations, &frames[99]));
    cr_expect_eq(activations.count, 1);
}

/* After a longjmp out of everything, what the dead frames held is free at the next scan. */
Test(activation, dead_records_do_not_keep_code) {
    char frames[100];
    for (int round = 0; round < 1000; round++) {
        for (int i = 99; i >= 90; i--)
            cr_assert(activation_push(&activations, &frames[i]));
        quarantined_block(256);
    }
    cr_expect_eq(activations.count, 10);
    cr_expect_leq(activations.quarantined, 64, "scanned now and then");
    wipe_stack();
    activation_reclaim(&activations, tier0);
    cr_expect_leq(activations.quarantined, 4, "conservative, but not by much");
}

Test(activation, no_memory_for_a_record) {
    char local;
    memory_fail_after(1);
    cr_expect_not(activation_push(&activations, &local));
    memory_fail_after(0);
    cr_expect_eq(activations.count, 0);
    cr_expect(activation_push(&activations, &local));
}

/* ---- other stacks --------------------------------------------------------------------------- */

static void *reclaim_elsewhere(void *unused) {
    (void)unused;
    activation_reclaim(&activations, tier0);
    return NULL;
}

/* The activation is on another thread's stack: nothing is known about it. */
Test(activation, nothing_is_freed_from_another_thread) {
    char local;
    pthread_t thread;
    cr_assert(activation_push(&activations, &local));
    activations.scan_at = 1000;
    quarantined_block(256);
    pthread_create(&thread, NULL, reclaim_elsewhere, NULL);
    pthread_join(thread, NULL);
    cr_expect_eq(used(), 256);
    activation_pop(&activations, &local);
    pthread_create(&thread, NULL, reclaim_elsewhere, NULL);
    pthread_join(thread, NULL);
    cr_expect_eq(used(), 0, "no activation is left");
}

static ucontext_t outside, inside;
static void coroutine(void) {
    char local;
    cr_assert(activation_push(&activations, &local));
    activations.scan_at = 1000;
    quarantined_block(256);
    activation_reclaim(&activations, tier0);
    cr_expect_eq(used(), 256, "not on the thread's own stack");
    swapcontext(&inside, &outside);
    activation_pop(&activations, &local);
    activation_reclaim(&activations, tier0);
    cr_expect_eq(used(), 0);
}

/* A coroutine with a stack of its own: nothing is scanned while an activation is on it. */
Test(activation, nothing_is_freed_while_a_coroutine_is_in_native_code) {
    const size_t size = 1 << 18;
    void *stack = malloc(size);
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = size;
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    swapcontext(&outside, &inside);
    activation_reclaim(&activations, tier0);
    cr_expect_eq(used(), 256, "it may go on");
    swapcontext(&outside, &inside);
    cr_expect_eq(used(), 0);
    free(stack);
}
