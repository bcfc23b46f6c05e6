/* Tests of a whole interpreter on yk, through the toy: what its author can rely on.
 *
 *     test-switch FOLDER [NAME...]     FOLDER holds *.toy; without names all tests
 *
 * Not a Criterion program: threads and stacks stay as the sanitizers want them. The counters of a
 * meta-tracer (runtime/mt.h) are the one thing here that is not of yk's public interface. */
#include "toy.h"

#include "runtime/mt.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *folder;
static __thread const char *doing; /* what a failure's message begins with */

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: %s: ", __FILE__, __LINE__, doing, #condition);             \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The configuration of the machines to come: defaults, and these settings. */
static void configure(const char *const *settings) {
    YkConfig config;
    char *error = NULL;
    yk_config_defaults(&config);
    for (; *settings != NULL; settings++)
        CHECK(yk_config_set(&config, *settings, NULL, &error), "%s", error);
    yk_config_use(&config);
}
#define CONFIGURE(...) configure((const char *const[]){__VA_ARGS__, NULL})

static ToyVM *open_with(const char *text) {
    ToyVM *vm = toy_open(stdout);
    CHECK(vm != NULL, "no memory");
    CHECK(toy_assemble(vm, "test", text), "%s", vm->message);
    return vm;
}

static int64_t call(ToyVM *vm, const char *name, int64_t argument, unsigned count) {
    ToyValue value = toy_int(argument), result;
    ToyValue *function = &toy_global(vm, name)->value;
    CHECK(function->type == TOY_FUNCTION, "no function %s", name);
    CHECK(toy_protect(vm, function->function, &value, count, &result), "%s", vm->message);
    CHECK(result.type == TOY_INT, "type %" PRId64, result.type);
    return result.i;
}

static YkCounts counts(const ToyVM *vm) {
    return yk_mt_counts(vm->mt);
}

/* ---- programs --------------------------------------------------------------------------------- */

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    CHECK(file != NULL, "cannot read %s", path);
    char *text = calloc(1, 1 << 16);
    CHECK(fread(text, 1, (1 << 16) - 1, file) > 0, "%s is empty", path);
    fclose(file);
    return text;
}

/* The lines behind "; output: ". */
static char *expected_output(const char *text) {
    static const char mark[] = "; output: ";
    char *expected = calloc(1, strlen(text) + 1), *end = expected;
    while ((text = strstr(text, mark)) != NULL) {
        text += sizeof mark - 1;
        size_t length = strcspn(text, "\n") + 1;
        memcpy(end, text, length);
        end += length;
    }
    return expected;
}

/* Runs a program; returns what it printed. */
static char *run_text(const char *name, const char *text, YkCounts *out) {
    char *printed;
    size_t size;
    FILE *stream = open_memstream(&printed, &size);
    ToyVM *vm = toy_open(stream);
    CHECK(toy_assemble(vm, name, text), "%s", vm->message);
    call(vm, "main", 0, 0);
    *out = counts(vm);
    toy_close(vm);
    fclose(stream);
    return printed;
}

static int is_program(const struct dirent *entry) {
    return strstr(entry->d_name, ".toy") != NULL;
}

static unsigned each_program(void (*visit)(const char *name, const char *text)) {
    struct dirent **list;
    int n = scandir(folder, &list, is_program, alphasort);
    CHECK(n > 0, "no programs in %s", folder);
    for (int i = 0; i < n; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        doing = list[i]->d_name;
        char *text = read_file(path);
        visit(doing, text);
        free(text);
        free(list[i]);
    }
    free(list);
    return (unsigned)n;
}

static void compare_output(const char *name, const char *text) {
    char *expected = expected_output(text);
    YkCounts n;
    char *printed = run_text(name, text, &n);
    CHECK(strcmp(printed, expected) == 0, "printed:\n%sexpected:\n%s", printed, expected);
    free(printed);
    free(expected);
    const YkConfig *config = yk_config_current(NULL);
    bool compiles = config->jit && config->jit_limit != 0;
    CHECK((n.units > 0) == compiles, "%" PRIu64 " units", n.units);
    CHECK((n.entries > 0) == compiles, "%" PRIu64 " entries", n.entries);
}

/* The same output whenever code is compiled, and if it never is. */
static void test_programs(void) {
    static const char *const settings[] = {"tier0_threshold=1", "tier0_threshold=2",
                                           "tier0_threshold=60", "jit_limit=1", "jit_limit=0",
                                           "jit=off"};
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
        CONFIGURE(settings[i]);
        each_program(compare_output);
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

/* ---- memory behind constants ------------------------------------------------------------------ */

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

/* ---- freed bytecode --------------------------------------------------------------------------- */

static int64_t generation;
static YkCounts inside; /* just after the bytecode was freed */

/* Frees the function that has just tail-called it: its native code is on the stack. Then puts
 * other bytecode at the same address, and runs that until it is native code, too. */
static ToyValue replace(ToyVM *vm, const ToyValue *arguments, unsigned count) {
    (void)arguments;
    (void)count;
    ToyFunction *victim = toy_global(vm, "victim")->value.function;
    const uint8_t *address = victim->code;
    size_t size = victim->code_size;
    toy_function_free(vm, victim);
    inside = counts(vm);
    generation++;
    char text[256];
    snprintf(text, sizeof text,
             "function victim\n getglobal %s\n tailcall 0\n"
             "function helper n\n get n\n addconst %" PRId64 "\n return\n",
             generation % 2 ? "replace" : "also_replace", generation);
    toy_function_free(vm, toy_global(vm, "helper")->value.function);
    CHECK(toy_assemble(vm, "replace", text), "%s", vm->message);
    ToyFunction *now = toy_global(vm, "victim")->value.function;
    CHECK(now->code_size == size, "the test wants code of equal size");
    (void)address; /* see test_freed_on_stack for the memory's reuse */
    ToyFunction *helper = toy_global(vm, "helper")->value.function;
    for (int i = 0; i < 3; i++) {
        ToyValue n = toy_int(i);
        CHECK(toy_call(vm, helper, &n, 1).i == i + generation, "stale code");
    }
    return toy_int(generation);
}
