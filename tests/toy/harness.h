/* What the tests of the toy share: machines, calls, programs with the output that is expected of
 * them. Include once. The counters of a meta-tracer (runtime/mt.h) are the one thing here that is
 * not of yk's public interface. */
#ifndef YK_TOY_HARNESS_H
#define YK_TOY_HARNESS_H

#include "toy.h"

#include "runtime/mt.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *folder;
static __thread const char *doing; /* what a failure's message begins with */

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define NO_CONTEXTS /* it does not know them */
#endif
#endif

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

/* ---- programs ------------------------------------------------------------------------------- */

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

static YkCounts run_and_compare(const char *name, const char *text) {
    char *expected = expected_output(text);
    YkCounts n;
    char *printed = run_text(name, text, &n);
    CHECK(strcmp(printed, expected) == 0, "printed:\n%sexpected:\n%s", printed, expected);
    free(printed);
    free(expected);
    return n;
}

#endif
