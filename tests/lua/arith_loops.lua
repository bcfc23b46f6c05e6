-- Type changes in the middle of a hot loop: integer to float to string to metamethod to error, in
-- accumulators, in operands read from tables, and by overflow.
local hot = require "support.hot"

local vector = {}
vector.__index = vector
local function new(x) return setmetatable({ x = x, tag = "v" .. hot.text(x) }, vector) end
local function value(v) return type(v) == "table" and v.x or v end
vector.__add = function(a, b) return new(value(a) + value(b)) end
vector.__sub = function(a, b) return new(value(a) - value(b)) end
vector.__mul = function(a, b) return new(value(a) * value(b)) end
vector.__unm = function(a) return new(-a.x) end
vector.__lt = function(a, b) return value(a) < value(b) end
vector.__le = function(a, b) return value(a) <= value(b) end
vector.__idiv = function(a, b) return new(value(a) // value(b)) end
vector.__mod = function(a, b) return new(value(a) % value(b)) end
vector.__shl = function(a, b) return new(value(a) << value(b)) end
vector.__band = function(a, b) return new(value(a) & value(b)) end

-- accumulate values; at certain steps the accumulator is replaced by another kind
local function mixed(steps, changes)
  local acc, trail = 0, {}
  for i = 1, steps do
    if changes[i] ~= nil then acc = changes[i] end
    acc = acc + i
    acc = acc * 2 - i
    acc = acc - i
    if acc > 1000000 then acc = acc % 1000 end
    if i % 50 == 0 then trail[#trail + 1] = hot.text(acc) end
  end
  return table.concat(trail, " ")
end
hot.print(mixed(300, {}))
hot.print(mixed(300, { [120] = 1.5 }))
hot.print(mixed(300, { [120] = 1.5, [180] = 3, [240] = 7.0 }))
hot.print(mixed(300, { [120] = "17", [201] = "0x10", [250] = "1e1" }))
hot.print(mixed(300, { [100] = new(5), [200] = 4, [260] = new(1.25) }))
print(pcall(mixed, 300, { [150] = "many" }))
print(pcall(mixed, 300, { [250] = {} }))
print(pcall(mixed, 300, { [77] = false }))

-- integer overflow wraps, in sums, products, negation and shifts
local function overflow(start, step, n)
  local s, p, d = start, 1, start
  for i = 1, n do
    s = s + step
    p = p * 3
    d = -d - step
    if i % 60 == 0 then hot.print("overflow", i, s, p, d, s << 1, s >> 1, s ~ p) end
  end
end
overflow(math.maxinteger - 100, 1, 240)
overflow(math.mininteger + 100, -3, 240)
overflow(0, 0x123456789abcdef, 240)

-- the kinds of a whole array rotate under one loop
local kinds = {
  function(i) return i end,
  function(i) return i + 0.5 end,
  function(i) return tostring(i) end,
  function(i) return i & 1 == 0 and i or i + 0.25 end,
  function(i) return new(i) end,
  function(i) return i % 90 == 89 and {} or i end,
}
local function fold(t)
  local s, m = 0, t[1]
  for i = 1, #t do
    local v = t[i]
    s = s + v - v // 3 + v % 5
    if m < v then m = v end
  end
  return s, m
end
for round = 1, 3 do
  for k = 1, #kinds do
    local t = {}
    for i = 1, 100 do t[i] = kinds[k](i) end
    print("fold", round, k, hot.try(fold, t))
  end
end

-- a loop variable that is a float half of the time, mixed comparisons and conversions
local function convert(n)
  local ints, floats, sum = 0, 0, 0
  for i = 1, n do
    local x = i % 3 == 0 and i / 3 or i
    if math.type(x) == "integer" then ints = ints + 1 else floats = floats + 1 end
    if x == i // 3 then sum = sum + (x | 0) end
    sum = sum + x // 1
  end
  return ints, floats, sum
end
hot.show("convert", convert, 300)

-- nil arrives late in an upvalue, a field and a global
local late = 1
object, G = { n = 1 }, 1
local function reach(i)
  if i == 180 then late = nil elseif i == 190 then late = 2; object.n = nil
  elseif i == 200 then object.n = 3; G = nil elseif i == 210 then G = 4 end
  late = late + 1
  object.n = object.n + late % 3
  G = G + object.n % 5
  return late, object.n, G
end
local last
for i = 1, 300 do
  local text = hot.try(reach, i)
  if text:find("error") and text ~= last or i % 60 == 0 then print("late", i, text) end
  last = text
end
