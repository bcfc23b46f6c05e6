/* The Lua programs that the cases run: one per kind of hot code. They are short, because a case
 * runs them many times. */
#include "embed.h"

/* clang-format off: Lua */
const char *const embed_programs[] = {
    /* integers, floats, their conversions */
    "local n = ...\n"
    "local a, b, x = 1, 0, 0.5\n"
    "for i = 1, 400 * n do\n"
    "  a = (a * 1103515245 + 12345) & 0x7fffffff\n"
    "  b = b + (a // 7) % 13 - (i ~ a) % 5\n"
    "  x = x * 3.25 * (1 - x)\n"
    "  if x > 0.9 then x = x / 2 elseif a % 3 == 0 then x = x ^ 1.5 end\n"
    "end\n"
    "return string.format('%d %d %.17g', a, b, x)\n",
    /* calls, recursion, tail calls, varargs */
    "local n = ...\n"
    "local function fib(i) if i < 2 then return i end return fib(i - 1) + fib(i - 2) end\n"
    "local function down(i, s) if i == 0 then return s end return down(i - 1, s + i) end\n"
    "local function sum(...) local s = 0 for i = 1, select('#', ...) do s = s + (select(i, ...)) end return s end\n"
    "local s = 0\n"
    "for i = 1, 10 * n do s = s + fib(i % 13) + down(i, 0) + sum(i, i + 1, i + 2) end\n"
    "return tostring(s)\n",
    /* tables, sorting with a comparison in Lua */
    "local n = ...\n"
    "local t, seed = {}, 42\n"
    "for i = 1, 60 * n do seed = (seed * 16807) % 2147483647; t[i] = seed % 1000 end\n"
    "table.sort(t, function(a, b) return a > b end)\n"
    "local count = {}\n"
    "for _, v in ipairs(t) do count[v % 10] = (count[v % 10] or 0) + 1 end\n"
    "local s = 0\n"
    "for k, v in pairs(count) do s = s + k * v end\n"
    "return table.concat(t, ' ', 1, 10) .. ' / ' .. s\n",
    /* strings, gsub with a function */
    "local n = ...\n"
    "local parts = {}\n"
    "for i = 1, 20 * n do\n"
    "  local s = ('key%d=value%d;'):format(i, i * i):gsub('%d+', function(d) return '<' .. #d .. '>' end)\n"
    "  parts[#parts % 7 + 1] = s:upper():rep(2, '-') .. s:sub(-5, -2)\n"
    "end\n"
    "return table.concat(parts, ',')\n",
    /* objects, metamethods, closures, upvalues */
    "local n = ...\n"
    "local V = {}\n"
    "V.__index = V\n"
    "V.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, V) end\n"
    "V.__eq = function(a, b) return a.x == b.x and a.y == b.y end\n"
    "V.__lt = function(a, b) return a.x < b.x end\n"
    "V.__call = function(self, k) self.x = self.x * k % 1009 return self end\n"
    "function V:len2() return self.x * self.x + self.y * self.y end\n"
    "local function counter() local c = 0 return function(d) c = c + d return c end end\n"
    "local up, acc, lt = counter(), setmetatable({x = 1, y = 2}, V), 0\n"
    "for i = 1, 60 * n do\n"
    "  acc = acc + setmetatable({x = i % 5, y = i % 3}, V)\n"
    "  acc(3)\n"
    "  if acc < V.__add(acc, {x = 1, y = 0}) then lt = lt + 1 end\n"
    "  up(acc:len2() % 17)\n"
    "end\n"
    "return acc.x .. ' ' .. acc.y .. ' ' .. up(0) .. ' ' .. lt\n",
    /* errors thrown through frames, to-be-closed variables */
    "local n = ...\n"
    "local log, closed = {}, 0\n"
    "local guard = setmetatable({}, {__close = function(_, e) closed = closed + (e and 1 or 100) end})\n"
    "local function risky(i)\n"
    "  local g <close> = guard\n"
    "  if i % 3 == 0 then error('three ' .. i % 9) end\n"
    "  if i % 5 == 0 then local z = nil; return z.field end\n"
    "  return i\n"
    "end\n"
    "local good, bad = 0, 0\n"
    "for i = 1, 30 * n do\n"
    "  local ok, e = pcall(risky, i)\n"
    "  if ok then good = good + e else bad = bad + 1; log[bad % 4 + 1] = e end\n"
    "end\n"
    "return good .. ' ' .. bad .. ' ' .. closed .. ' ' .. table.concat(log, '|')\n",
    /* coroutines, yields across pcall, iterators and metamethods */
    "local n = ...\n"
    "local function generate(k) for i = 1, k do coroutine.yield(i) end return 'end' end\n"
    "local lazy = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end})\n"
    "local s = 0\n"
    "for round = 1, 3 * n do\n"
    "  for v in coroutine.wrap(function() pcall(generate, 10) end) do s = s + (v or 0) end\n"
    "  local co = coroutine.create(function() local x = 0 for i = 1, 10 do x = x + lazy[i] end return x end)\n"
    "  local _, v = coroutine.resume(co)\n"
    "  while coroutine.status(co) ~= 'dead' do _, v = coroutine.resume(co, v * 2) end\n"
    "  s = s + v\n"
    "end\n"
    "return tostring(s)\n",
    /* functions that are made, become hot, and die */
    "local n = ...\n"
    "local s = 0\n"
    "for i = 1, 4 * n do\n"
    "  local f = load('local s = 0 for i = 1, 70 do s = s + i * ' .. i .. ' end return s')\n"
    "  s = s + f() + f()\n"
    "  if i % 8 == 0 then f = nil; collectgarbage() end\n"
    "end\n"
    "return tostring(s)\n",
    /* garbage: allocation, both modes of the collector, weak tables */
    "local n = ...\n"
    "local s = 0\n"
    "for round = 1, 2 do\n"
    "  collectgarbage(round == 1 and 'generational' or 'incremental')\n"
    "  local keep, weak = {}, setmetatable({}, {__mode = 'v'})\n"
    "  for i = 1, 100 * n do\n"
    "    local t = {i, {i + 1}, name = 'n' .. i}\n"
    "    keep[i % 50 + 1] = t\n"
    "    weak[i % 20 + 1] = t[2]\n"
    "    s = s + #t + t[2][1]\n"
    "  end\n"
    "  collectgarbage()\n"
    "end\n"
    "return tostring(s)\n",
};
/* clang-format on */

const size_t embed_program_count = sizeof embed_programs / sizeof *embed_programs;
