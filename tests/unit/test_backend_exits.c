/* Exits of compiled traces and what they lead to: the state vector in registers, side traces, the
 * countdown. More about their values in test_backend.c. */
#include "backend_harness.h"

TestSuite(backend_exits, .init = open_backend, .fini = close_backend);

/* The exit's cell is read each time; a side trace takes the values from where the exit left them.
 */
Test(backend_exits, a_side_trace_inherits_values) {
    Compiled root = compile(parse("trace frames 16\n"
                                  "merge 0: pc 0x1000\n"
                                  "%%0 = param i64 0\n"
                                  "%%1 = param ptr 1\n"
                                  "%%2 = ult i64 %%0, 10\n"
                                  "%%3 = add i64 %%0, %%0\n"
                                  "guard %%2 is 1 [#0]\n"
                                  "end exit #1\n"
                                  "#0: merge 0; execute.body@17(%%1, %%1, %%1, ptr 0x50, ptr 0x60, "
                                  "result); builtin@24(%%3)\n"
                                  "#1: merge 0 []\n"));
    Compiled side = compile(parse("trace side frames 16\n"
                                  "merge 0: pc 0x1000\n"
                                  "%%0 = inherit ptr 1\n"
                                  "%%1 = inherit i64 6\n"
                                  "%%2 = ult i64 %%1, 1000\n"
                                  "guard %%2 is 1 [#0]\n"
                                  "end exit #1\n"
                                  "#0: merge 0; execute.body@17(%%0, %%0, %%0, ptr 0x50, ptr 0x60, "
                                  "result); builtin@24(%%1)\n"
                                  "#1: merge 0 [%%1, %%0]\n"));
    for (int with_side = 0; with_side < 2; with_side++) {
        frame.slots[0] = 0x1f;
        frame.slots[1] = 0x1234;
        root.exits[0].code = with_side ? side.code.entry : leave_by_values;
        run(&root);
        cr_expect_eq(frame.slots[0], with_side ? 0x3e : (uintptr_t)&root.exits[0]);
    }
    cr_expect_eq(frame.slots[1], 0x1234);
    frame.slots[0] = 0x1ff;
    frame.slots[1] = 0x1234;
    run(&root);
    cr_expect_eq(frame.slots[0], (uintptr_t)&side.exits[0]);
    cr_expect_eq(area.values[6], 0x3fe);
    discard(&root);
    discard(&side);
}

/* The exit of one trace is the entry of another. */
Test(backend_exits, a_side_trace_takes_the_vector) {
    Compiled root = compile(parse("trace\n"
                                  "merge 0: pc 0x1000\n"
                                  "%%0 = param i64 0\n"
                                  "%%1 = param f64 1\n"
                                  "%%2 = ult i64 %%0, 10\n"
                                  "%%3 = fadd f64 %%1, %%1\n"
                                  "%%4 = trunc i64 %%0 to i8\n"
                                  "guard %%2 is 1 [#0]\n"
                                  "end exit #1\n"
                                  "#0: merge 0 [%%0, -, %%3, %%4]\n"
                                  "#1: merge 0 []\n"));
    Compiled side = compile(parse("trace\n"
                                  "merge 0: pc 0x1000\n"
                                  "%%0 = param i64 0\n"
                                  "%%1 = param f64 2\n"
                                  "%%2 = param i64 3\n"
                                  "%%3 = ult i64 %%0, 1000\n"
                                  "guard %%3 is 1 [#0]\n"
                                  "end exit #1\n"
                                  "#0: merge 0 [%%1, %%0]\n"
                                  "#1: merge 0 [%%2, %%1, %%0]\n"));
    for (int with_side = 0; with_side < 2; with_side++) {
        frame.slots[0] = 0x1ff;
        frame.slots[1] = bits_of(1.25);
        root.exits[0].code = with_side ? side.code.entry : leave_by_slots;
        run(&root);
        cr_expect_eq(frame.slots[0], with_side ? 0xff : (uintptr_t)&root.exits[0]);
    }
    cr_expect_eq(frame.slots[1], bits_of(2.5));
    cr_expect_eq(frame.slots[2], 0x1ff);
    discard(&root);
    discard(&side);
}

/* ---- the vector in registers ------------------------------------------------------------------
 */

static uint64_t state;
static uint32_t below(uint32_t n) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % n;
}

enum { MOST_VALUES = 40 };
static struct {
    uint8_t type;
    uint64_t bits; /* in a slot */
} expected[MOST_VALUES];
static IrRef value_refs[MOST_VALUES];
static uint32_t value_count;

static void add_value(IrRef ref, uint8_t type, uint64_t bits) {
    value_refs[value_count] = ref;
    expected[value_count].type = type;
    expected[value_count++].bits = bits & ir_type_mask(type);
}

/* Values of all types: the parameters, in the registers where they come, which must change places;
 * and what is loaded, in other registers or, when there are too many, on the stack. */
