/* Compiled traces: their ends, exits, loops and memory. What operations compute is in
 * test_backend_ops.c, calls and the compiler as a whole in test_backend_calls.c. */
#include "backend_harness.h"

#include <pthread.h>

TestSuite(backend, .init = open_backend, .fini = close_backend);

/* ---- ends and exits ---------------------------------------------------------------------------
 */

Test(backend, the_vector_goes_through) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = param ptr 1\n"
                               "%%2 = param i32 2\n"
                               "%%3 = param f64 3\n"
                               "%%4 = param i64 4\n"
                               "%%5 = param f32 5\n"
                               "%%6 = param i8 6\n"
                               "%%7 = param i1 7\n"
                               "%%8 = param i16 8\n"
                               "%%11 = param i64 11\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%11, %%3, %%8, %%1, %%2, %%7, %%5, %%6, i8 -2, "
                               "f32 -1.5, ptr 0x123456789abcdef0, %%0]\n"));
    for (unsigned i = 0; i < 12; i++)
        frame.slots[i] = UINT64_C(0xfedcba9876543201) + UINT64_C(0x0101010101010100) * i;
    uint64_t in[12];
    memcpy(in, frame.slots, sizeof in);
    run(&c);
    const uint64_t out[12] = {in[11],
                              in[3],
                              in[8] & 0xffff,
                              in[1],
                              in[2] & 0xffffffff,
                              in[7] & 1,
                              in[5] & 0xffffffff,
                              in[6] & 0xff,
                              0xfe,
                              bits_of_float(-1.5f),
                              UINT64_C(0x123456789abcdef0),
                              in[0]};
    for (unsigned i = 0; i < 12; i++)
        cr_expect_eq(frame.slots[i], out[i], "slot %u: %" PRIx64, i, frame.slots[i]);
    discard(&c);
}

/* The cell is read each time. */
Test(backend, the_end_leads_where_its_cell_says) {
    const void *const returns = (const void *)(uintptr_t)yk_native_return;
    TraceLink link = {.cell = &leave_code};
    Trace *t = parse("trace\nmerge 0: pc 0x1000\n%%0 = param i64 0\nend return #0\n"
                     "#0: merge 0 [-, -, -, -, %%0]\n");
    BackendJob job = {.trace = t, .name = "test", .exits = exits_make(t, NULL), .link = &link};
    BackendCode code;
    cr_assert(backend->compile(compiler, &job, &code, &error), "%s", error);
    frame.slots[0] = 77;
    cr_expect_eq(yk_native_enter(&frame, code.entry), YK_NATIVE_LEAVE);
    link.cell = &returns;
    frame.slots[0] = 78;
    cr_expect_eq(yk_native_enter(&frame, code.entry), YK_NATIVE_RETURN);
    cr_expect_eq(frame.result, 78);
    backend->release(compiler, code.handle);
    memory_free((void *)(uintptr_t)job.exits);
    trace_free(t);
}

/* A guard for either value, at the place where it is and through a snapshot that is shared. */
Test(backend, guards) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = ult i64 %%0, 10\n"
                               "guard %%1 is 1 [#0]\n"
                               "%%2 = eq i64 %%0, 5\n"
                               "guard %%2 is 0 [#1]\n"
                               "%%3 = eq i64 %%0, 7\n"
                               "guard %%3 is 0 [#0]\n"
                               "end exit #2\n"
                               "#0: merge 0 [%%0]\n"
                               "#1: merge 0 [i64 77, %%0]\n"
                               "#2: merge 0 [i64 1]\n"));
    for (uint64_t n = 0; n < 12; n++) {
        int exit = n >= 10 || n == 7 ? 0 : n == 5 ? 1 : 2;
        memset(area.values, 0xaa, sizeof area.values);
        frame.slots[0] = n;
        if (exit == 2) {
            run(&c);
            cr_expect_eq(frame.slots[0], 1);
            cr_expect_eq(area.values[0], UINT64_C(0xaaaaaaaaaaaaaaaa), "an exit was taken");
            continue;
        }
        run_to_exit(&c, (unsigned)exit);
        cr_expect_eq(area.values[0], exit == 0 ? n : 77);
        if (exit == 1)
            cr_expect_eq(area.values[1], n);
    }
    discard(&c);
}

