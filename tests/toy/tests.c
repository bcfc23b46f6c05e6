/* Tests of a whole interpreter on yk, through the toy: what its author can rely on.
 *
 *     test-switch FOLDER [NAME...]     FOLDER holds *.toy; without names all tests
 *
 * Not a Criterion program: threads and stacks stay as the sanitizers want them. */
#include "harness.h"

#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

static void compare_output(const char *name, const char *text) {
    YkCounts n = run_and_compare(name, text);
    const YkConfig *config = yk_config_current(NULL);
    bool compiles = config->jit && config->jit_limit != 0;
    if (getenv("TOY_HOPS") != NULL)
        return; /* the program goes on in clones now and then: there nothing counts */
    CHECK((n.units > 0) == compiles, "%" PRIu64 " units", n.units);
    CHECK((n.entries > 0) == compiles, "%" PRIu64 " entries", n.entries);
}

/* The same output whenever code is compiled, and if it never is. */
static void test_programs(void) {
    static const char *const settings[] = {"tier0_threshold=1",  "tier0_threshold=2",
                                           "tier0_threshold=60", "jit_limit=1",
                                           "jit_limit=0",        "jit=off"};
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
        CONFIGURE(settings[i]);
        each_program(compare_output);
    }
}

static uint64_t traces;

static void compare_and_count(const char *name, const char *text) {
    traces += run_and_compare(name, text).traces;
}

/* The same output with traces of every loop. TOY_TRACE_COMPILER: the compiler's shared object. */
static void test_traces(void) {
    char compiler[1024];
    const char *path = getenv("TOY_TRACE_COMPILER");
    CHECK(path != NULL, "TOY_TRACE_COMPILER is not set");
    snprintf(compiler, sizeof compiler, "trace_compiler=%s", path);
    static const char *const thresholds[][2] = {{"tier1_threshold=1", "side_trace_threshold=1"},
                                                {"tier1_threshold=5", "side_trace_threshold=3"},
                                                {"tier1_threshold=50", "side_trace_threshold=10"}};
    for (unsigned i = 0; i < 9; i++) {
        traces = 0;
        CONFIGURE("tier1=on", "tier0_threshold=1", "tier1_delay_ms=0", thresholds[i % 3][0],
                  thresholds[i % 3][1], i / 3 == 1 ? "jit_workers=2" : "jit_workers=0",
                  i < 6 ? "trace_capacity=2000" : "trace_capacity=2", compiler);
        each_program(compare_and_count);
        CHECK(i >= 3 || traces >= 8, "%" PRIu64 " traces", traces);
    }
}

/* Without a meta-tracer everything works: jit = off, and functions that get NULL. */
static void test_no_jit(void) {
    CONFIGURE("jit=off");
    char *error = "untouched";
    CHECK(yk_mt_new(&error) == NULL && error == NULL, "jit = off is no error");
    CHECK(yk_mt_new(NULL) == NULL, "nobody asks for the error");
    YkLocation location;
    yk_location_init(NULL, &location);
    CHECK(location.unit == NULL, "no code");
    yk_mt_set_namer(NULL, NULL);
    yk_code_freed(NULL, &location, sizeof location);
    yk_mt_shutdown(NULL);
    CHECK(yk_mt_counts(NULL).units == 0, "nothing is counted");
    ToyVM *vm = open_with("function main n\n get n\n addconst 1\n return\n");
    CHECK(vm->mt == NULL, "no JIT");
    for (int i = 0; i < 1000; i++)
        CHECK(call(vm, "main", i, 1) == i + 1, "%d", i);
    toy_close(vm);
}

/* ---- memory behind constants ---------------------------------------------------------------- */

static ToyValue poke(ToyVM *vm, const ToyValue *arguments, unsigned count) {
    (void)arguments;
    (void)count;
    ToyValue *value = &toy_global(vm, "shared")->value;
    value->i = value->i * 3 % 1000003;
    return toy_int(0);
}

/* A constant is a pointer to memory that changes, here from C in the middle of a loop: between two
 * reads of the same instruction, and between two instructions. */