static void make_values(Trace *t, uint64_t *memory) {
    static const uint8_t types[] = {IR_I64, IR_I64, IR_PTR, IR_F64, IR_I32,
                                    IR_F32, IR_I16, IR_I8,  IR_I1};
    value_count = 0;
    for (unsigned i = 0; i < 12; i++) {
        uint8_t type = below(3) == 0 ? types[below(sizeof types)] : IR_I64;
        frame.slots[i] = UINT64_C(0xfedcba9876543210) ^ (uint64_t)(i + 1) * UINT64_C(0x0123456789);
        add_value(trace_append(t, (IrInsn){IR_PARAM, type, 0, i, 0, 0}), type, frame.slots[i]);
    }
    IrRef at = trace_const(t, IR_PTR, (uintptr_t)memory);
    for (unsigned i = 0; i < below(MOST_VALUES - 12); i++) {
        uint8_t type = types[below(sizeof types)];
        memory[i] = (uint64_t)below(UINT32_MAX) << 32 | below(UINT32_MAX);
        if (type == IR_I1)
            memory[i] &= 1;
        add_value(trace_append(t, (IrInsn){IR_LOAD, type, (uint16_t)(8 * i), at, 0, IR_VOLATILE}),
                  type, memory[i]);
    }
}

/* One of the values for each slot; returns which were left out. */
static uint32_t choose_slots(Trace *t, IrRef *slots, uint64_t *bits) {
    uint32_t none = 0;
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++) {
        uint32_t n = below(2) ? below(12) : below(value_count);
        slots[i] = value_refs[n];
        bits[i] = expected[n].bits;
        if (below(10) == 0) {
            bits[i] = (uint64_t)below(UINT32_MAX) << below(32);
            slots[i] = trace_const(t, IR_I64, bits[i]);
        } else if (below(10) == 0) {
            slots[i] = IR_NONE;
            none |= 1u << i;
        }
    }
    return none;
}

static void check_random_exit(uint64_t seed) {
    uint64_t memory[MOST_VALUES], bits[TRACE_VECTOR_SLOTS];
    IrRef slots[TRACE_VECTOR_SLOTS];
    state = seed;
    Trace *t = trace_new(&fixture);
    cr_assert(t);
    trace_merge(t, 0x1000, NULL);
    make_values(t, memory);
    uint32_t none = choose_slots(t, slots, bits);
    uint32_t exit = trace_snapshot_begin(t, 0);
    trace_snapshot_vector(t, exit, slots);
    if (below(2)) {
        t->snapshots[exit].flags = TRACE_RESTART;
        none |= 3u << YK_GREEN_SLOT; /* the fixture has two greens */
    }
    static bool zero;
    IrRef zero_at = trace_const(t, IR_PTR, (uintptr_t)&zero);
    IrRef test = trace_append(t, (IrInsn){IR_LOAD, IR_I1, 0, zero_at, 0, IR_VOLATILE});
    trace_append(t, (IrInsn){IR_GUARD, IR_VOID, 0, test, 1, exit});
    t->end_snapshot = trace_snapshot_begin(t, 0);
    memset(slots, 0xff, sizeof slots);
    trace_snapshot_vector(t, t->end_snapshot, slots);
    t->end = TRACE_EXIT;
    Compiled c = compile(t);
    run_to_exit(&c, 0);
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        if (!(none & 1u << i))
            cr_expect_eq(area.values[i], bits[i], "seed %u, slot %u: %" PRIx64 " for %" PRIx64,
                         (unsigned)seed, i, area.values[i], bits[i]);
    discard(&c);
}

Test(backend_exits, any_vector_is_passed) {
    for (unsigned seed = 0; seed < 400; seed++) {
        level = seed % 4;
        check_random_exit(seed);
    }
}

/* ---- the countdown ----------------------------------------------------------------------------
 */

static Exit *slow_exit;
static unsigned slow_count;
static uint64_t seen[YK_VECTOR_SLOTS];

/* In place of the runtime's. */
const void *yk_exit_taken(YkFrame *native, Exit *exit) {
    slow_exit = exit;
    slow_count++;
    memcpy(seen, native->slots, sizeof seen);
    native->slots[0] = 4711;
    return (const void *)(uintptr_t)yk_native_leave;
}

Test(backend_exits, an_exit_goes_on_until_its_countdown_has_run_out) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = param i64 1\n"
                               "%%2 = eq i64 %%0, 0\n"
                               "guard %%2 is 1 [#0]\n"
                               "end exit #0\n"
                               "#0: merge 0 flags 1 [%%1, %%0, i64 7, -, ptr 0x1000]\n"));
    Exit *exit = &c.exits[0];
    cr_assert(exit->restarts);
    exit->code = exit_without_side(exit);
    exit->next = (const void *)(uintptr_t)yk_native_leave;
    exit_arm(exit, 3);
    for (unsigned i = 0; i < 5; i++) {
        frame.slots[0] = 100;
        frame.slots[1] = 200;
        run(&c);
        cr_expect_eq(frame.slots[0], i < 3 ? 200 : 4711);
        cr_expect_eq(frame.slots[1], 100);
        cr_expect_eq(slow_count, i < 3 ? 0 : i - 2);
    }
    cr_expect_eq(slow_exit, exit);
    cr_expect_eq(seen[0], 200);
    cr_expect_eq(seen[2], 7);
    cr_expect_eq(exit_taken(exit), 5);
    exit_arm(exit, 10);
    cr_expect_eq(exit_taken(exit), 5);
    exit->next = (const void *)(uintptr_t)yk_native_exit_slow;
    run(&c);
    cr_expect_eq(slow_count, 3);
    cr_expect_eq(exit_taken(exit), 6);
    discard(&c);
}