/* Values of inlined functions follow one another, each extended to 64 bits. */
Test(backend, an_exit_from_inlined_functions) {
    Compiled c = compile(parse("trace frames 16\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param ptr 0\n"
                               "%%1 = param ptr 1\n"
                               "%%2 = param ptr 2\n"
                               "%%3 = param i64 6\n"
                               "%%4 = eq i64 %%3, 0\n"
                               "guard %%4 is 1 [#0]\n"
                               "end exit #1\n"
                               "#0: merge 0; execute.body@17(%%0, %%1, %%2, ptr 0x50, ptr 0x60, "
                               "result); builtin@24(i64 -3)\n"
                               "#1: merge 0 [%%0]\n"));
    cr_assert_eq(c.exits[0].value_count, 7);
    memset(area.values, 0xaa, sizeof area.values);
    frame.slots[0] = 100;
    frame.slots[1] = 101;
    frame.slots[2] = 102;
    frame.slots[6] = 1;
    run_to_exit(&c, 0);
    const uint64_t expected[] = {100,  101,
                                 102,  0x50,
                                 0x60, UINT64_C(0xaaaaaaaaaaaaaaaa),
                                 -3ul, UINT64_C(0xaaaaaaaaaaaaaaaa)};
    cr_expect_arr_eq(area.values, expected, sizeof expected);
    discard(&c);
}

Test(backend, values_of_all_types_in_an_exit) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = trunc i64 %%0 to i32\n"
                               "%%2 = trunc i64 %%0 to i16\n"
                               "%%3 = trunc i64 %%0 to i8\n"
                               "%%4 = trunc i64 %%0 to i1\n"
                               "%%5 = bitcast i64 %%0 to f64\n"
                               "%%6 = bitcast i32 %%1 to f32\n"
                               "%%7 = bitcast i64 %%0 to ptr\n"
                               "guard %%4 is 0 [#0]\n"
                               "end exit #1\n"
                               "#0: merge 0 [%%0, %%1, %%2, %%3, %%4, %%5, %%6, %%7, i8 -1, i1 1, "
                               "f64 -0.0, f32 2.5]\n"
                               "#1: merge 0 []\n"));
    const uint64_t n = UINT64_C(0xfedcba98f6f5f4f3);
    frame.slots[0] = n;
    run_to_exit(&c, 0);
    const uint64_t expected[] = {
        n, n & 0xffffffff, n & 0xffff,         n & 0xff, 1, n, n & 0xffffffff, n, 0xff,
        1, bits_of(-0.0),  bits_of_float(2.5f)};
    cr_expect_arr_eq(area.values, expected, sizeof expected);
    discard(&c);
}

/* Values that an exit saves: more than there are registers, of all types, some known to LLVM only.
 */
static const uint8_t many_types[] = {IR_I64, IR_F64, IR_I8, IR_PTR, IR_I1, IR_I32, IR_F32, IR_I16};
enum { MANY_TYPES = sizeof many_types };

static uint8_t type_of_many(unsigned n, bool mixed) {
    return mixed ? many_types[n % MANY_TYPES] : IR_I64;
}

