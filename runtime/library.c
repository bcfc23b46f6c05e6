/* Loading shared objects; see library.h. */
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void *open_beside_program(const char *below, const char *name) {
    char program[4096], path[sizeof program + 256];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return NULL;
    slash[1] = '\0';
    int needed = snprintf(path, sizeof path, "%s%s%s", program, below, name);
    return needed < (int)sizeof path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

void *library_open(const char *path, const char *name) {
    if (*path != '\0')
        return dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *object = open_beside_program("", name);
    if (object == NULL)
        object = open_beside_program("../" YK_LIBDIR "/", name);
    return object != NULL ? object : dlopen(name, RTLD_NOW | RTLD_LOCAL);
}