static void test_mutable_constants(void) {
    static const char text[] = "function main n\n"
                               " local i total unused\n"
                               " const 0\n set i\n const 0\n set total\n"
                               "again:\n"
                               " get total\n getglobal shared\n add\n set total\n"
                               " getglobal poke\n call 0\n set unused\n"
                               " get total\n getglobal shared\n sub\n set total\n"
                               " getglobal shared\n addconst 7\n setglobal shared\n"
                               " get i\n addconst 1\n set i\n"
                               " get i\n get n\n less again\n"
                               " get total\n return\n";
    int64_t shared = 1, total = 0;
    for (int i = 0; i < 1000; i++) {
        total += shared;
        shared = shared * 3 % 1000003;
        total -= shared;
        shared += 7;
    }
    for (int threshold = 1; threshold <= 64; threshold *= 4) {
        char setting[64];
        snprintf(setting, sizeof setting, "tier0_threshold=%d", threshold);
        CONFIGURE(setting);
        ToyVM *vm = open_with(text);
        toy_native(vm, "poke", poke);
        toy_global(vm, "shared")->value = toy_int(1);
        int64_t result = call(vm, "main", 1000, 1);
        CHECK(result == total, "%" PRId64 " instead of %" PRId64, result, total);
        CHECK(counts(vm).entries > 0, "native code must have run");
        toy_close(vm);
    }
}

/* ---- freed bytecode ------------------------------------------------------------------------- */

/* Both take one argument and have six bytes of code: one reuses the memory of the other. */
static const char victim[] = "function victim n\n getglobal replace\n get n\n tailcall 1\n";
static const char successor[] = "function victim n\n const %" PRId64 "\n const 1\n add\n return\n";

static YkCounts when_freed; /* just after the bytecode was freed */

/* Frees the function that has just called it by a tail call: its native code is on the stack. Puts
 * other bytecode at the same address, and runs that until it is native code, too. */
static ToyValue replace(ToyVM *vm, const ToyValue *arguments, unsigned count) {
    CHECK(count == 1, "%u arguments", count);
    ToyValue n = arguments[0];
    ToyFunction *old = toy_global(vm, "victim")->value.function;
    const uint8_t *address = old->code;
    toy_function_free(vm, old);
    when_freed = counts(vm);
    char text[256];
    snprintf(text, sizeof text, successor, 10 * n.i);
    CHECK(toy_assemble(vm, "replace", text), "%s", vm->message);
    ToyFunction *now = toy_global(vm, "victim")->value.function;
    CHECK(now->code == address, "the test wants the same address");
    for (int i = 0; i < 3; i++) {
        int64_t result = toy_call(vm, now, &n, 1).i;
        CHECK(result == 10 * n.i + 1, "stale code: %" PRId64, result);
    }
    return toy_int(n.i + 5);
}

/* Freed bytecode drops its code, also code that is still on the stack; that is kept until it is
 * not, and then its memory is used again: all code of this test would not fit. */
static void test_freed_on_stack(void) {
    CONFIGURE("tier0_threshold=1", "tier0_code_limit_kib=32");
    ToyVM *vm = open_with("function driver n\n getglobal victim\n get n\n call 1\n"
                          " addconst 1\n return\n");
    toy_native(vm, "replace", replace);
    const int rounds = 1000;
    unsigned on_stack = 0;
    for (int i = 0; i < rounds; i++) {
        CHECK(toy_assemble(vm, "victim", victim), "%s", vm->message);
        int64_t result = call(vm, "driver", i, 1);
        CHECK(result == i + 6, "round %d: %" PRId64, i, result);
        on_stack += when_freed.quarantined > 0;
        toy_function_free(vm, toy_global(vm, "victim")->value.function);
    }
    YkCounts n = counts(vm);
    CHECK(on_stack == (unsigned)rounds, "%u", on_stack);
    CHECK(n.dropped == 2u * (unsigned)rounds, "%" PRIu64 " units dropped", n.dropped);
    CHECK(n.units >= n.dropped, "%" PRIu64 " units", n.units);
    CHECK(n.bytes > 10 * n.code_bytes, "%" PRIu64 " bytes in use", n.code_bytes);
    CHECK(n.quarantined <= 64, "%" PRIu64 " blocks in quarantine", n.quarantined);
    toy_close(vm);
}