static Trace *trace_with_many_values(unsigned count, bool mixed) {
    Trace *t = trace_new(&fixture);
    cr_assert(t);
    trace_merge(t, 0x1000, NULL);
    IrRef values[YK_EXIT_VALUES];
    IrRef in = trace_append(t, (IrInsn){IR_PARAM, IR_PTR, 0, 0, 0, 0});
    IrRef test = trace_append(t, (IrInsn){IR_LOAD, IR_I1, 8, in, 0, IR_VOLATILE});
    for (unsigned i = 0; i < count; i++)
        values[i] = trace_append(t, (IrInsn){IR_LOAD, type_of_many(i, mixed),
                                             (uint16_t)(16 + 8 * i), in, 0, IR_VOLATILE});
    /* What is volatile is not read again where it is needed. */
    IrRef sum = trace_const(t, IR_I64, 0);
    for (unsigned i = 0; i < count && !mixed; i++)
        sum = trace_append(t, (IrInsn){IR_XOR, IR_I64, 0, sum, values[i], 0});
    trace_append(t, (IrInsn){IR_STORE, IR_I64, 0, in, sum, 0});
    uint32_t exit = trace_snapshot_begin(t, 0);
    TraceFrame f = {F_BODY, 17, 0, (uint16_t)count, UINT16_MAX, 0};
    trace_snapshot_frame(t, exit, f, values);
    trace_append(t, (IrInsn){IR_GUARD, IR_VOID, 0, test, 1, exit});
    for (unsigned i = 0; i < count && !mixed; i++)
        sum = trace_append(t, (IrInsn){IR_ADD, IR_I64, 0, sum, values[i], 0});
    trace_append(t, (IrInsn){IR_STORE, IR_I64, 0, in, sum, 0});
    IrRef none[TRACE_VECTOR_SLOTS];
    memset(none, 0xff, sizeof none);
    t->end_snapshot = trace_snapshot_begin(t, 0);
    trace_snapshot_vector(t, t->end_snapshot, none);
    return t;
}

static void check_many_values(unsigned count, bool mixed) {
    uint64_t memory[2 + YK_EXIT_VALUES] = {0};
    Compiled c = compile(trace_with_many_values(count, mixed));
    for (unsigned i = 0; i < count; i++) {
        memory[2 + i] = UINT64_C(0xf1e2d3c4b5a69788) + UINT64_C(0x0101010101010101) * i;
        if (type_of_many(i, mixed) == IR_I1)
            memory[2 + i] &= 1;
    }
    memset(area.values, 0xaa, sizeof area.values);
    frame.slots[0] = (uintptr_t)memory;
    run_to_exit(&c, 0);
    for (unsigned i = 0; i < count; i++)
        cr_expect_eq(area.values[i], memory[2 + i] & ir_type_mask(type_of_many(i, mixed)),
                     "%u of %u, %s: %" PRIx64, i, count, ir_type_names[type_of_many(i, mixed)],
                     area.values[i]);
    for (unsigned i = count; i < YK_EXIT_VALUES; i++)
        cr_expect_eq(area.values[i], UINT64_C(0xaaaaaaaaaaaaaaaa));
    discard(&c);
}

Test(backend, exits_with_many_values) {
    for (level = 0; level < 4; level++)
        for (unsigned count = 1; count <= 30; count++) {
            check_many_values(count, false);
            check_many_values(count, true);
        }
    level = 2;
    check_many_values(YK_EXIT_VALUES, false);
    check_many_values(YK_EXIT_VALUES, true);
}

/* The compiler finds out that some values are constants. */
Test(backend, exits_with_hidden_constants) {
    level = 3;
    Compiled c =
        compile(parse("trace\n"
                      "merge 0: pc 0x1000\n"
                      "%%0 = param i64 0\n"
                      "%%1 = and i64 %%0, 0\n"
                      "%%2 = add i64 %%1, -2\n"
                      "%%3 = trunc i64 %%2 to i8\n"
                      "%%4 = trunc i64 %%2 to i1\n"
                      "%%5 = xor i64 %%1, 0x123456789abcdef0\n"
                      "%%6 = bitcast i64 %%5 to f64\n"
                      "%%7 = bitcast i64 %%5 to ptr\n"
                      "%%8 = trunc i64 %%2 to i32\n"
                      "%%9 = bitcast i32 %%8 to f32\n"
                      "%%10 = bitcast i64 %%1 to ptr\n"
                      "%%11 = eq i64 %%0, 1\n"
                      "guard %%11 is 1 [#0]\n"
                      "end exit #0\n"
                      "#0: merge 0 [%%1, %%2, %%3, %%4, %%5, %%6, %%7, %%8, %%9, %%10]\n"));
    frame.slots[0] = 5;
    run_to_exit(&c, 0);
    const uint64_t n = UINT64_C(0x123456789abcdef0),
                   expected[] = {0, UINT64_C(-2), 0xfe, 0, n, n, n, 0xfffffffe, 0xfffffffe, 0};
    cr_expect_arr_eq(area.values, expected, sizeof expected);
    discard(&c);
}

