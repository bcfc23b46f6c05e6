/*
 * Test cases of the differential runner: the programs and command lines of a corpus.
 *
 * A program begins with a comment; its lines `-- key: value` are directives, the others prose. A
 * case of a .cli file begins with `== name`, then `key: value` lines, and needs no program. Keys:
 *   options: words before the script       args: words after it (in a .cli case: all words)
 *   stdin: a line of input, may repeat; \n \t \\ \0 \e known; a closing \c leaves out the newline
 *   env: NAME=value, may repeat            exit: expected status of the reference (0)
 *   stderr: any     allow output there although the status is 0
 *   stderr: more    the binary under test may print further lines (a usage text lists its options)
 *   stdout: any     do not compare stdout (but do run); `empty` allows that there is none
 *   stack: KIB      stack limit of the process
 * Words are split as a shell does, with '...', "..." and backslash, without expansions.
 *
 * Every test starts with argv[0] "lua". Tests live as long as the process; an unreadable file or an
 * unknown directive ends it with status 2.
 */
#ifndef DIFFERENTIAL_CASES_H
#define DIFFERENTIAL_CASES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char **item; /* closed by NULL, which does not count */
    size_t count;
} List;

typedef struct {
    char *name;  /* "closures.lua" or "cli/options.cli: -e twice" */
    List argv;   /* complete, argv[0] included */
    List env;    /* NAME=value */
    char *input; /* bytes for stdin */
    size_t input_size;
    int exit_code; /* what the reference must return */
    bool stderr_any, stderr_more, stdout_any, stdout_empty;
    long stack_kib; /* 0: leave the limit alone */
} Test;

typedef struct {
    Test *item;
    size_t count;
} Tests;

void list_add(List *list, char *item); /* keeps `item` itself */

void cases_read(Tests *tests, const char *path); /* one .lua or .cli file */

/* Every file of the folder with that suffix, in the order of names; no folder: no tests. */
void cases_read_folder(Tests *tests, const char *folder, const char *suffix);

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *check(void *allocated); /* ends the process where the argument is NULL */

#endif
