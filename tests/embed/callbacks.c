/* C functions between hot Lua functions: called from native code, calling back into it. */
#include "embed.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- callbacks -------------------------------------------------------------------------------- */

/* call(f, ...): through C, results passed on. */
static int lua_through(lua_State *L) {
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* try(f, ...): like pcall, but ours, and yields may cross it. */
static int finish_try(lua_State *L, int status, lua_KContext extra) {
    (void)extra;
    lua_pushinteger(L, status);
    lua_insert(L, 1);
    return lua_gettop(L);
}

static int lua_try(lua_State *L) {
    return finish_try(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, 0, finish_try), 0);
}

/* pause(...): yields its arguments; when resumed returns what it was resumed with, and a count. */
static int finish_pause(lua_State *L, int status, lua_KContext count) {
    lua_pushinteger(L, (lua_Integer)count + status);
    return lua_gettop(L);
}

static int lua_pause(lua_State *L) {
    return lua_yieldk(L, lua_gettop(L), 41, finish_pause);
}

static int lua_raise(lua_State *L) {
    lua_settop(L, 1);
    return lua_error(L);
}

/* many(n): n results, which may need a new Lua stack. */
static int lua_many(lua_State *L) {
    int n = (int)luaL_checkinteger(L, 1);
    luaL_checkstack(L, n, "many");
    for (int i = 1; i <= n; i++)
        lua_pushinteger(L, i);
    return n;
}

static int lua_collect(lua_State *L) {
    lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

static const luaL_Reg functions[] = {{"through", lua_through}, {"try", lua_try},
                                     {"pause", lua_pause},     {"raise", lua_raise},
                                     {"many", lua_many},       {"collect", lua_collect},
                                     {NULL, NULL}};

/* clang-format off: Lua */
static const char *const scripts[] = {
    "local function fib(n) if n < 2 then return n end return through(fib, n - 1) + fib(n - 2) end\n"
    "return fib(17)",
    "local s = 0\n"
    "for i = 1, 300 do\n"
    "  local status, e = try(function(x) if x % 3 == 0 then raise({x}) end return x end, i)\n"
    "  s = s + (status == 0 and e or e[1] * 1000)\n"
    "end\n"
    "return s",
    "local function deep(n) if n == 0 then raise('deep') end return (through(deep, n - 1)) end\n"
    "local s = 0\n"
    "for i = 1, 200 do local status, e = try(deep, i % 40) s = s + status + #e end\n"
    "return s",
    "local co = coroutine.wrap(function()\n"
    "  local s = 0\n"
    "  for i = 1, 150 do\n"
    "    local status, a, b = try(function()\n"
    "      local x, count = pause(i)\n"
    "      if i % 4 == 0 then raise('four') end\n"
    "      return x, count\n"
    "    end)\n"
    "    s = s + status + (b or #a)\n"
    "  end\n"
    "  return 'sum ' .. s\n"
    "end)\n"
    "local last\n"
    "repeat last = co(7) until type(last) == 'string'\n"
    "return last",
    "local function count(...) return select('#', ...) end\n"
    "local s = 0\n"
    "for i = 1, 120 do s = s + count(many(i * 50)) + #{many(i)} end\n"
    "return s",
    "local s = 0\n"
    "for i = 1, 80 do\n"
    "  local f = load('local t = {} for k = 1, 60 do t[k] = k end collect() return #t + ' .. i)\n"
    "  s = s + through(f)\n"
    "  f = nil\n"
    "  collect()\n"
    "end\n"
    "return s",
    /* the function that is running loses its last reference, and then raises an error */
    "local s = 0\n"
    "for i = 1, 80 do\n"
    "  local slot = {load('local slot = ... slot[1] = nil local s = 0 for i = 1, 60 do s = s + i end '\n"
    "                     .. 'collect() for i = 1, 60 do s = s + i end raise(s)')}\n"
    "  local status, e = try(slot[1], slot)\n"
    "  s = s + e\n"
    "end\n"
    "return s",
    "local t = setmetatable({}, {__index = through, __call = function(self, f, ...) return through(f, ...) end})\n"
    "local s = 0\n"
    "for i = 1, 200 do s = s + t(math.max, i, 3, s % 10) end\n"
    "return s",
    "local t = {}\n"
    "for i = 1, 300 do t[i] = (i * 7919) % 1000 end\n"
    "local n = 0\n"
    "local status, e = try(table.sort, t, function(a, b) n = n + 1 if n == 500 then raise('stop') end return through(rawequal, a, b) == false and a < b end)\n"
    "return status .. ' ' .. tostring(e) .. ' ' .. n",
};
/* clang-format on */

void case_callbacks(void) {
    lua_State *L = embed_open();
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
            char *result = embed_run(L, scripts[i], 0);
            printf("script %zu: %s\n", i, result);
            free(result);
        }
    }
    lua_close(L);
}

/* ---- api -------------------------------------------------------------------------------------- */

/* peek(level, name, value): replaces a local variable of a running function; returns the old value
 * and the line that is being executed. */
static int lua_peek(lua_State *L) {
    lua_Debug ar;
    if (!lua_getstack(L, (int)luaL_checkinteger(L, 1), &ar))
        return luaL_error(L, "no such level");
    lua_getinfo(L, "Slnu", &ar);
    const char *wanted = luaL_checkstring(L, 2), *name;
    for (int i = 1; (name = lua_getlocal(L, &ar, i)) != NULL; i++) {
        if (wanted[0] == name[0] && wanted[1] == name[1]) {
            lua_pushvalue(L, 3);
            lua_setlocal(L, &ar, i);
            lua_pushinteger(L, ar.currentline);
            lua_pushstring(L, ar.name != NULL ? ar.name : "?");
            return 3;
        }
        lua_pop(L, 1);
    }
    return luaL_error(L, "no local %s", wanted);
}

/* turn(f): doubles the first upvalue of a function. */
static int lua_turn(lua_State *L) {
    const char *name = lua_getupvalue(L, 1, 1);
    if (name == NULL)
        return luaL_error(L, "no upvalue");
    lua_pushinteger(L, lua_tointeger(L, -1) * 2 % 65521);
    lua_setupvalue(L, 1, 1);
    return 0;
}

static const char reached[] =
    "local function victim(n)\n"
    "  local a, lines = 1, 0\n"
    "  for i = 1, n do\n"
    "    a = a + i\n"
    "    if i % 25 == 0 then\n"
    "      local old, line, name = peek(1, 'a', i % 50 == 0 and 1.5 or 7)\n"
    "      lines = lines + line + #name + old\n"
    "    end\n"
    "  end\n"
    "  return a .. ' ' .. lines\n"
    "end\n"
    "local up = 1\n"
    "local function upper() up = up + 1 return up end\n"
    "local s, out = 0, {}\n"
    "for i = 1, 300 do\n"
    "  s = s + upper()\n"
    "  if i % 10 == 0 then turn(upper) end\n"
    "end\n"
    "for i = 1, 5 do out[i] = victim(i * 60) end\n"
    "local other = 5\n"
    "local function swap() return other end\n"
    "debug.upvaluejoin(upper, 1, swap, 1)\n"
    "for i = 1, 100 do s = s + upper() end\n"
    "return s .. ' ' .. other .. ' ' .. up .. ' ' .. table.concat(out, ', ')\n";

void case_api(void) {
    lua_State *L = embed_open();
    lua_register(L, "peek", lua_peek);
    lua_register(L, "turn", lua_turn);
    for (int round = 0; round < 3; round++) {
        char *result = embed_run(L, reached, 0);
        embed_print("api", result);
        free(result);
    }
    lua_close(L);
}
