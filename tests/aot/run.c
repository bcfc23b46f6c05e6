/* The ahead-of-time form of forms.c computes what the program computes: an interpreter of the form
 * and compiled code must agree. */
#include "../unit/ir_run.h"
#include "forms.h"

static uint64_t f64_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static uint64_t f32_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Executes a function's form; `record`: with the functions that it calls. */
static uint64_t execute(const char *name, bool record, const uint64_t *arguments) {
    const AotModule *m = &yk_aot_module;
    for (uint32_t i = 0; i < m->function_count; i++) {
        const AotFunction *f = &m->functions[i];
        if (strcmp(aot_name(m, f->name), name) != 0)
            continue;
        cr_assert_gt(f->block_count, 0, "%s has no form", name);
        uint64_t lives[8], result = 0, *frame = aligned_alloc(16, f->frame_size + 16);
        for (uint32_t j = 0; j < f->arg_count; j++)
            lives[j] = arguments[j] & ir_type_mask((uint8_t)aot_name(m, f->arg_types)[j]);
        cr_assert_eq(run_function(m, i, record, 0, lives, &result, (uint8_t *)frame), AOT_RETURNED);
        free(frame);
        return f->return_type == IR_VOID ? 0 : result & ir_type_mask(f->return_type);
    }
    cr_assert_fail("no function %s", name);
    return 0;
}

/* `memory`, which both may change, is set up anew for each run, and must be equal after. */
static void *memory;
static size_t memory_size;
static void (*set_up)(void);

static void check(const char *name, uint64_t want, const uint64_t *arguments) {
    uint8_t *after = malloc(memory_size + 1);
    if (memory_size != 0)
        memcpy(after, memory, memory_size);
    for (int record = 0; record < 2; record++) {
        if (set_up != NULL)
            set_up();
        uint64_t got = execute(name, record, arguments);
        cr_assert_eq(got, want, "%s(%lu, %lu, %lu): %#lx, should be %#lx", name, arguments[0],
                     arguments[1], arguments[2], got, want);
        cr_assert_eq(memory_size == 0 ? 0 : memcmp(memory, after, memory_size), 0,
                     "%s leaves other memory", name);
    }
    if (set_up != NULL)
        set_up();
    free(after);
}
#define ARGS(...) ((const uint64_t[8]){__VA_ARGS__})
#define CHECK(function, want_bits, ...) check(#function, (want_bits), ARGS(__VA_ARGS__))

static const long numbers[] = {
    0,   1,    2,  3,      4,      5,         7,          -1,   -2,   -9,    127,    128, 255,
    256, -128, 10, 0x7fff, 0x8000, 0xdeadbee, 0x7fffffff, -10L, 1000, 65535, 123456, -77, 1L << 40};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

Test(aot_run, integers) {
    for (int i = 0; i < NUMBERS; i++)
        for (int j = 0; j < NUMBERS; j++) {
            long a = numbers[i], b = numbers[j];
            CHECK(compare, compare((unsigned)a, (int)b, (unsigned long)(a ^ b)), (uint64_t)a,
                  (uint64_t)b, (uint64_t)(a ^ b));
            if ((unsigned)a != 0 && b != 0)
                CHECK(bits, bits((unsigned)a, (unsigned long)b, (short)(a + b)), (uint64_t)a,
                      (uint64_t)b, (uint64_t)(a + b));
            CHECK(dispatch, (uint32_t)dispatch(a, (int)(b & 0xffff)), (uint64_t)a,
                  (uint64_t)(b & 0xffff));
            CHECK(promoted, (uint64_t)promoted(a, b), (uint64_t)a, (uint64_t)b);
            CHECK(promoted_with, (uint64_t)promoted_with(a, b), (uint64_t)a, (uint64_t)b);
        }
    for (long n = 0; n < 40; n++)
        CHECK(unrolled, (uint32_t)unrolled((int)n), (uint64_t)n);
}

Test(aot_run, floats) {
    const double values[] = {0.0, -0.0, 1.0, -1.0, 0.5, -2.75, 1e9, -1e15, 3.999, 1e-300};
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++)
        for (unsigned j = 0; j < sizeof values / sizeof values[0]; j++) {
            float b = (float)values[j];
            CHECK(floating, f64_bits(floating(values[i], b)), f64_bits(values[i]), f32_bits(b));
        }
    double nan = __builtin_nan("");
    CHECK(floating, f64_bits(floating(nan, 2.5f)), f64_bits(nan), f32_bits(2.5f));
}

