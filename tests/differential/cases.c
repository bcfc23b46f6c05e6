/* Reads test cases; see cases.h for the format. */
#define _GNU_SOURCE
#include "cases.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "differ: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(2);
}

void *check(void *p) {
    if (p == NULL)
        fail("out of memory");
    return p;
}

void list_add(List *list, char *item) {
    list->item = check(realloc(list->item, (list->count + 2) * sizeof *list->item));
    list->item[list->count++] = item;
    list->item[list->count] = NULL;
}

static void split_words(List *list, const char *s) {
    while (true) {
        s += strspn(s, " \t");
        if (*s == '\0')
            return;
        char *word = check(malloc(strlen(s) + 1)), *w = word;
        char quote = '\0';
        for (; *s != '\0' && (quote || !strchr(" \t", *s)); s++) {
            if (quote ? *s == quote : (*s == '\'' || *s == '"'))
                quote = quote ? '\0' : *s;
            else if (*s == '\\' && quote != '\'' && s[1] != '\0')
                *w++ = *++s;
            else
                *w++ = *s;
        }
        *w = '\0';
        list_add(list, word);
    }
}

static void add_input(Test *test, const char *s) {
    test->input = check(realloc(test->input, test->input_size + strlen(s) + 2));
    char *w = test->input + test->input_size;
    bool newline = true;
    for (; *s != '\0'; s++) {
        if (*s != '\\' || s[1] == '\0') {
            *w++ = *s;
            continue;
        }
        switch (*++s) {
        case 'n':
            *w++ = '\n';
            break;
        case 't':
            *w++ = '\t';
            break;
        case '0':
            *w++ = '\0';
            break;
        case 'e':
            *w++ = '\033';
            break;
        case 'c':
            newline = false;
            break;
        default:
            *w++ = *s;
        }
    }
    if (newline)
        *w++ = '\n';
    test->input_size = (size_t)(w - test->input);
}

static Test *new_test(Tests *tests, const char *name) {
    tests->item = check(realloc(tests->item, (tests->count + 1) * sizeof *tests->item));
    Test *test = &tests->item[tests->count++];
    *test = (Test){.name = check(strdup(name))};
    list_add(&test->argv, check(strdup("lua")));
    return test;
}

/* Takes `key: value`; returns false for text that is not a directive. */
static bool directive(Test *test, char *line, List *options, List *args, const char *where) {
    size_t key = strspn(line, "abcdefghijklmnopqrstuvwxyz");
    if (key == 0 || line[key] != ':')
        return false;
    line[key] = '\0';
    const char *value = line + key + 1;
    if (*value == ' ')
        value++;
    if (!strcmp(line, "options"))
        split_words(options, value);
    else if (!strcmp(line, "args"))
        split_words(args, value);
    else if (!strcmp(line, "stdin"))
        add_input(test, value);
    else if (!strcmp(line, "env"))
        list_add(&test->env, check(strdup(value)));
    else if (!strcmp(line, "exit"))
        test->exit_code = atoi(value);
    else if (!strcmp(line, "stderr") && !strcmp(value, "any"))
        test->stderr_any = true;
    else if (!strcmp(line, "stderr") && !strcmp(value, "more"))
        test->stderr_more = true;
    else if (!strcmp(line, "stdout") && !strcmp(value, "any"))
        test->stdout_any = test->stdout_empty = true;
    else if (!strcmp(line, "stdout") && !strcmp(value, "empty"))
        test->stdout_empty = true;
    else if (!strcmp(line, "stack"))
        test->stack_kib = atol(value);
    else
        fail("%s: unknown directive `%s: %s`", where, line, value);
    return true;
}

static void read_program(Tests *tests, FILE *file, const char *path) {
    Test *test = new_test(tests, path);
    List options = {0}, args = {0};
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0 && !strncmp(line, "-- ", 3)) {
        line[strcspn(line, "\n")] = '\0';
        directive(test, line + 3, &options, &args, path); /* other lines are prose */
    }
    for (size_t i = 0; i < options.count; i++)
        list_add(&test->argv, options.item[i]);
    list_add(&test->argv, check(strdup(path)));
    for (size_t i = 0; i < args.count; i++)
        list_add(&test->argv, args.item[i]);
    free(line);
}

static void read_cases(Tests *tests, FILE *file, const char *path) {
    Test *test = NULL;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (!strncmp(line, "== ", 3)) {
            char *name;
            if (asprintf(&name, "%s: %s", path, line + 3) < 0)
                fail("out of memory");
            test = new_test(tests, name);
            free(name);
        } else if (*line != '\0' && *line != '#' &&
                   (!test || !directive(test, line, &test->argv, &test->argv, path)))
            fail("%s: no directive: %s", path, line);
    }
    free(line);
}

void cases_read(Tests *tests, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file)
        fail("%s: %s", path, strerror(errno));
    const char *dot = strrchr(path, '.');
    if (dot && !strcmp(dot, ".cli"))
        read_cases(tests, file, path);
    else
        read_program(tests, file, path);
    fclose(file);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void cases_read_folder(Tests *tests, const char *folder, const char *suffix) {
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    List names = {0};
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        char *path;
        if (!dot || strcmp(dot, suffix) || *entry->d_name == '.')
            continue;
        if (asprintf(&path, "%s%s%s", strcmp(folder, ".") ? folder : "",
                     strcmp(folder, ".") ? "/" : "", entry->d_name) < 0)
            fail("out of memory");
        list_add(&names, path);
    }
    closedir(dir);
    if (names.count)
        qsort(names.item, names.count, sizeof *names.item, by_name);
    for (size_t i = 0; i < names.count; i++)
        cases_read(tests, names.item[i]);
}
