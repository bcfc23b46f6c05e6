/* Pending stores: what an exit's code stores before it leaves. */
#include "backend_harness.h"

TestSuite(backend_pending, .init = open_backend, .fini = close_backend);

enum { MOST = TRACE_MAX_PENDING, ROOM = 16 /* bytes around each store */ };
static const uint8_t types[] = {IR_I64, IR_F64, IR_I8, IR_PTR, IR_I1, IR_I32, IR_F32, IR_I16};

typedef enum Base {
    ONE_BASE,      /* all by the same pointer */
    MANY_BASES,    /* each by a pointer of its own: in registers, on the stack */
    CONSTANT_BASE, /* known when the code is made */
} Base;

typedef struct Memory {
    uint64_t test; /* 1: the exit is taken */
    uint64_t in[MOST];
    uint8_t *to[MOST]; /* the places in `out` */
    _Alignas(16) uint8_t out[MOST][ROOM];
} Memory;

static uint8_t type_of(unsigned i) {
    return types[i % sizeof types];
}

static IrRef load(Trace *t, uint8_t type, IrRef base, size_t offset) {
    return trace_append(t, (IrInsn){IR_LOAD, type, (uint16_t)offset, base, 0, IR_VOLATILE});
}

static IrRef constant_of(Trace *t, unsigned i) {
    return trace_const(t, type_of(i), UINT64_C(0xf1e2d3c4b5a69788) * (i + 1));
}

/* `constants`: every third value is one. */
static Trace *trace_with_stores(const Memory *m, unsigned count, Base base, bool constants,
                                bool saves) {
    Trace *t = trace_new(&fixture);
    cr_assert(t);
    trace_merge(t, 0x1000, NULL);
    IrRef values[MOST], bases[MOST], none[TRACE_VECTOR_SLOTS];
    IrRef in = trace_append(t, (IrInsn){IR_PARAM, IR_PTR, 0, 0, 0, 0});
    for (unsigned i = 0; i < count; i++) {
        bool constant = constants && i % 3 == 0;
        values[i] =
            constant ? constant_of(t, i) : load(t, type_of(i), in, offsetof(Memory, in) + 8 * i);
        bases[i] = base == CONSTANT_BASE ? trace_const(t, IR_PTR, (uintptr_t)m->out[i])
                   : base == ONE_BASE
                       ? in
                       : load(t, IR_PTR, in, offsetof(Memory, to) + sizeof *m->to * i);
    }
    IrRef test = load(t, IR_I1, in, offsetof(Memory, test));
    uint32_t exit = trace_snapshot_begin(t, 0);
    memset(none, 0xff, sizeof none);
    IrRef saved[TRACE_VECTOR_SLOTS];
    memset(saved, 0xff, sizeof saved);
    for (unsigned i = 0; saves && i < count && i < TRACE_VECTOR_SLOTS; i++)
        saved[i] = values[count - 1 - i];
    trace_snapshot_vector(t, exit, saved);
    for (unsigned i = 0; i < count; i++) {
        size_t offset = base == ONE_BASE ? offsetof(Memory, out) + ROOM * i + 4 : 4;
        trace_snapshot_pending(
            t, exit, (IrInsn){IR_STORE, type_of(i), (uint16_t)offset, bases[i], values[i], 0});
    }
    trace_append(t, (IrInsn){IR_GUARD, IR_VOID, 0, test, 0, exit});
    t->end_snapshot = trace_snapshot_begin(t, 0);
    trace_snapshot_vector(t, t->end_snapshot, none);
    cr_assert(trace_verify(t, &error), "%s", error);
    return t;
}

static void set_up(Memory *m, bool taken) {
    memset(m, 0, sizeof *m);
    m->test = taken;
    for (unsigned i = 0; i < MOST; i++) {
        m->in[i] = UINT64_C(0x8192a3b4c5d6e7f8) + UINT64_C(0x0101010101010101) * i;
        if (type_of(i) == IR_I1)
            m->in[i] &= 1;
        m->to[i] = m->out[i];
        memset(m->out[i], 0xaa, ROOM);
    }
}

static void check_stores(unsigned count, Base base, bool constants, bool saves) {
    static Memory memory;
    Memory *m = &memory;
    set_up(m, false);
    Compiled c = compile(trace_with_stores(m, count, base, constants, saves));
    frame.slots[0] = (uintptr_t)m;
    run(&c);
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < ROOM; j++)
            cr_assert_eq(m->out[i][j], 0xaa, "stored, but the exit is not taken");
    set_up(m, true);
    frame.slots[0] = (uintptr_t)m;
    run_to_exit(&c, 0);
    for (unsigned i = 0; i < count; i++) {
        uint8_t expected[ROOM];
        uint64_t value = constants && i % 3 == 0 ? trace_bits(c.trace, constant_of(c.trace, i))
                                                 : m->in[i] & ir_type_mask(type_of(i));
        memset(expected, 0xaa, ROOM);
        memcpy(expected + 4, &value, ir_type_bytes[type_of(i)]);
        cr_expect(memcmp(m->out[i], expected, ROOM) == 0, "store %u of %u, %s, base %d", i, count,
                  ir_type_names[type_of(i)], base);
        if (saves && count - 1 - i < TRACE_VECTOR_SLOTS)
            cr_expect_eq(area.values[count - 1 - i], value, "value of store %u", i);
    }
    discard(&c);
}

Test(backend_pending, values_and_addresses_anywhere) {
    for (level = 0; level < 4; level++)
        for (unsigned count = 1; count <= MOST; count += count < 20 ? 1 : 11)
            for (Base base = ONE_BASE; base <= CONSTANT_BASE; base++) {
                check_stores(count, base, false, false);
                check_stores(count, base, false, true);
                check_stores(count, base, true, true);
            }
}

