/* Compiled traces: calls and frame buffers; and the compiler as a whole: what is released, errors,
 * dumps, several threads, a program that ends meanwhile. */
#include "backend_harness.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/wait.h>

TestSuite(backend_calls, .init = open_backend, .fini = close_backend);

#define ADDRESS(function) (uintptr_t)(function)

/* ---- calls ------------------------------------------------------------------------------------
 */

static uint64_t many(uint64_t a, double b, uint32_t c, void *d, float e, uint64_t f, uint64_t g,
                     uint64_t h, double i, uint64_t j, double k, double l, double m, double n,
                     double o, double p, uint32_t q) {
    cr_assert_eq(a, 1);
    cr_assert_eq(b, 2.5);
    cr_assert_eq(c, 0xfffffffd);
    cr_assert_eq(d, (void *)4);
    cr_assert_eq(e, 5.5f);
    cr_assert_eq(f + g * 10 + h * 100, 6 + 70 + 800);
    cr_assert_eq(i, 9.5);
    cr_assert_eq(j, UINT64_C(0xaaaaaaaaaaaaaaaa));
    cr_assert_eq(k + l * 2 + m * 4 + n * 8 + o * 16 + p * 32, 1 + 4 + 12 + 32 + 80 + 192.5 * 32);
    cr_assert_eq(q, 17);
    return UINT64_C(0x123456789abcdef0);
}

Test(backend_calls, arguments_in_registers_and_on_the_stack) {
    Compiled c = compile(
        parse("trace\n"
              "merge 0: pc 0x1000\n"
              "%%0 = param i64 0\n"
              "%%1 = call i64 ptr 0x%" PRIxPTR "(%%0, f64 2.5, i32 -3, ptr 0x4, f32 5.5, i64 6, "
              "i64 7, i64 8, f64 9.5, i64 0xaaaaaaaaaaaaaaaa, f64 1.0, f64 2.0, f64 3.0, f64 4.0, "
              "f64 5.0, f64 192.5, i32 17) anything\n"
              "end exit #0\n"
              "#0: merge 0 [%%1, %%0]\n",
              ADDRESS(many)));
    frame.slots[0] = 1;
    run(&c);
    cr_expect_eq(frame.slots[0], UINT64_C(0x123456789abcdef0));
    cr_expect_eq(frame.slots[1], 1);
    discard(&c);
}

static int64_t as_signed(int8_t a, int16_t b) {
    return (int64_t)a * 1000000 + b;
}
static int64_t as_unsigned(uint8_t a, uint16_t b, bool c) {
    return (int64_t)a * 1000000 + b * 10 + c;
}

/* The callees rely on the upper bits. */
Test(backend_calls, narrow_arguments) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = trunc i64 %%0 to i8\n"
                               "%%2 = trunc i64 %%0 to i16\n"
                               "%%3 = trunc i64 %%0 to i1\n"
                               "%%4 = call i64 ptr 0x%" PRIxPTR "(%%1, %%2) pure signed\n"
                               "%%5 = call i64 ptr 0x%" PRIxPTR "(%%1, %%2, %%3) pure\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%4, %%5]\n",
                               ADDRESS(as_signed), ADDRESS(as_unsigned)));
    for (unsigned i = 0; i < 2; i++) {
        uint64_t n = i == 0 ? UINT64_C(0xffffffffffffff83) : UINT64_C(0x1234567812345678);
        frame.slots[0] = n;
        run(&c);
        cr_expect_eq((int64_t)frame.slots[0], as_signed((int8_t)n, (int16_t)n));
        cr_expect_eq((int64_t)frame.slots[1], as_unsigned((uint8_t)n, (uint16_t)n, n & 1));
    }
    discard(&c);
}

/* What a callee leaves in the upper part of a register is not part of its result. */
__attribute__((naked)) static void dirty_result(void) {
    __asm__("movabsq $0x123456789abcde80, %rax\n\tret");
}

