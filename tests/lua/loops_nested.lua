-- Loops in loops, in all the ways in which traces meet: inner loops that are short, or not always
-- reached, or shared by several callers; switches that go many ways; loops that are left by return,
-- by an error and by a coroutine's yield; functions that are called back from C.
local hot = require "support.hot"

local function triangle(n)
  local s = 0
  for i = 1, n do
    for j = 1, i % 4 do s = s + i * j end -- 0 to 3 iterations
    for j = i, n, 7 do s = s - j end
  end
  return s
end
hot.show("triangle", triangle, 300)

local function sum(t)
  local s = 0
  for i = 1, #t do s = s + t[i] end
  return s
end
local function callers(n)
  local short, long, floats, r = {1}, {}, {0.5, 1.5, 2.5}, 0
  for i = 1, 50 do long[i] = i end
  for i = 1, n do
    r = r + sum(long)
    if i % 3 == 0 then r = r + sum(short) elseif i % 5 == 0 then r = r - sum(floats) end
  end
  return r
end
hot.show("callers", callers, 400)

-- More ways than a chain of side traces can have at first.
local ways = {}
for i = 1, 12 do
  ways[i] = load("local x, y = ... for k = 1, " .. i .. " do x = x + k * y end return x")
end
local function many_ways(n)
  local x = 0
  for i = 1, n do x = ways[i * i % 12 + 1](x, i) % 1000003 end
  return x
end
hot.show("many_ways", many_ways, 3000)

local operations = {
  function(a, b) return a + b end, function(a, b) return a - b end,
  math.max, math.min, function(a, b) return a .. b end, rawequal,
}
local function by_table(n)
  local out = {}
  for i = 1, n do
    local f = operations[i % #operations + 1]
    out[#out + 1] = tostring(f(i, i // 2 + 1))
    if #out == 50 then out = {out[49], out[50]} end
  end
  return table.concat(out, " ")
end
hot.show("by_table", by_table, 1200)

-- A loop that is left by return in the middle, called from C.
local function find(t, limit)
  for i = 1, #t do
    if t[i] > limit then return i end
  end
end
local numbers = {}
for i = 1, 60 do numbers[i] = i * 37 % 101 end
local function from_c(n)
  local s = 0
  for i = 1, n do
    local ok, at = pcall(find, numbers, i % 110)
    s = s + (at or 1000)
    if i % 100 == 0 then
      table.sort(numbers, function(a, b)
        for k = 1, 3 do if (a + k) % 5 ~= (b + k) % 5 then return a % 5 < b % 5 end end
        return a < b
      end)
    end
  end
  return s
end
hot.show("from_c", from_c, 1500)

local function failing(n)
  local s, failures = 0, 0
  for i = 1, n do
    local ok, message = pcall(function()
      for j = 1, 20 do
        if j == i % 23 then error("stop at " .. j, 0) end
        s = s + j
      end
    end)
    if not ok then failures = failures + #message end
  end
  return s, failures
end
hot.show("failing", failing, 1000)

local function yielding(n)
  local co = coroutine.wrap(function()
    for i = 1, n do
      for j = 1, 3 do
        if j == 2 then coroutine.yield(i * j) end
      end
    end
    return "end"
  end)
  local s = 0
  for v in co do
    if v == "end" then break end
    s = s + v
  end
  return s
end
hot.show("yielding", yielding, 1500)

-- The bytecode that a trace ends in dies.
local function short_lived(n)
  local s = 0
  for i = 1, n do
    local f = load("local a = ... for i = 1, 200 do for j = 1, 2 do a = a + i * j end end return a")
    s = s + f(i) + f(i)
    if i % 7 == 0 then f = nil; collectgarbage() end
  end
  return s
end
hot.show("short_lived", short_lived, 30)