/* ---- loops ------------------------------------------------------------------------------------
 */

/* sum of 1 .. slot 0 */
#define SUM_LOOP                                                                                   \
    "trace\n"                                                                                      \
    "merge 0: pc 0x1000\n"                                                                         \
    "%%0 = param i64 0\n"                                                                          \
    "%%1 = param f64 1\n"                                                                          \
    "loop\n"                                                                                       \
    "%%2 = lphi i64 0, %%5\n"                                                                      \
    "%%3 = lphi i64 0, %%6\n"                                                                      \
    "%%7 = lphi f64 %%1, %%8\n"                                                                    \
    "%%4 = slt i64 %%2, %%0\n"                                                                     \
    "guard %%4 is 1 [#0]\n"                                                                        \
    "%%5 = add i64 %%2, 1\n"                                                                       \
    "%%6 = add i64 %%3, %%5\n"                                                                     \
    "%%8 = fadd f64 %%7, 0.5\n"                                                                    \
    "end loop\n"                                                                                   \
    "#0: merge 0 [%%2, %%3, %%7]\n"

Test(backend, a_loop_at_every_level) {
    for (level = 0; level <= 4; level++) {
        Compiled c = compile(parse(SUM_LOOP));
        for (uint64_t n = 0; n < 100; n += 33) {
            frame.slots[0] = n;
            frame.slots[1] = bits_of(1.0);
            run_to_exit(&c, 0);
            cr_expect_eq(area.values[0], n);
            cr_expect_eq(area.values[1], n * (n + 1) / 2);
            cr_expect_eq(area.values[2], bits_of(1 + 0.5 * (double)n));
        }
        discard(&c);
    }
}

/* Before peeling there is no LOOP: the trace as a whole is one. */
Test(backend, a_trace_that_is_a_loop_as_a_whole) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = param i64 1\n"
                               "%%2 = param i32 7\n"
                               "%%3 = param f64 3\n"
                               "%%4 = ult i64 %%0, 100\n"
                               "guard %%4 is 1 [#0]\n"
                               "%%5 = add i64 %%0, %%1\n"
                               "%%6 = add i32 %%2, -1\n"
                               "%%7 = fmul f64 %%3, 2.0\n"
                               "end loop #1\n"
                               "#0: merge 0 [%%0, %%1, %%2, %%3]\n"
                               "#1: merge 0 [%%5, %%0, -, %%7, -, -, -, %%6]\n"));
    uint64_t a = 1, b = 1;
    uint32_t down = 5;
    double twice = 1;
    frame.slots[0] = a;
    frame.slots[1] = b;
    frame.slots[7] = down;
    frame.slots[3] = bits_of(twice);
    run_to_exit(&c, 0);
    while (a < 100) {
        uint64_t next = a + b;
        b = a;
        a = next;
        down--;
        twice *= 2;
    }
    cr_expect_eq(area.values[0], a);
    cr_expect_eq(area.values[1], b);
    cr_expect_eq(area.values[2], down, "zero-extended");
    cr_expect_eq(area.values[3], bits_of(twice));
    discard(&c);
}

/* Values swap places each time: all second operands are read before any first one is written. */
Test(backend, loop_phis_change_at_once) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = param i64 1\n"
                               "loop\n"
                               "%%2 = lphi i64 %%0, %%3\n"
                               "%%3 = lphi i64 %%1, %%2\n"
                               "%%4 = lphi i64 0, %%5\n"
                               "%%5 = add i64 %%4, 1\n"
                               "%%6 = slt i64 %%5, 8\n"
                               "guard %%6 is 1 [#0]\n"
                               "end loop\n"
                               "#0: merge 0 [%%2, %%3]\n"));
    frame.slots[0] = 10;
    frame.slots[1] = 20;
    run_to_exit(&c, 0);
    cr_expect_eq(area.values[0], 20);
    cr_expect_eq(area.values[1], 10);
    discard(&c);
}