Test(backend_calls, narrow_results) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = call i8 ptr 0x%1$" PRIxPTR "() read\n"
                               "%%1 = call i16 ptr 0x%1$" PRIxPTR "() read\n"
                               "%%2 = call i32 ptr 0x%1$" PRIxPTR "() read\n"
                               "%%3 = call i1 ptr 0x%1$" PRIxPTR "() read\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%0, %%1, %%2, %%3]\n",
                               ADDRESS(dirty_result)));
    run(&c);
    cr_expect_eq(frame.slots[0], 0x80);
    cr_expect_eq(frame.slots[1], 0xde80);
    cr_expect_eq(frame.slots[2], 0x9abcde80);
    cr_expect_eq(frame.slots[3], 0);
    discard(&c);
}

static double half(double x) {
    return x / 2;
}
static float half_float(float x) {
    return x / 2;
}

Test(backend_calls, floating_results_and_functions_known_as_values) {
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param f64 0\n"
                               "%%1 = param f32 1\n"
                               "%%2 = param ptr 2\n"
                               "%%3 = call f64 %%2(%%0) pure\n"
                               "%%4 = call f32 ptr 0x%" PRIxPTR "(%%1) pure\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%3, %%4]\n",
                               ADDRESS(half_float)));
    frame.slots[0] = bits_of(5);
    frame.slots[1] = bits_of_float(7);
    frame.slots[2] = ADDRESS(half);
    run(&c);
    cr_expect_eq(frame.slots[0], bits_of(2.5));
    cr_expect_eq(frame.slots[1], bits_of_float(3.5f));
    discard(&c);
}

/* The callee saves vector registers if al says that some are in use, and needs its stack aligned.
 */
Test(backend_calls, variadic_functions) {
    char text[64] = "";
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param ptr 0\n"
                               "%%1 = param f64 1\n"
                               "%%2 = call i32 ptr 0x%" PRIxPTR "(%%0, i64 64, ptr 0x%" PRIxPTR
                               ", %%1, i64 -5) anything variadic\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%2]\n",
                               ADDRESS(snprintf), (uintptr_t) "%g and %ld"));
    frame.slots[0] = (uintptr_t)text;
    frame.slots[1] = bits_of(0.125);
    run(&c);
    cr_expect_str_eq(text, "0.125 and -5");
    cr_expect_eq(frame.slots[0], strlen(text));
    discard(&c);
}

static unsigned calls;
static uint64_t count_calls(void) {
    return ++calls;
}

/* Calls with effects are neither merged, nor dropped, nor moved out of the loop. */
Test(backend_calls, calls_with_effects_happen_each_time) {
    level = 3;
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = call i64 ptr 0x%1$" PRIxPTR "() write\n"
                               "%%1 = call i64 ptr 0x%1$" PRIxPTR "() anything\n"
                               "loop\n"
                               "%%2 = call i64 ptr 0x%1$" PRIxPTR "() read write\n"
                               "%%3 = ult i64 %%2, 10\n"
                               "guard %%3 is 1 [#0]\n"
                               "end loop\n"
                               "#0: merge 0 [%%2]\n",
                               ADDRESS(count_calls)));
    run_to_exit(&c, 0);
    cr_expect_eq(calls, 10);
    cr_expect_eq(area.values[0], 10);
    discard(&c);
}

static uint64_t cell;
static uint64_t read_cell(void) {
    return cell;
}
static void write_cell(uint64_t value) {
    cell = value;
}

/* Stores before a call that reads, and loads behind one that writes, keep their places. */
Test(backend_calls, memory_around_calls) {
    level = 3;
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "store i64 1, 0x%1$" PRIxPTR "\n"
                               "%%0 = call i64 ptr 0x%2$" PRIxPTR "() read\n"
                               "store i64 2, 0x%1$" PRIxPTR "\n"
                               "%%1 = call i64 ptr 0x%2$" PRIxPTR "() read\n"
                               "call void ptr 0x%3$" PRIxPTR "(i64 3) write\n"
                               "%%2 = load i64 0x%1$" PRIxPTR "\n"
                               "store i64 4, 0x%1$" PRIxPTR "\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%0, %%1, %%2]\n",
                               (uintptr_t)&cell, ADDRESS(read_cell), ADDRESS(write_cell)));
    run(&c);
    cr_expect_eq(frame.slots[0], 1);
    cr_expect_eq(frame.slots[1], 2);
    cr_expect_eq(frame.slots[2], 3);
    cr_expect_eq(cell, 4);
    discard(&c);
}

