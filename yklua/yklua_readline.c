/* The editing line of the interactive mode: GNU readline as in Debian's lua5.4, but loaded when the
 * prompt first appears. Linked, it would cost every start of a script 0.3 ms. Without the library
 * lines are read plainly. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define lua_c
#include "yklua_glue.h"

static char *(*library_readline)(const char *prompt);
static void (*library_add_history)(const char *line);

void yklua_readline_open(void) {
    static const char *const names[] = {"libreadline.so.8", "libreadline.so"};
    void *library = NULL;
    for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return;
    const char **name = dlsym(library, "rl_readline_name");
    void *readline = dlsym(library, "readline");
    void *add_history = dlsym(library, "add_history");
    if (name == NULL || readline == NULL || add_history == NULL)
        return;
    *name = "lua"; /* the section of ~/.inputrc */
    memcpy(&library_readline, &readline, sizeof readline);
    memcpy(&library_add_history, &add_history, sizeof add_history);
}

/* Returns a line to free(), or NULL at the end of the input. */
char *yklua_readline(const char *prompt) {
    if (library_readline != NULL)
        return library_readline(prompt);
    fputs(prompt, stdout);
    fflush(stdout);
    char *line = NULL;
    size_t size = 0;
    if (getline(&line, &size, stdin) < 0) {
        free(line);
        return NULL;
    }
    return line;
}

void yklua_readline_save(const char *line) {
    if (library_add_history != NULL)
        library_add_history(line);
}
