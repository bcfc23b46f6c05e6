/* The parts of yklua that are not Lua: options, the choice of the allocator, the JIT of each Lua
 * state. yklua_glue.h describes the functions. Compiled with Lua's internal headers.
 *
 * The configuration is complete before the first Lua state exists and never changes after: states
 * may then be created on any thread. */
#define LUA_CORE
#include "lprefix.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua.h"

#include "ldebug.h"
#include "lobject.h"
#include "lstate.h"

#include "runtime/hardware.h"
#include "runtime/mt.h"
#if YKLUA_MIMALLOC
#include <mimalloc.h>
#endif

static YkConfig config;

/* ---- options ------------------------------------------------------------------------------- */

/* -jNAME and the setting it stands for; NULL: none. */
static const struct {
    const char *name, *setting;
} switches[] = {
    {"on", "jit=on"},
    {"off", "jit=off"},
    {"v", "log=events"},
    {"dump", "trace_dump=-"},
};

static int find_switch(const char *name) {
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (strcmp(switches[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

/* lua.c calls it for options that begin with -j or -O. As with -e, the argument of -O may stand
 * apart but must not look like an option. */
int yklua_option(char **argv, int *index) {
    const char *option = argv[*index];
    if (option[1] == 'j')
        return find_switch(option + 2) >= 0;
    if (option[2] != '\0')
        return 1;
    if (argv[*index + 1] == NULL || argv[*index + 1][0] == '-')
        return 0;
    ++*index;
    return 1;
}

static int fail(char *error) {
    fprintf(stderr, "%s\n", error != NULL ? error : "not enough memory");
    free(error);
    return 0;
}

/* Walks over the options as collectargs in lua.c does, up to the script or the first that is wrong:
 * lua.c itself complains about that one. Returns 0 after a message if a setting is wrong. */
int yklua_options(int argc, char **argv) {
    char *error = NULL;
    if (!yk_config_load(&config, &error))
        return fail(error);
    for (int i = 1; i < argc && argv[i][0] == '-'; i++) {
        const char *setting = NULL;
        switch (argv[i][1]) {
        case '-':
        case '\0':
            i = argc;
            break;
        case 'e':
        case 'l':
            i += argv[i][2] == '\0';
            break;
        case 'j':
            if (!yklua_option(argv, &i))
                i = argc;
            else if ((setting = switches[find_switch(argv[i] + 2)].setting) != NULL)
                yk_config_set(&config, setting, argv[i], NULL);
            break;
        case 'O':
            setting = argv[i] + 2;
            if (!yklua_option(argv, &i)) {
                i = argc;
                break;
            }
            if (*setting == '\0')
                setting = argv[i];
            if (strcmp(setting, "help") == 0) {
                yk_config_help(stdout);
                exit(EXIT_SUCCESS);
            }
            if (!yk_config_set(&config, setting, "-O", &error))
                return fail(error);
            break;
        default:
            break;
        }
    }
    if (!hardware_check(&config, &error))
        return fail(error);
    yk_config_use(&config);
    return 1;
}

/* ---- allocator ----------------------------------------------------------------------------- */

#if YKLUA_MIMALLOC

/* From this size on a block comes from libc, which grows it by moving its pages: mimalloc would
 * copy them, and a large table that is being filled doubles many times. */
#define LARGE_BLOCK ((size_t)128 << 10)

/* Lua tells the exact size of a block. C modules that call this function may get it wrong, since
 * the stock one ignores it; zero, the usual mistake, is recognised. */
static int is_large(const void *block, size_t size) {
    return size >= LARGE_BLOCK || (size == 0 && !mi_is_in_heap_region(block));
}

/* Moves a block between the two allocators. */
static void *move_block(void *block, size_t old_size, size_t new_size, int from_large) {
    void *moved = from_large ? mi_malloc(new_size) : malloc(new_size);
    if (moved == NULL)
        return NULL;
    if (old_size == 0)
        old_size = from_large ? malloc_usable_size(block) : mi_usable_size(block);
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    if (from_large)
        free(block);
    else
        mi_free(block);
    return moved;
}

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    (void)ud;
    if (block == NULL) {
        if (new_size == 0)
            return NULL;
        return new_size >= LARGE_BLOCK ? malloc(new_size) : mi_malloc(new_size);
    }
    int large = is_large(block, old_size);
    if (new_size == 0) {
        if (large)
            free(block);
        else
            mi_free(block);
        return NULL;
    }
    if (large != (new_size >= LARGE_BLOCK))
        return move_block(block, old_size, new_size, large);
    return large ? realloc(block, new_size) : mi_realloc(block, new_size);
}
#endif

/* Without mimalloc (sanitizers watch libc's allocator only) the key has no effect. */
YkluaAlloc yklua_allocator(YkluaAlloc stock) {
#if YKLUA_MIMALLOC
    if (config.allocator == YK_ALLOCATOR_MIMALLOC)
        return allocate;
#endif
    return stock;
}

/* ---- Lua states ---------------------------------------------------------------------------- */

/* "file.lua:12" for an instruction of the function that the location belongs to. */
static void name_location(const YkLocation *location, const void *pc, char *buffer, size_t size) {
    const Proto *proto = (const Proto *)((const char *)location - offsetof(Proto, yk));
    char chunk[LUA_IDSIZE] = "?";
    if (proto->source != NULL)
        luaO_chunkid(chunk, getstr(proto->source), tsslen(proto->source));
    const Instruction *instruction = pc;
    int line = proto->linedefined;
    if (instruction >= proto->code && instruction < proto->code + proto->sizecode)
        line = luaG_getfuncline(proto, (int)(instruction - proto->code));
    if (line >= 0)
        snprintf(buffer, size, "%s:%d", chunk, line);
    else /* debug information was stripped */
        snprintf(buffer, size, "%s:?", chunk);
}

/* A program runs without a JIT, too: the message that there is none comes once per process. */
void yklua_open(lua_State *L) {
    static atomic_flag reported = ATOMIC_FLAG_INIT;
    char *error = NULL;
    G(L)->yk = yk_mt_new(&error);
    if (error != NULL && !atomic_flag_test_and_set(&reported))
        fprintf(stderr, "yklua: the JIT is off: %s\n", error);
    free(error);
    yk_mt_set_namer(G(L)->yk, name_location);
    G(L)->GCdebt -= (ptrdiff_t)sizeof G(L)->yk; /* not counted, as in ykl_proto_new */
}

void yklua_close(lua_State *L) {
    G(L)->GCdebt += (ptrdiff_t)sizeof G(L)->yk;
    yk_mt_shutdown(G(L)->yk);
    G(L)->yk = NULL;
}