static jmp_buf catch;
static void throw(void) {
    longjmp(catch, 1);
}

/* Leaving by longjmp: what was stored before is there, also if it is stored again behind. */
Test(backend_calls, callees_that_do_not_come_back) {
    level = 3;
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "store i64 1, 0x%1$" PRIxPTR "\n"
                               "%%1 = eq i64 %%0, 0\n"
                               "guard %%1 is 1 [#0]\n"
                               "call void ptr 0x%2$" PRIxPTR "() throw noreturn\n"
                               "store i64 2, 0x%1$" PRIxPTR "\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%0]\n",
                               (uintptr_t)&cell, ADDRESS(throw)));
    Compiled maybe = compile(parse("trace\n"
                                   "merge 0: pc 0x1000\n"
                                   "store i64 3, 0x%1$" PRIxPTR "\n"
                                   "call void ptr 0x%2$" PRIxPTR "() throw\n"
                                   "store i64 4, 0x%1$" PRIxPTR "\n"
                                   "end exit #0\n"
                                   "#0: merge 0 []\n",
                                   (uintptr_t)&cell, ADDRESS(throw)));
    frame.slots[0] = 7;
    run_to_exit(&c, 0);
    cr_expect_eq(area.values[0], 7);
    frame.slots[0] = 0;
    if (setjmp(catch) == 0) {
        run(&c);
        cr_assert_fail("it came back");
    }
    cr_expect_eq(cell, 1);
    if (setjmp(catch) == 0) {
        run(&maybe);
        cr_assert_fail("it came back");
    }
    cr_expect_eq(cell, 3);
    discard(&c);
    discard(&maybe);
}

/* A callee that enters native code again has an activation of its own. */
static Compiled inner;
static uint64_t enter_again(uint64_t n) {
    YkTraceArea own_area;
    YkFrame own = {.slots = {n}, .cache = cache, .area = &own_area};
    yk_native_enter(&own, inner.code.entry);
    return own_area.values[0];
}

Test(backend_calls, nested_activations) {
    inner = compile(parse("trace\n"
                          "merge 0: pc 0x1000\n"
                          "%%0 = param i64 0\n"
                          "%%1 = mul i64 %%0, 3\n"
                          "%%2 = eq i64 %%0, 0\n"
                          "guard %%2 is 1 [#0]\n"
                          "end exit #0\n"
                          "#0: merge 0 [%%1]\n"));
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = call i64 ptr 0x%" PRIxPTR "(%%0) anything\n"
                               "%%2 = eq i64 %%0, 0\n"
                               "guard %%2 is 1 [#0]\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%0, %%1]\n",
                               ADDRESS(enter_again)));
    frame.slots[0] = 14;
    run_to_exit(&c, 0);
    cr_expect_eq(area.values[0], 14);
    cr_expect_eq(area.values[1], 42);
    discard(&c);
    discard(&inner);
}

/* Bytecode dies in a call: the next guard on a pc fails, others do not. */
static bool dropped;
static void drop(void) {
    dropped = true;
}