/* Exactly the freed bytecode loses its code. */
static void test_freed_exactly(void) {
    CONFIGURE("tier0_threshold=1");
    ToyVM *vm = open_with("function a n\n get n\n addconst 1\n return\n"
                          "function b n\n get n\n addconst 2\n return\n");
    for (int i = 0; i < 3; i++)
        CHECK(call(vm, "a", i, 1) == i + 1 && call(vm, "b", i, 1) == i + 2, "%d", i);
    uint64_t units = counts(vm).units;
    ToyFunction *a = toy_global(vm, "a")->value.function;
    yk_code_freed(vm->mt, a->code + a->code_size, 0);
    yk_code_freed(vm->mt, a->code - 1, 1);
    yk_code_freed(vm->mt, a->code + a->code_size, 1);
    CHECK(counts(vm).dropped == 0, "nothing of a or b was freed");
    yk_code_freed(vm->mt, a->code + a->code_size - 1, 1);
    CHECK(counts(vm).dropped == 1, "the last byte of a was");
    for (int i = 0; i < 3; i++)
        CHECK(call(vm, "a", i, 1) == i + 1 && call(vm, "b", i, 1) == i + 2, "%d", i);
    CHECK(counts(vm).units == units + 1, "a is compiled again, b is not");
    yk_code_freed(vm->mt, (const void *)1, SIZE_MAX / 2);
    CHECK(counts(vm).dropped == units + 1, "everything was freed");
    CHECK(call(vm, "a", 1, 1) == 2, "and can be compiled again");
    toy_close(vm);
}

/* ---- leaving by longjmp --------------------------------------------------------------------- */

/* Calls `boom` with its argument; an error becomes -1. */
static ToyValue attempt(ToyVM *vm, const ToyValue *arguments, unsigned count) {
    ToyValue result;
    ToyFunction *boom = toy_global(vm, "boom")->value.function;
    if (!toy_protect(vm, boom, arguments, count, &result)) {
        CHECK(strcmp(vm->message, "bad array size") == 0, "%s", vm->message);
        return toy_int(-1);
    }
    return result;
}

/* Errors leave native code, one activation and many, over and over. */
static void test_longjmp(void) {
    CONFIGURE("tier0_threshold=1");
    ToyVM *vm = open_with("function boom n\n"
                          " get n\n const 0\n less fail\n"
                          " get n\n const 0\n equal done\n"
                          " getglobal boom\n get n\n addconst -2\n call 1\n addconst 1\n return\n"
                          "done:\n const 0\n return\n"
                          "fail:\n get n\n array\n return\n"
                          "function loop n\n"
                          " local i failed\n const 0\n set i\n const 0\n set failed\n"
                          "again:\n"
                          " get failed\n getglobal attempt\n get i\n call 1\n"
                          " const -1\n equal odd\n set failed\n jump next\n"
                          "odd:\n addconst 1\n set failed\n"
                          "next:\n get i\n addconst 1\n set i\n get i\n get n\n less again\n"
                          " get failed\n return\n");
    toy_native(vm, "attempt", attempt);
    CHECK(call(vm, "loop", 400, 1) == 200, "every other call fails");
    ToyFunction *boom = toy_global(vm, "boom")->value.function;
    for (int i = 0; i < 50000; i++) {
        ToyValue n = toy_int(i % 7), result;
        bool fine = toy_protect(vm, boom, &n, 1, &result);
        CHECK(fine == (i % 7 % 2 == 0), "%d", i);
    }
    CHECK(counts(vm).entries >= 50000, "native code must have run");
    /* Code that such activations were in can be dropped, and its memory is used again. */
    uint64_t bytes = counts(vm).code_bytes;
    for (int i = 0; i < 500; i++) {
        yk_code_freed(vm->mt, boom->code, boom->code_size);
        ToyValue n = toy_int(1), result;
        CHECK(!toy_protect(vm, boom, &n, 1, &result), "%d", i);
    }
    CHECK(counts(vm).code_bytes < 40 * bytes, "%" PRIu64 " bytes", counts(vm).code_bytes);
    toy_close(vm);
}

static ToyValue call_nest(ToyVM *vm, const ToyValue *arguments, unsigned count) {
    return toy_call(vm, toy_global(vm, "nest")->value.function, arguments, count);
}