static int twice(int x) {
    return 2 * x;
}
static int fill(long *local, Value *value) {
    int sum = (int)(*local + value->n.i);
    *local = 70;
    value->tag += 5;
    return sum;
}

Test(aot_run, calls) {
    for (int x = -3; x < 12; x++) {
        CHECK(calls, (uint32_t)calls(x, twice), (uint64_t)x, (uintptr_t)twice);
        CHECK(idempotent, (uint32_t)idempotent(x), (uint64_t)x);
        CHECK(returns_struct, (uint64_t)returns_struct(x), (uint64_t)x);
    }
    for (int which = 0; which < 2; which++)
        CHECK(address_taken, (uint32_t)address_taken(fill, which), (uintptr_t)fill,
              (uint64_t)which);
}

static struct {
    Object object;
    Pair pair;
    Call call;
    Cell cell;
    Value values[8];
    Value *out;
    long words[8];
    int result;
    unsigned sum;
    short shorts[300];
    char bytes[64];
} area;

static void set_up_area(void) {
    memset(&area, 0, sizeof area);
    area.object = (Object){&area.object, 4, 9};
    area.pair = (Pair){&area.object, 1, 2, 3, NULL};
    area.call = (Call){.base = area.words, .depth = 77};
    area.cell.kind = 5;
    for (int i = 0; i < 8; i++) {
        area.words[i] = 1000 * i - 3;
        area.values[i] = (Value){.n.i = 0x0102030405060708 * i, .tag = (unsigned char)(200 + i)};
    }
    for (int i = 0; i < 4; i++)
        area.cell.many[i] = area.values[7 - i];
    for (unsigned i = 0; i < sizeof area.bytes; i++)
        area.bytes[i] = (char)(3 * i);
}

Test(aot_run, memory) {
    memory = &area;
    memory_size = sizeof area;
    set_up = set_up_area;
    set_up_area();
    CHECK(shared_header, shared_header(&area.object, &area.pair), (uintptr_t)&area.object,
          (uintptr_t)&area.pair);
    /* An object's header may be that of a pair. */
    CHECK(shared_header, shared_header((Object *)&area.pair, &area.pair), (uintptr_t)&area.pair,
          (uintptr_t)&area.pair);
    CHECK(not_shared, (uint64_t)not_shared(&area.call, &area.object), (uintptr_t)&area.call,
          (uintptr_t)&area.object);
    for (long i = 0; i < 4; i++)
        CHECK(escaping, escaping(&area.cell, &area.out, i), (uintptr_t)&area.cell,
              (uintptr_t)&area.out, (uint64_t)i);
    CHECK(punned, f64_bits(punned(&area.values[2])), (uintptr_t)&area.values[2]);
    CHECK(copied, (copied(&area.values[1], &area.values[3], area.bytes), 0),
          (uintptr_t)&area.values[1], (uintptr_t)&area.values[3], (uintptr_t)area.bytes);
    for (long i = 0; i < 7; i++)
        CHECK(anything, (uint8_t)anything(area.bytes, area.words, area.values, i),
              (uintptr_t)area.bytes, (uintptr_t)area.words, (uintptr_t)area.values, (uint64_t)i);
    for (int a = -100; a < 120; a += 13)
        CHECK(narrow, (narrow((signed char)a, (unsigned char)(a + 90), area.shorts + 150), 0),
              (uint64_t)a, (uint64_t)(a + 90), (uintptr_t)(area.shorts + 150));
    for (int i = 0; i < NUMBERS; i++)
        for (int j = 0; j < NUMBERS; j++)
            CHECK(overflow,
                  overflow((int)numbers[i], (int)((unsigned)numbers[j] << 8), &area.result,
                           (unsigned)numbers[i] >> 1, &area.sum),
                  (uint64_t)numbers[i], (uint64_t)numbers[j] << 8, (uintptr_t)&area.result,
                  (uint32_t)numbers[i] >> 1, (uintptr_t)&area.sum);
}

/* What it returns is in read-only memory of the program, at the same place for both. */
Test(aot_run, members) {
    memory = &area.call;
    memory_size = sizeof area.call;
    set_up = set_up_area;
    set_up_area();
    CHECK(members, (uint64_t)members(&area.call), (uintptr_t)&area.call);
}
