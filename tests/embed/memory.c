/* Memory that runs out: Lua's, at each request in turn, and the JIT's. */
#include "embed.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

typedef struct Purse {
    long left;    /* requests that still succeed */
    int refusals; /* then so many fail; -1: all */
    int refused;  /* requests that have failed */
    size_t used;  /* bytes that Lua holds */
} Purse;

static void *purse_allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    Purse *purse = ud;
    size_t old = block == NULL ? 0 : old_size;
    if (new_size == 0) {
        purse->used -= old;
        free(block);
        return NULL;
    }
    if (new_size > old) {
        if (purse->left > 0) {
            purse->left--;
        } else if (purse->refusals != 0) {
            if (purse->refusals > 0)
                purse->refusals--;
            purse->refused++;
            return NULL;
        }
    }
    void *moved = realloc(block, new_size);
    if (moved == NULL)
        embed_fail("out of memory");
    purse->used += new_size - old;
    return moved;
}

/* Loops first, so that most requests come out of native code. */
static const char spender[] =
    "local out = {}\n"
    "for i = 1, 70 do\n"
    "  local t = {i, tostring(i), {}}\n"
    "  t[#t + 1] = function() return t, i end\n"
    "  t.name = 'name' .. i % 7\n"
    "  out[i % 9 + 1] = t.name .. #t\n"
    "end\n"
    "local ok, e = pcall(function()\n"
    "  local co = coroutine.wrap(function(...) for i = 1, 5 do coroutine.yield({...}) end end)\n"
    "  for i = 1, 4 do co(i, i) end\n"
    "  local f = load('local s = 0 for i = 1, 65 do s = s .. i end return #s')\n"
    "  return f()\n"
    "end)\n"
    "if not ok then error(e, 0) end\n"
    "local x <close> = setmetatable({}, {__close = function() out[#out + 1] = 'c' end})\n"
    "return table.concat(out, ' ') .. ' ' .. tostring(e)\n";

static int open_libraries(lua_State *L) {
    luaL_openlibs(L);
    return 0;
}

/* Runs the program with an allocator that fails; returns the outcome as a text to free(). */
static char *spend(Purse *purse) {
    lua_State *L = lua_newstate(purse_allocate, purse);
    if (L == NULL)
        return strdup("no state");
    lua_pushcfunction(L, open_libraries);
    int status = lua_pcall(L, 0, 0, 0);
    if (status == LUA_OK)
        status = luaL_loadbuffer(L, spender, sizeof spender - 1, "=spender");
    if (status == LUA_OK)
        status = lua_pcall(L, 0, 1, 0);
    const char *outcome = lua_tostring(L, -1);
    char text[400];
    snprintf(text, sizeof text, "status %d: %s", status, outcome != NULL ? outcome : "?");
    /* what is there still works */
    purse->refusals = 0;
    purse->left = 1000000000;
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT);
    lua_close(L);
    return strdup(text);
}

/* How many requests there are may differ by a few, as the collector's timing depends on the sizes
 * of structures: so each outcome is printed once, not for each n. */
static void run_out(int refusals) {
    char *seen[16];
    size_t count = 0;
    for (long n = 0;; n++) {
        Purse purse = {.left = n, .refusals = refusals};
        char *outcome = spend(&purse);
        if (outcome == NULL)
            embed_fail("out of memory");
        if (purse.used != 0)
            printf("request %ld: %s, and memory is lost\n", n, outcome);
        bool finished = purse.refused == 0;
        size_t i = 0;
        while (i < count && strcmp(seen[i], outcome) != 0)
            i++;
        if (i < count || count == sizeof seen / sizeof *seen) {
            free(outcome);
        } else {
            embed_print("outcome", outcome);
            seen[count++] = outcome;
        }
        if (finished)
            break;
    }
    while (count > 0)
        free(seen[--count]);
}

void case_memory_once(void) {
    run_out(1); /* Lua collects garbage and asks again */
    run_out(2);
    run_out(3);
}

void case_memory_from(void) {
    run_out(-1);
}

/* From here on no page can become executable. Kernels before 6.3 do not know the request and ignore
 * it; then the case is one more run of the programs. */
void case_no_code(void) {
    prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0L, 0L, 0L);
    lua_State *L = embed_open();
    for (size_t i = 0; i < embed_program_count; i++) {
        char *result = embed_run(L, embed_programs[i], 20);
        embed_print("no_code", result);
        free(result);
    }
    lua_close(L);
}

/* runtime/memory.h; stock Lua has none. */
extern void memory_fail_after(unsigned long n) __attribute__((weak));

void case_jit_memory(void) {
    for (unsigned long n = 1; n < 60; n++) {
        if (memory_fail_after != NULL)
            memory_fail_after(n);
        lua_State *L = embed_open();
        for (size_t i = 0; i < embed_program_count; i++) {
            char *result = embed_run(L, embed_programs[i], 2);
            printf("%lu, %zu: %s\n", n, i, result);
            free(result);
        }
        lua_close(L);
    }
    if (memory_fail_after != NULL)
        memory_fail_after(0);
}
