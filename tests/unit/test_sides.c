/* Which exits share a side trace. */
#include "ir_fixture.h"
#include "runtime/memory.h"
#include "runtime/tier1_sides.h"
#include "shared-ir/alias.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A program without stencils. */
const YkStencilTable yk_stencil_table = {.version = YK_TABLE_VERSION, .pc_step = 1};

static YkConfig config = {.side_trace_threshold = 100};
static YkTier1 t1 = {.config = &config};
static const char code[2];

#define AT_5 "#0: merge 0; execute.body@5(%0, %1, %2, ptr 0x2000, ptr 0x1004)\n"

/* A trace with two exits: `first`, and the vector at its end. */
static CompiledTrace *make(const char *first, uint64_t pc) {
    char text[1000], *error = NULL;
    snprintf(text, sizeof text,
             "trace\nmerge 0: pc 0x1000\n%%0 = param ptr 0\n%%1 = param ptr 1\n%%2 = param ptr 2\n"
             "%%3 = load i8 %%2+8\n%%4 = eq i8 %%3, 3\n%%5 = zext i8 %%3 to i64\n"
             "guard %%4 is 1 [#0]\nend exit #1\n%s#1: merge 0 [%%0, %%1, %%2]\n",
             first);
    CompiledTrace *t = memory_allocate_zeroed(sizeof *t);
    t->tier1 = &t1;
    t->ir = trace_parse(&fixture, text, &error);
    cr_assert_not_null(t->ir, "%s", error);
    t->exits = exits_make(t->ir, t);
    t->regions = trace_regions(t->ir);
    t->merges = memory_allocate_zeroed(sizeof *t->merges);
    t->merges[0].greens.value[0] = pc;
    t->merge_count = 1;
    return t;
}

static void discard(CompiledTrace *t) {
    sides_forget_exits(t);
    compiled_free(t);
}

/* A side trace for an exit, with machine code that is never run. */
static CompiledTrace *add_side(Exit *exit, const char *first, uint32_t number) {
    CompiledTrace *side = make(first, 0x1000);
    side->side = true;
    side->number = number;
    side->parent_exit = exit;
    cr_assert(sides_add(&t1, side));
    return side;
}

static void discard_side(CompiledTrace *side) {
    sides_remove(&t1, side);
    discard(side);
}

Test(sides, exits_of_one_form_share) {
    CompiledTrace *a = make(AT_5, 0x1000), *b = make(AT_5, 0x1000);
    cr_expect_null(sides_find(&t1, &a->exits[0]));
    CompiledTrace *side = add_side(&a->exits[0], AT_5, 1);
    cr_expect_eq(sides_find(&t1, &a->exits[0]), side);
    cr_expect_eq(sides_find(&t1, &b->exits[0]), side);
    cr_expect_null(sides_find(&t1, &b->exits[1]));
    discard_side(side);
    cr_expect_null(sides_find(&t1, &b->exits[0]));
    discard(a);
    discard(b);
}

Test(sides, others_do_not) {
    CompiledTrace *a = make(AT_5, 0x1000);
    CompiledTrace *side = add_side(&a->exits[0], AT_5, 1);
    static const char *const others[] = {
        /* a constant, its value, a value's type, no value, a resume point */
        "#0: merge 0; execute.body@5(%0, %1, %2, ptr 0x2000, %0)\n",
        "#0: merge 0; execute.body@5(%0, %1, %2, ptr 0x2000, ptr 0x1008)\n",
        "#0: merge 0; execute.body@5(%0, %1, %5, ptr 0x2000, ptr 0x1004)\n",
        "#0: merge 0; execute.body@5(%0, %1, -, ptr 0x2000, ptr 0x1004)\n",
        "#0: merge 0; execute.body@4(%0, %1, %2, ptr 0x2000, ptr 0x1004)\n",
    };
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        CompiledTrace *b = make(others[i], 0x1000);
        cr_expect_null(sides_find(&t1, &b->exits[0]), "%s", others[i]);
        discard(b);
    }
    CompiledTrace *elsewhere = make(AT_5, 0x1004);
    cr_expect_null(sides_find(&t1, &elsewhere->exits[0]));
    discard(elsewhere);
    discard_side(side);
    discard(a);
}

/* Else it would lead back to itself for ever. */
Test(sides, an_exit_of_a_side_trace_of_its_own_form_gets_a_later_one) {
    CompiledTrace *a = make(AT_5, 0x1000);
    CompiledTrace *first = add_side(&a->exits[0], AT_5, 7);
    cr_expect_null(sides_find(&t1, &first->exits[0]));
    CompiledTrace *second = add_side(&first->exits[0], AT_5, 9);
    CompiledTrace *third = add_side(&second->exits[0], AT_5, 12);
    cr_expect_eq(sides_find(&t1, &a->exits[0]), first);
    cr_expect_eq(sides_find(&t1, &first->exits[0]), second);
    cr_expect_eq(sides_find(&t1, &second->exits[0]), third);
    cr_expect_null(sides_find(&t1, &third->exits[0]));
    discard_side(second);
    cr_expect_eq(sides_find(&t1, &first->exits[0]), third);
    discard_side(first);
    discard_side(third);
    discard(a);
}

Test(sides, exits_lead_to_a_side_trace_until_it_goes) {
    const void *deopt = (const void *)(uintptr_t)&yk_native_deopt;
    CompiledTrace *a = make(AT_5, 0x1000), *b = make(AT_5, 0x1000), *c = make(AT_5, 0x1000);
    CompiledTrace *side = add_side(&a->exits[0], AT_5, 1);
    side->code.entry = &code[1];
    sides_link(&a->exits[0], side);
    sides_link(&b->exits[0], side);
    sides_link(&c->exits[0], side);
    cr_expect_eq(b->exits[0].code, &code[1]);
    discard(b); /* in the middle of the list */
    sides_remove(&t1, side);
    cr_expect_eq(a->exits[0].code, deopt);
    cr_expect_eq(a->exits[0].countdown, config.side_trace_threshold);
    cr_expect_eq(c->exits[0].code, deopt);
    side->code.entry = NULL;
    discard(side);
    discard(a);
    discard(c);
}

Test(sides, without_memory) {
    CompiledTrace *a = make(AT_5, 0x1000);
    CompiledTrace *side = make(AT_5, 0x1000);
    side->parent_exit = &a->exits[0];
    memory_fail_after(1);
    cr_expect_not(sides_add(&t1, side));
    memory_fail_after(0);
    cr_expect_null(sides_find(&t1, &a->exits[0]));
    discard(side);
    discard(a);
}
