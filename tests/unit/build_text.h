/* The text of traces that are built from recordings made by hand. Include once in a test. The texts
 * leave out the parameters: %0 L, %1 ci, %2 base. */
#ifndef YK_BUILD_TEXT_H
#define YK_BUILD_TEXT_H

#include "hand_recording.h"

static const char *print(const Trace *t) {
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    trace_print(out, t);
    fclose(out);
    char *to = text;
    for (char *line = text; *line != 0;) {
        char *next = strchr(line, '\n') + 1;
        char *parameter = strstr(line, " = param ");
        if (parameter == NULL || parameter > next) {
            memmove(to, line, (size_t)(next - line));
            to += next - line;
        }
        line = next;
    }
    *to = 0;
    return text;
}

__attribute__((unused)) static void expect(const char *expected) {
    Trace *t = build(NULL);
    cr_assert_str_eq(print(t), expected, "\n%s", text);
    trace_free(t);
}

__attribute__((unused)) static void record_side(const Exit *exit, const int *list, size_t count) {
    record(list, count);
    recording.exit = exit;
}
#define RECORD_SIDE(exit, ...)                                                                     \
    record_side(exit, (const int[]){__VA_ARGS__}, sizeof(int[]){__VA_ARGS__} / sizeof(int))

/* The program is ordinary memory: branches on it are guarded. */
__attribute__((unused)) static void make_dynamic(void) {
    greens.range[0].size = 0;
}

#endif
