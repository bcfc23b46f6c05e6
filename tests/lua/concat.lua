-- Concatenation: long chains, numbers of both kinds, metamethods on either side and in the middle,
-- errors, buffers that grow, chains that are broken by other operations.
local hot = require "support.hot"

local cat = setmetatable({ tag = "cat" }, { __concat = function(a, b) return "<" .. hot.text(a) .. "|" .. hot.text(b) .. ">" end })
local values = { n = 14, "a", "", 1, -1, 1.0, 1.5, -0.0, 1e100, 1 / 0, math.mininteger, cat, nil, true, {} }

local function two(a, b) return a .. b end
local function three(a, b, c) return a .. b .. c end
local function four(a, b, c, d) return a .. b .. c .. d end
local sum = hot.sum()
for i = 1, values.n do
  for j = 1, values.n do
    local text = hot.try(two, values[i], values[j])
    print(hot.text(values[i]), hot.text(values[j]), text)
    for k = 1, values.n, 3 do
      sum(hot.try(three, values[i], values[j], values[k]))
      sum(hot.try(four, values[k], values[i], values[j], values[k]))
    end
  end
end
print(sum())
print(hot.try(three, "x", cat, "y"), hot.try(three, cat, 1, 2), hot.try(four, 1, 2, cat, 3), hot.try(four, 1, 2, 3, cat))

-- chains of constants and variables, right associative
local function chain(a, b) return "[" .. a .. ", " .. b .. "; " .. a + b .. "/" .. a * 2 .. "]" .. #("" .. a) end
hot.surprise("chain", chain, { { 1, 2 }, { 1.5, 2 }, { "3", 4 }, { "x", 4 }, { {}, 4 }, { 2 ^ 53, 2 ^ 63 } })

-- very long chains: generated, with 150 operands
local parts = {}
for i = 1, 150 do parts[i] = i % 3 == 0 and ("x" .. i % 7) or i % 3 == 1 and tostring(i) or ("'%d'"):format(i) end
local source = "return function(x0, x1, x2, x3, x4, x5, x6) return " .. table.concat(parts, " .. ") .. " end"
local long = hot.compile(source)
for i = 1, 160 do
  local s = long(i, i + 0.5, "s", i * 2, "", "t", -i)
  if i % 40 == 0 then print(#s, s:sub(1, 60)) end
end
print(hot.try(long, 1, 2, 3, nil, 5, 6, 7))
print(#long(cat, 1, 1, 1, 1, 1, 1))

-- growing strings, short to long, equality and identity as keys
local function grow(n)
  local s, keys = "", {}
  for i = 1, n do
    s = s .. (i % 10)
    keys[s] = i
  end
  local t, hits = "", 0
  for i = 1, n do
    t = t .. i % 10
    if keys[t] == i then hits = hits + 1 end
  end
  return #s, hits, s == t
end
hot.show("grow", grow, 90)

-- concatenation inside loops with changing kinds
local function join(list)
  local s = ""
  for i = 1, #list do s = s .. list[i] .. (i < #list and "," or "") end
  return s
end
local numbers = {}
for i = 1, 100 do numbers[i] = i end
print(join(numbers):sub(-30))
numbers[60] = 2.5; numbers[61] = 1e15; numbers[62] = 1e16; numbers[63] = 2 ^ 63; numbers[64] = -0.0
print(join(numbers):sub(150, 260))
numbers[80] = cat
print(join(numbers):sub(-80))
numbers[90] = false
print(pcall(join, numbers))

-- errors with names
local up = {}
hot.show("local", function() local x; return "a" .. x end)
hot.show("upvalue", function() return up .. "a" end)
hot.show("field", function() local t = { n = {} }; return t.n.m .. "a" end)
hot.show("global", function() return "a" .. "b" .. nowhere end)
hot.show("left", function(x) return x .. 1 end, print)
hot.show("both", function(x) return {} .. x end, {})
hot.show("result", function() return (function() end)() .. "x" end)
hot.show("error in __concat", function() return setmetatable({}, { __concat = function() error("inside", 0) end }) .. "x" end)