Test(backend_calls, guards_on_the_pc_of_dead_bytecode_fail) {
    level = 3;
    dropped_flag = &dropped;
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "merge 1: pc 0x1004\n"
                               "%%0 = param ptr 0\n"
                               "%%1 = param i64 1\n"
                               "%%2 = eq ptr %%0, 0x1004\n"
                               "guard %%2 is 1 [#0]\n"
                               "%%3 = eq i64 %%1, 0\n"
                               "guard %%3 is 1 [#3]\n"
                               "%%6 = eq ptr %%0, 0\n"
                               "guard %%6 is 0 [#4]\n"
                               "%%7 = ne ptr %%0, 0x1004\n"
                               "guard %%7 is 0 [#5]\n"
                               "call void ptr 0x%" PRIxPTR "() anything\n"
                               "%%4 = eq i64 %%1, 1\n"
                               "guard %%4 is 0 [#3]\n"
                               "%%8 = eq ptr %%0, 0x1008\n"
                               "guard %%8 is 0 [#5]\n"
                               "%%5 = ne ptr %%0, 0x1004\n"
                               "guard %%5 is 0 [#1]\n"
                               "end exit #2\n"
                               "#0: merge 0 [%%0]\n"
                               "#1: merge 0 [%%0, %%0]\n"
                               "#2: merge 0 [ptr 0x5]\n"
                               "#3: merge 0; execute.body@5(%%0, %%0, %%0, %%0, %%0)\n"
                               "#4: merge 0 []\n"
                               "#5: merge 0 flags 1 [%%0, -, -, -, ptr 0x1000]\n",
                               ADDRESS(drop)));
    frame.slots[0] = 0x1004;
    frame.slots[1] = 0;
    run_to_exit(&c, 1);
    discard(&c);
}

/* ... also one that stands in front of the call, in the next iteration. */
Test(backend_calls, guards_on_the_pc_look_again_in_the_next_iteration) {
    level = 3;
    dropped = false;
    dropped_flag = &dropped;
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "merge 1: pc 0x1004\n"
                               "%%0 = param ptr 0\n"
                               "%%1 = param ptr 1\n"
                               "loop\n"
                               "%%2 = load ptr %%1\n"
                               "%%3 = eq ptr %%2, 0x1004\n"
                               "guard %%3 is 1 [#0]\n"
                               "call void ptr 0x%" PRIxPTR "() anything\n"
                               "end loop\n"
                               "#0: merge 0 [%%0, %%1]\n",
                               ADDRESS(drop)));
    static uint64_t pc = 0x1004;
    frame.slots[1] = (uintptr_t)&pc;
    run_to_exit(&c, 0);
    cr_expect(dropped);
    discard(&c);
}

/* ---- frame buffers ----------------------------------------------------------------------------
 */

/* Locals whose address escapes lie in the activation's area. */
Test(backend_calls, frame_buffers) {
    level = 3;
    Compiled c = compile(parse("trace frames 48\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = frame 32\n"
                               "store i64 %%0, %%1\n"
                               "call void ptr 0x%" PRIxPTR "(%%1) read write\n"
                               "%%2 = load i64 %%1\n"
                               "%%3 = eq i64 %%2, 0\n"
                               "guard %%3 is 1 [#0]\n"
                               "end exit #0\n"
                               "#0: merge 0 [%%2, %%1]\n",
                               ADDRESS(fixture_observe)));
    frame.slots[0] = 41;
    run_to_exit(&c, 0);
    cr_expect_eq(area.values[0], 42);
    cr_expect_eq(area.values[1], (uintptr_t)(area.frames + 32));
    cr_expect_eq(*(uint64_t *)(void *)(area.frames + 32), 42);
    discard(&c);
}

/* ---- the compiler -----------------------------------------------------------------------------
 */