/* One error leaves many activations of the interpreter at once, each with native code in it. */
static void test_nested(void) {
    CONFIGURE("tier0_threshold=1");
    ToyVM *vm = open_with("function nest n\n"
                          " get n\n const 1\n less fail\n"
                          " getglobal call_nest\n get n\n addconst -1\n call 1\n return\n"
                          "fail:\n get n\n array\n return\n");
    toy_native(vm, "call_nest", call_nest);
    ToyFunction *nest = toy_global(vm, "nest")->value.function;
    for (int i = 0; i < 2000; i++) {
        ToyValue n = toy_int(i % 50), result;
        CHECK(toy_protect(vm, nest, &n, 1, &result) && result.type == TOY_ARRAY, "%d", i);
        n = toy_int(TOY_NESTED + i % 50);
        CHECK(!toy_protect(vm, nest, &n, 1, &result), "%d", i);
        CHECK(strcmp(vm->message, "stack overflow") == 0, "%s", vm->message);
    }
    CHECK(counts(vm).entries >= 2000 * TOY_NESTED, "native code must have run");
    toy_close(vm);
}

/* ---- limits --------------------------------------------------------------------------------- */

/* When code memory is used up the interpreter goes on, mixed with the code there is; memory that
 * comes free is used. */
static void test_code_limit(void) {
    CONFIGURE("tier0_threshold=1", "tier0_code_limit_kib=4");
    enum { FUNCTIONS = 200 };
    ToyVM *vm = toy_open(stdout);
    char text[512], name[16];
    for (int i = 0; i < FUNCTIONS; i++) {
        snprintf(text, sizeof text,
                 "function f%d n\n local i\n const 0\n set i\n"
                 "again:\n get n\n addconst %d\n set n\n get i\n addconst 1\n set i\n"
                 " get i\n const 5\n less again\n get n\n const %d\n less next\n get n\n return\n"
                 "next:\n getglobal f%d\n get n\n call 1\n addconst 1\n return\n",
                 i, i, i + 1 < FUNCTIONS ? INT32_MAX : -1, i + 1);
        CHECK(toy_assemble(vm, "limit", text), "%s", vm->message);
    }
    const int64_t sum = 5 * (FUNCTIONS * (FUNCTIONS - 1) / 2) + FUNCTIONS - 1;
    for (int i = 0; i < 20; i++) {
        int64_t result = call(vm, "f0", i, 1);
        CHECK(result == i + sum, "%" PRId64 " instead of %" PRId64, result, i + sum);
    }
    YkCounts full = counts(vm);
    CHECK(full.code_bytes <= 4096 && full.units > 0, "%" PRIu64 " bytes", full.code_bytes);
    CHECK(full.units < FUNCTIONS, "%" PRIu64 " units cannot fit", full.units);
    for (int i = FUNCTIONS - 1; i >= 0; i--) {
        snprintf(name, sizeof name, "f%d", i);
        toy_function_free(vm, toy_global(vm, name)->value.function);
    }
    CHECK(counts(vm).code_bytes < full.code_bytes, "%" PRIu64 " bytes", counts(vm).code_bytes);
    CHECK(toy_assemble(vm, "again", "function f0 n\n get n\n addconst 1\n return\n"), "%s",
          vm->message);
    CHECK(call(vm, "f0", 1, 1) == 2 && counts(vm).units == full.units + 1, "room for more");
    toy_close(vm);
}

/* ---- threads -------------------------------------------------------------------------------- */

static void *run_programs(void *unused) {
    (void)unused;
    for (int i = 0; i < 3; i++)
        each_program(compare_output);
    return NULL;
}

/* Machines in several threads know nothing of each other. */
static void test_threads(void) {
    CONFIGURE("tier0_threshold=2");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, run_programs, NULL) == 0, "%d", i);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static void *use_elsewhere(void *machine) {
    ToyVM *vm = machine;
    for (int i = 0; i < 100; i++)
        CHECK(call(vm, "main", i, 1) == i + 1, "%d", i);
    ToyFunction *function = toy_global(vm, "main")->value.function;
    yk_code_freed(vm->mt, function->code, function->code_size);
    for (int i = 0; i < 100; i++)
        CHECK(call(vm, "main", i, 1) == i + 1, "%d", i);
    return NULL;
}

/* A machine may go from thread to thread as long as one at a time uses it. */
static void test_other_thread(void) {
    CONFIGURE("tier0_threshold=1");
    ToyVM *vm = open_with("function main n\n get n\n addconst 1\n return\n");
    doing = "other_thread";
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        use_elsewhere(vm);
        CHECK(pthread_create(&thread, NULL, use_elsewhere, vm) == 0, "%d", i);
        pthread_join(thread, NULL);
    }
    toy_close(vm);
}

