-- Equality: raw and with __eq, between all kinds, identity of tables, functions and strings, keys.
local hot = require "support.hot"

local calls = 0
local mt = { __eq = function(a, b) calls = calls + 1; return a.v == b.v end }
local other = { __eq = function() calls = calls + 1; return "truthy" end }
local function obj(v, m) return setmetatable({ v = v, tag = "o" .. v }, m or mt) end
local o1, o2, o3, o4, p1, p2 = obj(1), obj(1), obj(2), obj(1, other), { v = 1, tag = "p1" }, { v = 1, tag = "p2" }
local f, g = function() end, function() end
local co = coroutine.create(f)
local things = { n = 18, o1, o2, o3, o4, p1, p2, f, g, co, nil, false, true, 1, 1.0, "1", "one", 0, io.stdout }

local function eq(a, b) return a == b end
local function ne(a, b) return a ~= b end
local function branch(a, b) if a == b then return 1 else return 2 end end
for round = 1, 3 do
  for i = 1, things.n do
    local row = {}
    for j = 1, things.n do
      local a, b = things[i], things[j]
      row[j] = (eq(a, b) and "=" or "-") .. (ne(a, b) and "~" or "-") .. branch(a, b) .. (rawequal(a, b) and "r" or "-")
    end
    if round == 3 then print(hot.text(things[i]), table.concat(row, " ")) end
  end
  print("calls", calls)
end

-- __eq that fails, returns nothing, is looked up in the second operand, changes on the way
local bad = setmetatable({ tag = "bad" }, { __eq = function() error("no equality", 0) end })
local none = setmetatable({ tag = "none" }, { __eq = function() end })
hot.surprise("special", eq, { { 1, 1 }, { bad, p1 }, { p1, bad }, { bad, bad }, { bad, 1 }, { none, p1 }, { none, none }, { p1, none } })
local change = { __eq = function() return true end }
local c1, c2 = setmetatable({}, change), setmetatable({}, change)
local function changing(n)
  local equal = 0
  for i = 1, n do
    if i == n // 2 then change.__eq = function() return false end end
    if i == 3 * n // 4 then change.__eq = nil end
    if c1 == c2 then equal = equal + 1 end
    if c1 ~= c2 then equal = equal + 1000 end
  end
  change.__eq = function() return true end
  return equal
end
hot.show("changing", changing, 100)

-- long strings are compared by content, and found as keys by content
local function long(n)
  local a, b = ("x"):rep(n) .. "1", ("x"):rep(n) .. "1"
  local t = { [a] = "found" }
  return a == b, t[b], a == b .. "", a ~= ("x"):rep(n) .. "2", #a
end
hot.surprise("long", long, { { 10 }, { 39 }, { 40 }, { 41 }, { 100 }, { 1000 } })

-- closures created in loops are distinct when they capture, whatever the cache does
local function closures()
  local a, b, first = {}, 0, nil
  for i = 1, 10 do
    a[i] = function() return i end
    if i > 1 and a[i] == a[i - 1] then b = b + 1 end
  end
  return b, a[1] == a[1], a[3](), a[10]()
end
hot.show("closures", closures)

-- equality in search loops with mixed lists
local list = {}
for i = 1, 100 do list[i] = i % 5 == 0 and tostring(i) or i % 7 == 0 and i + 0.0 or i % 11 == 0 and obj(i) or i end
local function find(v)
  for i = 1, #list do if list[i] == v then return i end end
  return nil
end
for _, v in ipairs { 1, 7, 14.0, "15", 15, obj(11), obj(12), 99, 99.0, "x" } do hot.show("find " .. hot.text(v), find, v) end
hot.show("find nil", find, nil)
local function uniq(t)
  local seen, out = {}, {}
  for _, v in ipairs(t) do if not seen[v] then seen[v] = true; out[#out + 1] = hot.text(v) end end
  return table.concat(out, ",")
end
hot.show("uniq", uniq, { 1, 1.0, "1", 2, 2.5, 2.5, "a", "a", true, true, -0.0, 0, 2 ^ 53, 1 << 53 })
