/* Nested C calls, up to Lua's limit of about 200, on a thread with a small stack. Native code needs
 * more of it for each level than the interpreter, and must not need so much that what stock Lua
 * survives ends in a crash. */
#include "embed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* gsub keeps a buffer of a kilobyte in each level, the compiler much of its state: stock Lua needs
 * 420 and 230 KiB for them. */
static const struct {
    const char *name;
    int stack_kib;
    const char *chunk;
} nestings[] = {
    {"pcall", 256,
     "local d = 0\n"
     "local function f()\n"
     "  d = d + 1\n"
     "  for i = 1, 3 do d = d + 0 end\n"
     "  local ok, e = pcall(f)\n"
     "  if not ok then error(e, 0) end\n"
     "end\n"
     "local ok, e = pcall(f)\n"
     "return d .. ' ' .. tostring(e)"},
    {"__index", 256,
     "local d = 0\n"
     "local t = setmetatable({}, {__index = function(t, k) d = d + 1 return t[k] end})\n"
     "local ok, e = pcall(function() return t.x end)\n"
     "return d .. ' ' .. e"},
    {"__newindex", 256,
     "local d = 0\n"
     "local t = setmetatable({}, {__newindex = function(t, k, v) d = d + 1 t[k] = v end})\n"
     "local ok, e = pcall(function() t.x = 1 end)\n"
     "return d .. ' ' .. e"},
    {"__add", 256,
     "local d = 0\n"
     "local t = setmetatable({}, {__add = function(a, b) d = d + 1 return a + b end})\n"
     "local ok, e = pcall(function() return t + 1 end)\n"
     "return d .. ' ' .. e"},
    {"__eq, __lt, __concat, __len", 256,
     "local d, t = 0, nil\n"
     "local mt = {__len = function(a) d = d + 1 return a == setmetatable({}, getmetatable(a)) end,\n"
     "            __eq = function(a, b) d = d + 1 return a < b end,\n"
     "            __lt = function(a, b) d = d + 1 return a .. b end,\n"
     "            __concat = function(a, b) d = d + 1 return #a end}\n"
     "t = setmetatable({}, mt)\n"
     "local ok, e = pcall(function() return #t end)\n"
     "return d .. ' ' .. e"},
    {"table.sort", 256,
     "local d = 0\n"
     "local function f()\n"
     "  d = d + 1\n"
     "  table.sort({1, 2, 3}, function(a, b) f() return a < b end)\n"
     "end\n"
     "local ok, e = pcall(f)\n"
     "return d .. ' ' .. e"},
    {"coroutine.wrap", 256,
     "local d = 0\n"
     "local function f() d = d + 1 return coroutine.wrap(f)() end\n"
     "local ok, e = pcall(f)\n"
     "return d .. ' ' .. e:match('[^:]*$')"},
    {"generic for", 256,
     "local d = 0\n"
     "local function each(s, c)\n"
     "  d = d + 1\n"
     "  for x in each, s, d do return x end\n"
     "end\n"
     "local deep = function() local ok, e = pcall(each) error(e, 0) end\n"
     "local ok, e = pcall(deep)\n"
     "return tostring(d > 1000) .. ' ' .. e"},
    {"__close", 256,
     "local d = 0\n"
     "local function f()\n"
     "  d = d + 1\n"
     "  local x <close> = setmetatable({}, {__close = f})\n"
     "end\n"
     "local ok, e = pcall(f)\n"
     "return d .. ' ' .. tostring(e)"},
    {"xpcall", 256,
     "local d = 0\n"
     "local function f() d = d + 1 error('x') end\n"
     "local ok, e = xpcall(f, function(m) d = d + 1 return f() end)\n"
     "return d .. ' ' .. tostring(e)"},
    {"load", 512,
     "local d = 0\n"
     "local function f()\n"
     "  d = d + 1\n"
     "  local done\n"
     "  return load(function() if not done then done = true f() return 'return 1' end end)\n"
     "end\n"
     "local ok, e = pcall(f)\n"
     "return d .. ' ' .. type(e)"},
    {"string.gsub", 768,
     "local d = 0\n"
     "local function f() d = d + 1 return (string.gsub('a', 'a', f)) end\n"
     "local ok, e = pcall(f)\n"
     "return d .. ' ' .. e"},
};

/* Twice in one state: the second time everything has native code from the start. */
static void *nest(void *argument) {
    size_t i = *(const size_t *)argument;
    lua_State *L = embed_open();
    for (int round = 0; round < 2; round++) {
        char *result = embed_run(L, nestings[i].chunk, 0);
        embed_print(nestings[i].name, result);
        free(result);
    }
    lua_close(L);
    return NULL;
}

void case_nesting(void) {
    for (size_t i = 0; i < sizeof nestings / sizeof *nestings; i++) {
        pthread_attr_t attributes;
        pthread_t thread;
        if (pthread_attr_init(&attributes) != 0 ||
            pthread_attr_setstacksize(&attributes, (size_t)nestings[i].stack_kib * 1024) != 0 ||
            pthread_create(&thread, &attributes, nest, &i) != 0)
            embed_fail("no thread with a small stack");
        pthread_join(thread, NULL);
        pthread_attr_destroy(&attributes);
    }
}