static volatile int32_t flag;
static void *set_flag(void *unused) {
    (void)unused;
    usleep(20000);
    flag = 1;
    return NULL;
}

/* A loop that only another thread ends. */
Test(backend, a_volatile_load_is_not_hoisted, .timeout = 20) {
    level = 3;
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "loop\n"
                               "%%0 = lphi i64 0, %%1\n"
                               "%%1 = add i64 %%0, 1\n"
                               "%%2 = load i32 0x%" PRIxPTR " volatile\n"
                               "%%3 = eq i32 %%2, 0\n"
                               "guard %%3 is 1 [#0]\n"
                               "end loop\n"
                               "#0: merge 0 [%%0]\n",
                               (uintptr_t)&flag));
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, set_flag, NULL), 0);
    run_to_exit(&c, 0);
    pthread_join(thread, NULL);
    discard(&c);
}

/* ---- memory -----------------------------------------------------------------------------------
 */

Test(backend, loads_and_stores_of_all_types) {
    struct {
        uint64_t i64, ptr;
        double f64;
        float f32;
        uint32_t i32;
        uint16_t i16;
        uint8_t i8, i1;
        uint32_t around;
    } in = {.i64 = UINT64_C(0x8877665544332211),
            .ptr = 0x1234,
            .f64 = -2.5,
            .f32 = 1.25f,
            .i32 = 0x89abcdef,
            .i16 = 0xf00f,
            .i8 = 0x81,
            .i1 = 1,
            .around = 0x5a5a5a5a},
      out;
    memset(&out, 0x5a, sizeof out);
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param ptr 0\n"
                               "%%1 = param ptr 1\n"
                               "%%2 = load i64 %%0\n"
                               "store i64 %%2, %%1\n"
                               "%%3 = load ptr %%0+8\n"
                               "store ptr %%3, %%1+8\n"
                               "%%4 = load f64 %%0+16\n"
                               "store f64 %%4, %%1+16\n"
                               "%%5 = load f32 %%0+24\n"
                               "store f32 %%5, %%1+24\n"
                               "%%6 = ptradd %%0, 64\n"
                               "%%7 = load i32 %%6-36\n"
                               "store i32 %%7, %%1+28\n"
                               "%%8 = load i16 %%0+32\n"
                               "store i16 %%8, %%1+32\n"
                               "%%9 = load i8 %%0+34\n"
                               "store i8 %%9, %%1+34\n"
                               "%%10 = load i1 %%0+35\n"
                               "store i1 %%10, %%1+35\n"
                               "end exit #0\n"
                               "#0: merge 0 []\n"));
    frame.slots[0] = (uintptr_t)&in;
    frame.slots[1] = (uintptr_t)&out;
    run(&c);
    cr_expect_arr_eq(&out, &in, sizeof in);
    discard(&c);
}

/* Fields of different classes are apart; the same bytes under class 0 are not, and overlapping
 * classes are not. Twice the same cells under other names: what the compiler forwards is seen. */
Test(backend, access_classes) {
    level = 3;
    FixtureValue value = {.tag = TAG_INTEGER};
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param ptr 0\n"
                               "%%1 = param ptr 1\n"
                               "store i64 1, %%0 .TValue.value_\n"
                               "store i8 5, %%0+8 .TValue.tt_\n"
                               "store i64 2, %%1\n"
                               "%%2 = load i64 %%0 .TValue.value_\n"
                               "store i64 3, %%1 .TValue.\"0..1\"\n"
                               "%%3 = load i64 %%0 .TValue.value_\n"
                               "store i64 9, %%1 .TValue.value_\n"
                               "%%4 = load i8 %%0+8 .TValue.tt_\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%2, %%3, %%4]\n"));
    frame.slots[0] = frame.slots[1] = (uintptr_t)&value;
    run(&c);
    cr_expect_eq(frame.slots[0], 2);
    cr_expect_eq(frame.slots[1], 3);
    cr_expect_eq(frame.slots[2], 5);
    cr_expect_eq(value.value.i, 9);
    discard(&c);
}