/* A trace with many guards, for things to do while it is compiled. */
static Trace *long_trace(unsigned guards) {
    Trace *t = trace_new(&fixture);
    cr_assert(t);
    trace_merge(t, 0x1000, NULL);
    IrRef a = trace_append(t, (IrInsn){IR_PARAM, IR_I64, 0, 0, 0, 0});
    IrRef p = trace_append(t, (IrInsn){IR_PARAM, IR_PTR, 0, 1, 0, 0});
    IrRef slots[TRACE_VECTOR_SLOTS];
    memset(slots, 0xff, sizeof slots);
    for (unsigned i = 0; i < guards; i++) {
        IrRef x = trace_append(t, (IrInsn){IR_LOAD, IR_I64, (uint16_t)(8 * (i % 64)), p, 0, 0});
        a = trace_append(t, (IrInsn){IR_ADD, IR_I64, 0, a, x, 0});
        IrRef test = trace_append(
            t, (IrInsn){IR_NE, IR_I1, IR_I64, a, trace_const(t, IR_I64, 1000000 + i), 0});
        slots[0] = a;
        slots[1] = p;
        uint32_t snapshot = trace_snapshot_begin(t, 0);
        trace_snapshot_vector(t, snapshot, slots);
        trace_append(t, (IrInsn){IR_GUARD, IR_VOID, 0, test, 1, snapshot});
    }
    t->end = TRACE_EXIT;
    t->end_snapshot = trace_snapshot_begin(t, 0);
    trace_snapshot_vector(t, t->end_snapshot, slots);
    cr_assert(trace_verify(t, &error), "%s", error);
    return t;
}

/* The line of /proc/self/maps about an address. */
static bool mapping(const void *address, char *line, size_t size) {
    FILE *maps = fopen("/proc/self/maps", "r");
    bool found = false;
    while (!found && fgets(line, (int)size, maps)) {
        uintptr_t start, end;
        found = sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2 &&
                (uintptr_t)address >= start && (uintptr_t)address < end;
    }
    fclose(maps);
    return found;
}

Test(backend_calls, code_is_never_writable_and_goes_when_released) {
    char line[512];
    Compiled c[20];
    for (unsigned i = 0; i < 20; i++)
        c[i] = compile(long_trace(i));
    for (unsigned i = 0; i < 20; i++) {
        cr_assert(mapping(c[i].code.start, line, sizeof line));
        cr_expect(strstr(line, " r-xp "), "%s", line);
        frame.slots[0] = 1;
        static uint64_t ones[64] = {1, 1, 1};
        frame.slots[1] = (uintptr_t)ones;
        run(&c[i]);
        cr_expect_eq(frame.slots[0], i < 3 ? i + 1 : 4);
    }
    for (unsigned i = 0; i < 20; i += 2)
        discard(&c[i]);
    for (unsigned i = 0; i < 20; i++)
        cr_expect_eq(mapping(c[i].code.start, line, sizeof line), i % 2 == 1);
    for (unsigned i = 1; i < 20; i += 2) {
        run(&c[i]);
        discard(&c[i]);
    }
}

/* More values than an activation has room for: refused, and the compiler goes on. */
/* The code generator is replaced now and then; code that it has made stays. */
Test(backend_calls, many_traces_by_one_compiler, .timeout = 120) {
    enum { COUNT = 600, KEPT = 200 };
    static Compiled kept[COUNT / KEPT];
    for (unsigned i = 0; i < COUNT; i++) {
        Compiled c = compile(parse("trace\nmerge 0: pc 0x1000\n"
                                   "%%0 = param i64 0\n"
                                   "%%1 = mul i64 %%0, %u\n"
                                   "end exit #0\n"
                                   "#0: merge 0 [%%1]\n",
                                   i + 3));
        frame.slots[0] = 1000;
        run(&c);
        cr_assert_eq(frame.slots[0], 1000u * (i + 3), "trace %u", i);
        if (i % KEPT == 0)
            kept[i / KEPT] = c;
        else
            discard(&c);
    }
    for (unsigned i = 0; i < COUNT / KEPT; i++) {
        frame.slots[0] = 7;
        run(&kept[i]);
        cr_expect_eq(frame.slots[0], 7u * (i * KEPT + 3));
        discard(&kept[i]);
    }
}

