-- Table constructors: list, record and mixed items, more than 50 and more than 255 of them, nil
-- items, multiple results and varargs as last item, nesting, side effects in order; NEWTABLE/SETLIST.
local hot = require "support.hot"

local function three() return 1, 2, 3 end
local function none() end
local function show(t)
  local out = {}
  for _, k in ipairs(hot.keys(t)) do out[#out + 1] = hot.text(k) .. "=" .. hot.text(t[k]) end
  return "{" .. table.concat(out, " ") .. "}"
end

hot.show("empty", function() return show {} end)
hot.show("list", function(a) return show { 1, a, "s", 2.5, nil, true } end, "v")
hot.show("record", function(a) return show { x = 1, y = a, ["z w"] = 3, [1] = "one", [2.0] = "two", [-1] = 0 } end, "v")
hot.show("mixed", function(a) return show { 1, x = a, 2, y = 2, three(), three() } end, "v")
hot.show("last call", function() return show { none(), three(), (three()), three() } end)
hot.show("no results", function() return show { none() }, show { none(), none() }, show { (none()) } end)
hot.show("vararg", function(...) return show { ... }, show { 0, ... }, show { ..., 0 }, show { (...) }, #{ n = 1, ... } end, 7, 8, 9)
hot.show("vararg none", function(...) return show { ... }, show { 0, ... } end)
hot.show("duplicates", function() return show { [1] = "a", "b", [2] = "c", "d" }, show { x = 1, x = 2 } end)
hot.show("nested", function(a) local t = { { 1, { a } }, { x = { y = { a } } } } return t[1][2][1], t[2].x.y[1] end, "deep")
hot.show("nan key", function(a) return { [a] = 1 } end, 0 / 0)
hot.show("nil key", function(a) return { [a] = 1 } end, nil)

-- order of evaluation
local order = {}
local function note(x) order[#order + 1] = x; return x end
local function ordered() return { note(1), [note("k")] = note("v"), note(2), f = note("f"), note(3) } end
for _ = 1, 100 do ordered() end
print(#order, table.concat(order, " ", #order - 5))

-- sizes around the flush limit of 50 items and the operand limit of 255
for _, n in ipairs { 1, 49, 50, 51, 99, 100, 101, 254, 255, 256, 257, 511, 512, 600, 1023, 1025, 2100 } do
  local items, expect = {}, 0
  for i = 1, n do items[i] = i % 3 == 0 and "v" or tostring(i); expect = expect + (i % 3 == 0 and 7 or i) end
  local f = hot.compile("return function(v, ...) return { " .. table.concat(items, ", ") .. ", ... } end")
  local good = 0
  for i = 1, n > 300 and 70 or 100 do
    local t = f(7, i, i + 1)
    local s = 0
    for j = 1, n do s = s + t[j] end
    if s == expect and t[n + 1] == i and t[n + 2] == i + 1 and #t == n + 2 then good = good + 1 end
  end
  print("items", n, good)
end

-- many results and arguments into a list
local function many(n)
  local t = { table.unpack(hot.pack(string.rep("x", n):byte(1, -1))) }
  return #t, t[1], t[n]
end
hot.surprise("many", many, { { 3 }, { 50 }, { 51 }, { 200 }, { 255 }, { 256 }, { 1000 }, { 5000 } })

-- records with many fields, sizes hashed in the instruction
for _, n in ipairs { 1, 4, 5, 17, 64, 129, 300 } do
  local items = {}
  for i = 1, n do items[i] = ("f%d = v + %d"):format(i, i) end
  local f = hot.compile("return function(v) return { " .. table.concat(items, "; ") .. " } end")
  local s = 0
  for i = 1, 70 do
    local t = f(i)
    s = s + t.f1 + t["f" .. n]
    if t["f" .. n + 1] then s = -1 end
  end
  local count = 0
  for _ in pairs(f(0)) do count = count + 1 end
  print("fields", n, s, count)
end

-- tables made in a loop are distinct and keep their own contents
local function fresh(n)
  local all = {}
  for i = 1, n do all[i] = { i, i * 2, v = { i } } end
  local s = 0
  for i = 1, n do
    s = s + all[i][1] + all[i][2] + all[i].v[1]
    if i > 1 and all[i] == all[i - 1] then s = -1 end
  end
  return s
end
hot.show("fresh", fresh, 50)
