/* Hooks that appear while native code is running. */
#include "embed.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* ---- alarm ------------------------------------------------------------------------------------ */

static lua_State *interrupted;

/* What lua.c does at Ctrl-C. */
static void raise_in_hook(lua_State *L, lua_Debug *ar) {
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    luaL_error(L, "interrupted!");
}

static void on_alarm(int number) {
    (void)number;
    lua_sethook(interrupted, raise_in_hook,
                LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* No pcall: it would catch the error. The position in the message is chance and not printed. */
static const char *const endless[] = {
    "while true do end",
    "local i = 0 while true do i = i + 1 end",
    "for i = 1, math.huge do end",
    "for i = 1, math.maxinteger do local x = i * 2 end",
    "local s = 0.5 for i = 1, math.maxinteger do s = s * 1.5 % 7 end",
    "for i = 0.0, math.huge do end",
    "repeat until false",
    "::again:: goto again",
    "local t = {1} while t[1] do t[1] = t[1] + 1 end",
    "local t = {x = 1} while true do t.x = t.x + 1 end",
    "local f f = function() return f() end f()",
    "local function f(a) return a end while true do f(1) end",
    "local function one() return 1 end for x in one do end",
    "local t = setmetatable({}, {__index = function(t, k) return k end}) while t.x do end",
    "local co = coroutine.wrap(function() while true do coroutine.yield(1) end end) while co() do end",
    "while true do for k, v in pairs({1, 2, 3}) do end end",
    "local s = '' while true do s = ('x'):rep(3) .. #s end",
};

/* The first alarm comes when the loop has native code, those that follow at once. */
void case_alarm(void) {
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        lua_State *L = interrupted = embed_open();
        for (int round = 0; round < 3; round++) {
            struct itimerval once = {.it_value = {.tv_usec = round == 0 ? 20000 : 500}};
            setitimer(ITIMER_REAL, &once, NULL);
            char *result = embed_run(L, endless[i], 0);
            const char *message = strstr(result, "interrupted!");
            embed_print(endless[i], message != NULL ? message : result);
            free(result);
        }
        lua_close(L);
    }
}

/* ---- hooks ------------------------------------------------------------------------------------ */

static struct Events {
    int call, tail_call, ret, line, count;
    unsigned line_sum;
} events;

static void count_event(lua_State *L, lua_Debug *ar) {
    switch (ar->event) {
    case LUA_HOOKCALL:
        events.call++;
        break;
    case LUA_HOOKTAILCALL:
        events.tail_call++;
        break;
    case LUA_HOOKRET:
        events.ret++;
        break;
    case LUA_HOOKLINE:
        events.line++;
        events.line_sum = events.line_sum * 31 + (unsigned)ar->currentline;
        break;
    case LUA_HOOKCOUNT:
        lua_getinfo(L, "Sl", ar);
        events.count++;
        events.line_sum = events.line_sum * 37 + (unsigned)ar->currentline;
        break;
    }
}

/* hook(mask, count): mask is any of "c", "r", "l"; no mask and no count: off. */
static int lua_hook(lua_State *L) {
    const char *text = luaL_optstring(L, 1, "");
    int count = (int)luaL_optinteger(L, 2, 0);
    int mask = (strchr(text, 'c') ? LUA_MASKCALL : 0) | (strchr(text, 'r') ? LUA_MASKRET : 0) |
               (strchr(text, 'l') ? LUA_MASKLINE : 0) | (count > 0 ? LUA_MASKCOUNT : 0);
    lua_sethook(L, count_event, mask, count);
    return 0;
}

static const char hooked[] =
    "local mask, count = ...\n"
    "local function leaf(x)\n"
    "  return x + 1\n"
    "end\n"
    "local function tail(x)\n"
    "  return leaf(x)\n"
    "end\n"
    "local function outer(n, on, off)\n"
    "  local s = 0\n"
    "  for i = 1, n do\n"
    "    if i == on then hook(mask, count) end\n"
    "    s = tail(s)\n"
    "    local k = 0\n"
    "    while k < 3 do\n"
    "      k = k + 1\n"
    "      s = s + k % 2\n"
    "    end\n"
    "    for _, v in ipairs({1, 2}) do s = s + v end\n"
    "    if i == off then hook() end\n"
    "  end\n"
    "  return s\n"
    "end\n"
    "local a = outer(200, 0, 0)\n"
    "local b = outer(200, 150, 170)\n"
    "local c = outer(200, 100, 0)\n"
    "local d = outer(50, 0, 0)\n"
    "hook()\n"
    "local e = outer(200, 0, 0)\n"
    "return a .. ' ' .. b .. ' ' .. c .. ' ' .. d .. ' ' .. e\n";

static const struct {
    const char *mask;
    int count;
} masks[] = {{"l", 0}, {"", 1},  {"", 2},  {"", 7},  {"", 1000}, {"c", 0},  {"r", 0},
             {"cr", 0}, {"lc", 0}, {"lr", 0}, {"crl", 0}, {"crl", 3}, {"l", 100}};

void case_hooks(void) {
    lua_State *L = embed_open();
    lua_register(L, "hook", lua_hook);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
            memset(&events, 0, sizeof events);
            if (luaL_loadbuffer(L, hooked, sizeof hooked - 1, "=hooked") != LUA_OK)
                embed_fail(lua_tostring(L, -1));
            lua_pushstring(L, masks[i].mask);
            lua_pushinteger(L, masks[i].count);
            lua_pcall(L, 2, 1, 0);
            printf("%s %d: %s; %d calls, %d tail calls, %d returns, %d lines, %d counts, %u\n",
                   masks[i].mask, masks[i].count, lua_tostring(L, -1), events.call,
                   events.tail_call, events.ret, events.line, events.count, events.line_sum);
            lua_pop(L, 1);
        }
    }
    lua_close(L);
}

