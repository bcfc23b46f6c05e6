-- Calls: fixed, open and vararg arguments and results in every count, tail calls, __call chains,
-- calls of everything that is not callable, C functions, calls in expressions, recursion.
local hot = require "support.hot"

-- functions with p parameters returning r results, called with a arguments, wanting w results
for p = 0, 4 do
  for r = 0, 4 do
    local params, results = {}, {}
    for i = 1, p do params[i] = "p" .. i end
    for i = 1, r do results[i] = (i <= p and "p" .. i or tostring(i * 11)) end
    for _, style in ipairs { "return ", "return (function(...) return ... end)(" } do
      local close = style == "return " and "" or ")"
      local f = hot.compile("return function(" .. table.concat(params, ", ") .. ") " .. style .. table.concat(results, ", ") .. close .. " end")
      local caller = hot.compile([[
        return function(f, out)
          local a = f()
          local b, c = f(1)
          local d, e, g = f(1, "two")
          local h, i, j, k, l = f(1, "two", 3.5, nil, 5)
          f(9)
          out(a, b, c, d, e, g, h, i, j, k, l)
          out(f(1, 2, 3, 4, 5, 6))
          out(f(f(1, 2)))
          out((f(1, 2)))
          return f(7, 8)
        end]])
      local sum = hot.sum()
      local last
      for _ = 1, 70 do last = hot.texts(caller(f, sum)) end
      print(p, r, last, sum())
    end
  end
end

-- tail calls: deep, mutual, to C, to callable tables, with changing argument counts
local function loop(n, ...) if n == 0 then return select("#", ...), ... end return loop(n - 1, ...) end
hot.show("tail", loop, 500, 1, 2, 3)
local function grow(n, ...) if n == 0 then return select("#", ...) end return grow(n - 1, n, ...) end
hot.show("tail grow", grow, 100)
local ping, pong
function ping(n, acc) if n <= 0 then return acc end return pong(n - 1, acc + 1) end
function pong(n, acc) if n <= 0 then return acc end return ping(n - 1, acc * 1.0) end
hot.show("ping", ping, 1000, 0)
hot.show("tail to C", function(...) return select("#", ...) end, 1, nil, nil)
hot.show("tail to pcall", function(f) return pcall(f, 1) end, function(x) return x + 1 end)
hot.show("tail to error", function(m) return error(m, 0) end, "gone")
local depth = 0
local function deep(n) if n == 0 then return depth end depth = depth + 1; return deep(n - 1) end
print(deep(200000))

-- __call: one level, several, with arguments shifted, in tail position, in methods
local callable = setmetatable({ tag = "callable" }, { __call = function(self, ...) return hot.text(self), select("#", ...), ... end })
local nested = setmetatable({ tag = "nested" }, { __call = callable })
local deeper = setmetatable({ tag = "deeper" }, { __call = nested })
local viac = setmetatable({ tag = "viac" }, { __call = rawlen })
local recursive = setmetatable({}, {}) getmetatable(recursive).__call = function(self, n) if n == 0 then return "done" end return self(n - 1) end
local function call(f, ...) local a, b, c = f(...); return a, b, c end
local function tailcall(f, ...) return f(...) end
local function callin(f, ...) return f(...) == nil, #{ f(...) }, (f(...)) end
for _, f in ipairs { call, tailcall, callin } do
  hot.surprise("callee", f, { { type, 1 }, { callable, 1, 2 }, { nested, 1 }, { deeper }, { viac }, { recursive, 20 }, { print == 1, 1 },
    { nil, n = 1 }, { 5 }, { "s" }, { {} }, { setmetatable({}, { __call = 1 }) }, { math.max, 1, 2.5 }, { coroutine.wrap(function(...) return ... end), "co" }, { type, nil, n = 2 } })
end

-- the called function changes while the site is hot: Lua, other Lua, C, vararg, callable, error
local kinds = {
  function(x) return x + 1 end, function(x) return x * 2.0 end, math.abs, function(...) return select("#", ...) end, callable, 7, tostring,
}
local function dispatch(n)
  local out = {}
  for i = 1, n do
    local f = kinds[(i * #kinds - 1) // n + 1]
    local ok, v = pcall(function() return f(-i) end)
    local s = math.type(v) or tostring(v)
    if out[#out] ~= s then out[#out + 1] = s end
  end
  return table.concat(out, ", ")
end
hot.show("dispatch", dispatch, 140)
local function polymorphic(n)
  local s = 0
  for i = 1, n do
    local v = kinds[i % 3 + 1](-i)
    s = s + v + kinds[4](i, i)
  end
  return s
end
hot.show("polymorphic", polymorphic, 99)

-- recursion of several shapes
local function ack(m, n) if m == 0 then return n + 1 elseif n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end
local function tak(x, y, z) if y >= x then return z end return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) end
local function hanoi(n, a, b, c) if n == 0 then return 0 end return hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a) end
print(ack(2, 9), tak(10, 5, 2), tak(8.0, 4, 2.0), hanoi(10, "a", "b", "c"))
local Y = function(f) return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end) end
print(Y(function(self) return function(n) if n < 2 then return 1 end return n * self(n - 1) end end)(20))

-- many arguments and registers
local args = {}
for i = 1, 240 do args[i] = "a" .. i end
local wide = hot.compile("return function(" .. table.concat(args, ",", 1, 180) .. ") return a180, a1, " .. table.concat(args, "+", 1, 180) .. " end")
for i = 1, 100 do args[i] = i end
for i = 101, 240 do args[i] = i % 2 == 0 and i or i + 0.5 end
for i = 1, 70 do if i == 70 then print(wide(table.unpack(args))) else wide(table.unpack(args)) end end