Test(backend_calls, errors_are_texts) {
    fixture_blocks[24].live_count = YK_EXIT_VALUES + 1;
    Trace *t = trace_new(&fixture);
    trace_merge(t, 0, NULL);
    IrRef bit = trace_append(t, (IrInsn){IR_PARAM, IR_I1, 0, 0, 0, 0});
    IrRef values[YK_EXIT_VALUES + 1];
    for (unsigned i = 0; i <= YK_EXIT_VALUES; i++)
        values[i] = bit;
    uint32_t s = trace_snapshot_begin(t, 0);
    trace_snapshot_frame(t, s, (TraceFrame){F_BUILTIN, 24, 0, YK_EXIT_VALUES + 1, UINT16_MAX, 0},
                         values);
    trace_append(t, (IrInsn){IR_GUARD, IR_VOID, 0, bit, 1, s});
    t->end_snapshot = trace_snapshot_begin(t, 0);
    trace_snapshot_vector(t, t->end_snapshot, values);
    Compiled c;
    cr_assert_not(try_compile(t, &c));
    cr_expect_str_eq(error, "exit 0 has more than 112 values");
    cr_expect_null(c.code.entry);
    free(error);
    c = compile(long_trace(3));
    discard(&c);
}

Test(backend_calls, a_dump_shows_ir_and_instructions) {
    char *text = NULL;
    size_t size;
    dump = open_memstream(&text, &size);
    Compiled c = compile(long_trace(2));
    fclose(dump);
    cr_expect(strstr(text, "define preserve_nonecc void @"), "%s", text);
    cr_expect(strstr(text, "push rbp"), "%s", text);
    cr_expect_null(strstr(text, "(bad)"), "%s", text);
    free(text);
    discard(&c);
}

static void *compile_many(void *seed) {
    char *message = NULL;
    void *own = backend->open(&message);
    cr_assert(own, "%s", message);
    for (unsigned i = 0; i < 40; i++) {
        Trace *t = long_trace(10 + i + (unsigned)(uintptr_t)seed);
        Exit *exits = exits_make(t, NULL);
        BackendJob job = {
            .trace = t, .name = "test", .exits = exits, .optimise = i % 4, .link = &link_to_leave};
        BackendCode code;
        cr_assert(backend->compile(own, &job, &code, &message), "%s", message);
        YkTraceArea my_area;
        YkFrame mine = {.cache = cache, .area = &my_area};
        uint64_t numbers[64];
        for (unsigned k = 0; k < 64; k++)
            numbers[k] = k;
        mine.slots[1] = (uintptr_t)numbers;
        yk_native_enter(&mine, code.entry);
        uint64_t sum = 0;
        for (unsigned k = 0; k < 10 + i + (unsigned)(uintptr_t)seed; k++)
            sum += k % 64;
        cr_assert_eq(mine.slots[0], sum);
        backend->release(compiler, code.handle); /* any backend will do */
        memory_free(exits);
        trace_free(t);
    }
    backend->close(own);
    return NULL;
}

Test(backend_calls, threads_with_a_compiler_each) {
    pthread_t threads[3];
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, compile_many, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

/* A compiler may be closed before its code is released. */
Test(backend_calls, code_outlives_its_compiler) {
    char *message = NULL;
    void *first = compiler, *second = backend->open(&message);
    cr_assert(second, "%s", message);
    compiler = second;
    Compiled c = compile(long_trace(1));
    compiler = first;
    backend->close(second);
    static uint64_t number = 5;
    frame.slots[0] = 1;
    frame.slots[1] = (uintptr_t)&number;
    run(&c);
    cr_expect_eq(frame.slots[0], 6);
    discard(&c);
}

static void *compile_for_ever(void *unused) {
    for (;;) {
        Compiled c = compile(long_trace(100));
        discard(&c);
    }
    return unused;
}

/* exit while a worker is inside LLVM. */
Test(backend_calls, the_program_may_end_at_any_time) {
    for (unsigned i = 0; i < 30; i++) {
        pid_t child = fork();
        cr_assert_geq(child, 0);
        if (child == 0) {
            pthread_t thread;
            pthread_create(&thread, NULL, compile_for_ever, NULL);
            usleep(1000 * (i % 15 + 1));
            exit(0);
        }
        int status;
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
    }
}