/* Constants of all sizes, with and without sign, also those that only LLVM knows. */
Test(backend_pending, constants) {
    static uint64_t memory[8];
    for (level = 0; level < 4; level++) {
        Compiled c = compile(parse("trace\n"
                                   "merge 0: pc 0x1000\n"
                                   "%%0 = param ptr 0\n"
                                   "%%1 = param i64 1\n"
                                   "%%2 = and i64 %%1, 0\n"
                                   "%%3 = add i64 %%2, -2\n"
                                   "%%4 = add i64 %%2, 0x123456789abcdef0\n"
                                   "%%5 = eq i64 %%1, 0\n"
                                   "guard %%5 is 1 [#0]\n"
                                   "end exit #1\n"
                                   "#0: merge 0 []\n"
                                   "pending store i64 %%3, %%0\n"
                                   "pending store i64 %%4, %%0+8\n"
                                   "pending store i64 -1, %%0+16\n"
                                   "pending store i64 0x80000000, %%0+24\n"
                                   "pending store i32 -2, %%0+32\n"
                                   "pending store i16 -3, %%0+36\n"
                                   "pending store i8 -4, %%0+38\n"
                                   "pending store i1 1, %%0+39\n"
                                   "pending store f64 -0.0, %%0+40\n"
                                   "pending store f32 2.5, %%0+48\n"
                                   "pending store ptr 0x7f0000001000, %%0+56\n"
                                   "#1: merge 0 []\n"));
        memset(memory, 0, sizeof memory);
        frame.slots[0] = (uintptr_t)memory;
        frame.slots[1] = 1;
        run_to_exit(&c, 0);
        const uint64_t expected[] = {-2ul,
                                     UINT64_C(0x123456789abcdef0),
                                     -1ul,
                                     UINT64_C(0x80000000),
                                     UINT64_C(0x01fcfffdfffffffe),
                                     bits_of(-0.0),
                                     bits_of_float(2.5f),
                                     UINT64_C(0x7f0000001000)};
        cr_expect_arr_eq(memory, expected, sizeof expected);
        discard(&c);
    }
}

/* To the same bytes: the last one wins; and the values that are saved are those of the exit. */
Test(backend_pending, order) {
    static uint64_t memory[2] = {41, 42};
    Compiled c = compile(parse("trace\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param ptr 0\n"
                               "%%1 = load i64 %%0\n"
                               "%%2 = eq i64 %%1, 0\n"
                               "guard %%2 is 1 [#0]\n"
                               "end exit #1\n"
                               "#0: merge 0 [%%1]\n"
                               "pending store i64 7, %%0\n"
                               "pending store i64 %%1, %%0+8\n"
                               "pending store i8 1, %%0+1\n"
                               "#1: merge 0 []\n"));
    frame.slots[0] = (uintptr_t)memory;
    run_to_exit(&c, 0);
    cr_expect_eq(area.values[0], 41);
    cr_expect_eq(memory[0], 0x107);
    cr_expect_eq(memory[1], 41);
    discard(&c);
}

/* A frame buffer. */
Test(backend_pending, to_a_frame_buffer) {
    Compiled c = compile(parse("trace frames 32\n"
                               "merge 0: pc 0x1000\n"
                               "%%0 = param i64 0\n"
                               "%%1 = frame 16\n"
                               "%%2 = eq i64 %%0, 0\n"
                               "guard %%2 is 1 [#0]\n"
                               "end exit #1\n"
                               "#0: merge 0 []\n"
                               "pending store i64 %%0, %%1+8\n"
                               "#1: merge 0 []\n"));
    memset(area.frames, 0, 32);
    frame.slots[0] = 5;
    run_to_exit(&c, 0);
    uint64_t stored;
    memcpy(&stored, (char *)area.frames + 24, sizeof stored);
    cr_expect_eq(stored, 5);
    discard(&c);
}

/* In a loop, with values that the loop changes. */
Test(backend_pending, values_of_the_iteration_before) {
    static struct {
        uint64_t count;
        double sum;
    } memory;
    for (level = 0; level < 4; level++) {
        Compiled c = compile(parse("trace\n"
                                   "merge 0: pc 0x1000\n"
                                   "%%0 = param ptr 0\n"
                                   "loop\n"
                                   "%%2 = lphi i64 0, %%6\n"
                                   "%%3 = lphi f64 0.5, %%7\n"
                                   "%%4 = eq i64 %%2, 10\n"
                                   "guard %%4 is 0 [#0]\n"
                                   "%%6 = add i64 %%2, 1\n"
                                   "%%7 = fadd f64 %%3, %%3\n"
                                   "end loop\n"
                                   "#0: merge 0 []\n"
                                   "pending store i64 %%2, %%0\n"
                                   "pending store f64 %%3, %%0+8\n"));
        memory.count = 0;
        memory.sum = 0;
        frame.slots[0] = (uintptr_t)&memory;
        run_to_exit(&c, 0);
        cr_expect_eq(memory.count, 10);
        cr_expect_eq(memory.sum, 512);
        discard(&c);
    }
}

Test(backend_pending, too_many) {
    static Memory memory;
    Trace *t = trace_with_stores(&memory, MOST, ONE_BASE, false, false);
    t->end_snapshot = 0;
    t->snapshot_count = 1;
    trace_snapshot_pending(t, 0, t->pending[0]);
    cr_expect_not(trace_verify(t, &error));
    free(error);
    Compiled c;
    cr_expect_not(try_compile(t, &c));
    cr_expect_str_eq(error, "exit 0 has more than 64 stores");
    free(error);
    trace_free(c.trace);
    memory_free(c.exits);
}
