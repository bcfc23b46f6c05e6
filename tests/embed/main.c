/* The test program: chooses the case; what the cases have in common. */
#include "embed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *help;
    void (*run)(void);
} cases[] = {
#define EMBED_ROW(name, help) {#name, help, case_##name},
    EMBED_CASES(EMBED_ROW)
#undef EMBED_ROW
};

void embed_fail(const char *what) {
    fprintf(stderr, "embed: %s\n", what);
    exit(2);
}

lua_State *embed_open(void) {
    lua_State *L = luaL_newstate();
    if (L == NULL)
        embed_fail("no Lua state");
    luaL_openlibs(L);
    return L;
}

char *embed_run(lua_State *L, const char *chunk, int argument) {
    int status = luaL_loadbuffer(L, chunk, strlen(chunk), "=program");
    if (status == LUA_OK) {
        lua_pushinteger(L, argument);
        status = lua_pcall(L, 1, 1, 0);
    }
    (void)status;
    char *result = strdup(luaL_tolstring(L, -1, NULL));
    lua_pop(L, 2);
    if (result == NULL)
        embed_fail("out of memory");
    return result;
}

void embed_print(const char *name, const char *text) {
    printf("%s: %s\n", name, text);
    fflush(stdout);
}

int main(int argc, char **argv) {
    size_t count = sizeof cases / sizeof *cases;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < count; i++)
            puts(cases[i].name);
        return 0;
    }
    for (size_t i = 0; i < count && argc == 2; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    }
    fputs("usage: embed CASE; the cases are\n", stderr);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  %-14s %s\n", cases[i].name, cases[i].help);
    return 2;
}
