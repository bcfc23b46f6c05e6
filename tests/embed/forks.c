/* fork without exec while Lua code is on the stack. Parent and child go on with the same native
 * code, and compile more. */
#include "embed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* fork(): 0 in the child; in the parent, when the child has ended, its exit status + 1. So what
 * both print comes in a fixed order. */
static int lua_fork(lua_State *L) {
    fflush(stdout);
    pid_t child = fork();
    if (child < 0)
        return luaL_error(L, "cannot fork");
    int status = 0;
    if (child > 0 && waitpid(child, &status, 0) != child)
        return luaL_error(L, "lost the child");
    lua_pushinteger(L, child == 0          ? 0
                       : WIFEXITED(status) ? WEXITSTATUS(status) + 1
                                           : -WTERMSIG(status));
    return 1;
}

/* A child must not run the handlers that the parent has registered with atexit. */
static int lua_leave(lua_State *L) {
    fflush(stdout);
    _exit((int)luaL_checkinteger(L, 1));
}

static const char brancher[] =
    "local programs, depth = ..., 0\n"
    "local function hot(n) local s = 0 for i = 1, n do s = s + i % 7 end return s end\n"
    "for i = 1, 300 do\n"
    "  local s = hot(i)\n"
    "  if i % 100 == 0 then\n"
    "    local who = fork()\n"
    "    if who == 0 then\n"
    "      depth = depth + 1\n"
    "      for k = 1, 3 do\n"
    "        local f = load('local s = ' .. k .. ' for i = 1, 500 do s = s + i % 3 end return s')\n"
    "        print(depth, i, 'child', s, f(), hot(1000), programs())\n"
    "      end\n"
    "      collectgarbage()\n"
    "      if i == 300 then leave(depth) end\n"
    "    else\n"
    "      print(depth, i, 'parent', who, hot(2000))\n"
    "      if depth > 0 and i == 300 then leave(10 + depth) end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "print(depth, 'end', programs())\n"
    "if depth > 0 then leave(20 + depth) end\n"
    "return 'done'\n";

/* Runs the next of the C side's programs, here and in a new state, and returns both results. */
static int lua_programs(lua_State *L) {
    lua_Integer next = lua_tointeger(L, lua_upvalueindex(1));
    lua_pushinteger(L, next + 1);
    lua_replace(L, lua_upvalueindex(1));
    lua_State *other = embed_open();
    for (int i = 0; i < 2; i++) {
        const char *program = embed_programs[(size_t)next % embed_program_count];
        char *result = embed_run(i == 0 ? L : other, program, 5);
        lua_pushstring(L, result);
        free(result);
    }
    lua_close(other);
    return 2;
}

static void branch(void) {
    lua_State *L = embed_open();
    lua_register(L, "fork", lua_fork);
    lua_register(L, "leave", lua_leave);
    if (luaL_loadstring(L, brancher) != LUA_OK)
        embed_fail(lua_tostring(L, -1));
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, lua_programs, 1);
    lua_pcall(L, 1, 1, 0);
    embed_print("main", luaL_tolstring(L, -1, NULL));
    lua_close(L);
}

void case_fork(void) {
    branch();
}

static atomic_bool stop;

static void *run_until_stopped(void *argument) {
    (void)argument;
    for (size_t i = 0; !stop; i++) {
        lua_State *L = embed_open();
        free(embed_run(L, embed_programs[i % embed_program_count], 2));
        lua_close(L);
    }
    return NULL;
}

void case_fork_threads(void) {
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, run_until_stopped, NULL) != 0)
            embed_fail("no thread");
    }
    for (int i = 0; i < 10; i++)
        branch();
    stop = true;
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