/* ---- stacks of their own ----------------------------------------------------------------------
 */

#ifndef NO_CONTEXTS
static ucontext_t outside, inside;

static ToyValue suspend(ToyVM *vm, const ToyValue *arguments, unsigned count) {
    (void)vm;
    (void)count;
    ToyValue result = arguments[0];
    swapcontext(&inside, &outside);
    return result;
}

static ToyVM *coroutine_machine;
static int64_t coroutine_result;
static void coroutine(void) {
    coroutine_result = call(coroutine_machine, "main", 300, 1);
}
#endif

/* A machine runs as a coroutine, suspended again and again inside native code. Meanwhile bytecode
 * of it dies, and another machine runs on the thread's own stack. */
static void test_coroutine(void) {
#ifndef NO_CONTEXTS
    CONFIGURE("tier0_threshold=1");
    ToyVM *vm =
        open_with("function main n\n local i total\n const 0\n set i\n const 0\n set total\n"
                  "again:\n getglobal suspend\n get i\n call 1\n get total\n add\n"
                  " getglobal extra\n call 0\n add\n set total\n"
                  " get i\n addconst 1\n set i\n get i\n get n\n less again\n"
                  " get total\n return\n");
    toy_native(vm, "suspend", suspend);
    static const char extra[] = "function extra\n const 1\n return\n";
    CHECK(toy_assemble(vm, "extra", extra), "%s", vm->message);
    ToyVM *other = open_with("function main n\n get n\n addconst 1\n return\n");
    const size_t size = 1 << 19;
    void *stack = malloc(size);
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = size;
    inside.uc_link = &outside;
    coroutine_machine = vm;
    makecontext(&inside, coroutine, 0);
    for (int i = 0; i < 300; i++) {
        swapcontext(&outside, &inside);
        toy_function_free(vm, toy_global(vm, "extra")->value.function);
        CHECK(toy_assemble(vm, "extra", extra), "%s", vm->message);
        CHECK(call(other, "main", i, 1) == i + 1, "%d", i);
    }
    swapcontext(&outside, &inside);
    CHECK(coroutine_result == 300 * 299 / 2 + 300, "%" PRId64, coroutine_result);
    CHECK(counts(vm).dropped > 0, "some bytecode died");
    toy_close(vm);
    toy_close(other);
    free(stack);
#endif
}

/* ---- names ---------------------------------------------------------------------------------- */

/* The log has a line per compiled function, with the interpreter's name for it. */
static void test_log(void) {
    char file[] = "/tmp/yk-toy-XXXXXX", setting[64];
    int descriptor = mkstemp(file);
    CHECK(descriptor >= 0, "no temporary file");
    snprintf(setting, sizeof setting, "log_file=%s", file);
    CONFIGURE("tier0_threshold=1", "log=events", setting);
    ToyVM *vm = open_with("function counted n\n get n\n addconst 1\n return\n");
    call(vm, "counted", 1, 1);
    toy_close(vm);
    char *text = read_file(file);
    CHECK(strstr(text, "compiled counted+0: 3 instructions"), "%s", text);
    free(text);
    close(descriptor);
    unlink(file);
}

/* -----------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"programs", test_programs},
    {"traces", test_traces},
    {"no_jit", test_no_jit},
    {"mutable_constants", test_mutable_constants},
    {"freed_on_stack", test_freed_on_stack},
    {"freed_exactly", test_freed_exactly},
    {"longjmp", test_longjmp},
    {"nested", test_nested},
    {"code_limit", test_code_limit},
    {"threads", test_threads},
    {"other_thread", test_other_thread},
    {"coroutine", test_coroutine},
    {"log", test_log},
};

int main(int argc, char **argv) {
    enum { COUNT = sizeof tests / sizeof *tests };
    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER [TEST...]\n", argv[0]);
        return 2;
    }
    folder = argv[1];
    unsigned run = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        bool wanted = argc == 2;
        for (int k = 2; k < argc; k++)
            wanted |= strcmp(argv[k], tests[i].name) == 0;
        if (!wanted)
            continue;
        doing = tests[i].name;
        tests[i].run();
        printf("%s: passed\n", tests[i].name);
        run++;
    }
    CHECK(run == (argc == 2 ? COUNT : (unsigned)argc - 2), "no such test");
    return 0;
}