/* ---- hook_errors ------------------------------------------------------------------------------ */

static void raise_once(lua_State *L, lua_Debug *ar) {
    lua_sethook(L, NULL, 0, 0);
    lua_getinfo(L, "Sl", ar);
    luaL_error(L, "hook at line %d", ar->currentline);
}

/* arm(n): an error after n instructions. */
static int lua_arm(lua_State *L) {
    lua_sethook(L, raise_once, LUA_MASKCOUNT, (int)luaL_checkinteger(L, 1));
    return 0;
}

static const char guarded[] =
    "local closed = 0\n"
    "local mt = {__close = function() closed = closed + 1 end}\n"
    "local function loop(n)\n"
    "  local x <close> = setmetatable({}, mt)\n"
    "  local s = 0\n"
    "  for i = 1, n do\n"
    "    s = s + i\n"
    "    if s > 1000 then\n"
    "      s = 0\n"
    "    end\n"
    "  end\n"
    "  return s\n"
    "end\n"
    "local out = {}\n"
    "for n = 1, 60 do\n"
    "  local ok, e = pcall(function() arm(n) return loop(500) end)\n"
    "  out[#out + 1] = tostring(e)\n"
    "  out[#out + 1] = loop(n)\n"
    "end\n"
    "return closed .. ' ' .. table.concat(out, ',')\n";

void case_hook_errors(void) {
    lua_State *L = embed_open();
    lua_register(L, "arm", lua_arm);
    for (int round = 0; round < 2; round++) {
        char *result = embed_run(L, guarded, 0);
        embed_print("hook_errors", result);
        free(result);
    }
    lua_close(L);
}

/* ---- hook_yields ------------------------------------------------------------------------------ */

static void yield_in_hook(lua_State *L, lua_Debug *ar) {
    (void)ar;
    lua_yield(L, 0);
}

/* A coroutine is stopped every few instructions or at every line; in between, another one that is
 * not, so that its native code is entered and left. */
void case_hook_yields(void) {
    lua_State *L = embed_open();
    for (size_t i = 0; i < embed_program_count; i++) {
        if (strstr(embed_programs[i], "coroutine") != NULL ||
            strstr(embed_programs[i], "pcall") != NULL)
            continue; /* C calls that a hook cannot yield across are in them */
        for (int step = 0; step < 40; step += 13) {
            lua_State *stepped = lua_newthread(L);
            if (luaL_loadstring(stepped, embed_programs[i]) != LUA_OK)
                embed_fail(lua_tostring(stepped, -1));
            lua_pushinteger(stepped, 3);
            lua_sethook(stepped, yield_in_hook, step == 0 ? LUA_MASKLINE : LUA_MASKCOUNT, step);
            int resumes = 0, results, arguments = 1, status;
            while ((status = lua_resume(stepped, L, arguments, &results)) == LUA_YIELD) {
                lua_pop(stepped, results);
                arguments = 0;
                if (++resumes % 50 == 0)
                    free(embed_run(L, embed_programs[i], 1));
            }
            printf("program %zu, step %d: status %d, %d resumes: %s\n", i, step, status, resumes,
                   luaL_tolstring(stepped, -1, NULL));
            lua_settop(L, 0);
        }
    }
    lua_close(L);
}
