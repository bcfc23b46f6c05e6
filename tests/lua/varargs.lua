-- Varargs: counts from none to thousands, nils, select, table.pack, passing on, adjustment,
-- multiple assignment, in coroutines and main chunks, in recursion; VARARG, VARARGPREP.
-- args: one "two words" 3 -x
local hot = require "support.hot"

print("main", select("#", ...), ...)
print("arg", #arg, arg[0], arg[1], arg[2], arg[3], arg[4])

local function count(...) return select("#", ...) end
local function first(...) local a, b, c = ...; return a, b, c end
local function paren(...) return (...) end
local function pass(...) return ... end
local function rest(_, ...) return ... end
local function middle(a, ...) local b, c = ...; return c, b, a, select("#", ...) end
local function sum(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...) or 0) end return s end
local function packed(...) local t = { n = select("#", ...), ... } return t.n, #{ ... } end
local function twice(...) return select("#", ..., ...), ... end
local function tail(...) return count(...) end

local lists = { hot.pack(), hot.pack(1), hot.pack(nil), hot.pack(1, 2), hot.pack(1.5, "s", true), hot.pack(1, 2, 3, 4, 5, 6, 7), hot.pack(9, 9) }
for _, f in ipairs { count, first, paren, pass, rest, middle, packed, twice, tail } do hot.surprise("list", f, lists) end
hot.surprise("sum", sum, { { 1, 2, 3 }, {}, { 1.5, 2 }, { "4", 5 }, { n = 3, 1, nil, 2 }, { {} }, { 1, 2, 3 } })

-- sizes
for _, n in ipairs { 0, 1, 10, 100, 200, 250, 255, 256, 1000, 5000 } do
  local t = {}
  for i = 1, n do t[i] = i end
  local a
  for _ = 1, 70 do a = hot.texts(count(hot.unpack(t)), select("#", pass(hot.unpack(t))), (select(-1, 0, pass(hot.unpack(t))))) end
  print(n, a, n <= 1000 and sum(hot.unpack(t)))
end
hot.show("too many", function() return hot.unpack({}, 1, 1e7) end)

-- select with every kind of index
for _, i in ipairs { 1, 2, 5, 6, -1, -5, 2.0, "2", "#" } do hot.show("select " .. hot.text(i), select, i, "a", "b", "c", "d", "e") end
for _, i in ipairs { 0, -6, 1.5, "x", {} } do hot.show("select " .. hot.text(i), select, i, "a", "b", "c", "d", "e") end

-- recursion over varargs
local function reverse(n, v, ...)
  if n == 0 then return end
  if n == 1 then return v end
  local function append(x, ...) return ..., x end
  return append(v, reverse(n - 1, ...))
end
hot.show("reverse", reverse, 5, "a", "b", "c", "d", "e")
local function map(f, v, ...) if select("#", ...) == 0 then return f(v) end return f(v), map(f, ...) end
hot.show("map", map, function(x) return x * 2 end, 1, 2.5, "3", 4)

-- adjustment of results in every position
local function three() return 1, 2, 3 end
local function nothing() end
hot.show("adjust", function()
  local a, b, c, d = three()
  local e, f = (three())
  local g, h, i = three(), 10
  local j, k = nothing(), three()
  local l = { three(), three() }
  return a, b, c, d, e, f, g, h, i, j, k, #l, three(), (three())
end)
hot.show("swap", function(...) local a, b = ...; a, b = b, a; local t = { a, b }; t[1], t[2] = t[2], t[1]; return a, b, t[1], t[2] end, "x", "y")

-- closures and coroutines cannot see the varargs of their creator; pass explicitly
local function gen(...)
  local args = hot.pack(...)
  return coroutine.wrap(function(...)
    local extra = select("#", ...)
    for i = 1, args.n do extra = extra + select("#", coroutine.yield(args[i], extra, ...)) end
    return "end", extra
  end)
end
for _ = 1, 100 do
  local g = gen(1, nil, "z")
  local out = { hot.texts(g("p", "q")), hot.texts(g()), hot.texts(g(1, 2, 3, 4)), hot.texts(g(nil)) }
  if _ % 50 == 0 then print(table.concat(out, " | ")) end
end

-- vararg functions with parameters called with fewer arguments than parameters, then hot with more
local function params(a, b, c, ...) return select("#", ...), a, b, c, ... end
for i = 0, 160 do
  local t = {}
  for j = 1, i % 8 do t[j] = j end
  local text = hot.texts(params(hot.unpack(t)))
  if i > 152 then print(text) end
end
print(pcall(load, "return function() return ... end"), load("return function() return ... end"))
