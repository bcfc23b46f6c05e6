-- One hot loop after another in which something changes its type or shape half-way: fields, array
-- elements, arguments, results, upvalues, globals, metatables, callees, iterators, loop limits.
local hot = require "support.hot"

-- every pair of kinds, before and after the change, for a handful of loop bodies
local meta = { __add = function(a, b) return 1000 end, __lt = function(a, b) return true end, __le = function() return false end, __index = function(_, k) return 5 end, __len = function() return 9 end,
  __call = function(_, x) return 70 end, __concat = function() return "cat" end, __unm = function() return -7 end, __eq = function() return true end }
local kinds = {
  integer = function(i) return i end, negative = function(i) return -i end, float = function(i) return i + 0.5 end, whole = function(i) return i * 1.0 end, string = function(i) return "s" .. i end,
  digits = function(i) return tostring(i) end, table = function(i) return { i, x = i } end, object = function(i) return setmetatable({ tag = "o" }, meta) end, ["function"] = function(i) return function(x) return x end end,
  none = function() return nil end, yes = function() return true end, no = function() return false end, huge = function(i) return math.maxinteger - i end, nan = function() return 0 / 0 end, cfunction = function() return type end,
}
local order = hot.keys(kinds)
local bodies = {
  { "add", function(v, acc) return acc + v end, 0 }, { "add constant", function(v) return v + 1 end, 0 }, { "multiply", function(v, acc) return v * 2 end, 0 }, { "compare", function(v, acc) if v < 50 then return acc + 1 end return acc - 1 end, 0 },
  { "compare self", function(v, acc) return (v <= v) == true and acc + 1 or acc end, 0 }, { "equal", function(v, acc) if v == 7 then return acc + 100 elseif v == nil then return acc + 7 end return acc end, 0 }, { "truth", function(v, acc) return v and acc + 1 or acc + 100 end, 0 },
  { "index", function(v) return v.x end, 0 }, { "index int", function(v) return v[1] end, 0 }, { "length", function(v) return #v end, 0 }, { "call", function(v, acc) return v(acc) end, 0 }, { "concat", function(v) return v .. "!" end, "" }, { "negate", function(v) return -v end, 0 },
  { "not", function(v, acc) return not v and acc + 1 or acc end, 0 }, { "shift", function(v) return v << 1 end, 0 }, { "method", function(v) return v:len() end, 0 }, { "floor", function(v) return v // 1 end, 0 }, { "limit", function(v, acc) for i = 1, v do acc = acc + 1 if i > 5 then break end end return acc end, 0 },
  { "iterate", function(v, acc) for k in next, v do acc = acc + 1 end return acc end, 0 }, { "store", function(v, acc) v.y = acc return acc + 1 end, 0 }, { "key", function(v, acc) local t = {} t[v] = acc return t[v] end, 0 },
}
for _, body in ipairs(bodies) do
  local name, f, start = body[1], body[2], body[3]
  local sum, row = hot.sum(), {}
  -- the loop is compiled anew for each pair: its first half sees one kind, its second another
  for _, a in ipairs(order) do
    for _, b in ipairs(order) do
      local loop = hot.compile("local f = ... return function(list, n, acc) local last for i = 1, n do acc = f(list[i], acc) if i % 3 == 0 then last = acc end end return acc, last end", f)
      local list = {}
      for i = 1, 64 do list[i] = kinds[i <= 48 and a or b](i) end
      local text = hot.try(loop, list, 64, start)
      sum(text)
      if a == b then row[#row + 1] = a .. ":" .. text:gsub("^error \"[^:]*:%d+: ", "E \"") end
    end
  end
  print(name, sum())
  if #row > 0 then print(table.concat(row, " | ")) end
end

-- shapes: fields appear, vanish, move from the array to the hash part and back
local function shapes(n)
  local t, s = { x = 1 }, 0
  for i = 1, n do
    s = s + (t.x or 50) + (t[1] or 0) + #t
    if i == 20 then t[1] = 5 elseif i == 40 then for k = 2, 20 do t[k] = k end elseif i == 60 then t.x = nil elseif i == 70 then t.x = 2.5
    elseif i == 80 then for k = 1, 100 do t["f" .. k] = k end elseif i == 90 then for k = 20, 1, -1 do t[k] = nil end elseif i == 100 then t = { x = "7" } elseif i == 110 then t = setmetatable({}, { __index = { x = 3 } }) end
  end
  return s
end
hot.show("shapes", shapes, 130)

-- results: count and types of what a callee returns
local function callee(i) if i < 40 then return i elseif i < 60 then return i, i elseif i < 80 then return elseif i < 100 then return i + 0.5, "x" end return tostring(i), nil, 3 end
local function results(n) local s, c = 0, 0 for i = 1, n do local a, b = callee(i) s = s + (tonumber(a) or 1) c = c + select("#", callee(i)) + (b and 1 or 0) end return s, c end
hot.show("results", results, 130)

-- accumulators that overflow the integers, become floats, strings, and integers again
local function accumulate(n)
  local a, trail = 1, {}
  for i = 1, n do
    a = a * 3
    if i % 45 == 0 then a = a + 0.0 elseif i % 30 == 0 then a = a // 1 | 0 elseif i % 25 == 0 then a = ("%d"):format(a) end
    if i % 15 == 0 then trail[#trail + 1] = hot.text(a) end
    if type(a) == "string" then a = #a end
    if math.type(a) == "float" and a > 1e15 then a = 7 end
  end
  return table.concat(trail, " ")
end
print("accumulate", accumulate(180), accumulate(180))
