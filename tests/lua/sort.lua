-- table.sort: sizes, patterns, comparators in Lua and C, invalid order functions, errors and kinds
-- that change during sorting, strings, mixed numbers, metamethods, own sorting algorithms.
local hot = require "support.hot"

local function rng(seed) return function(n) seed = (seed * 1103515245 + 12345) % 2147483648; return seed // 65536 % n + 1 end end
local function make(kind, n)
  local r, t = rng(n + 7), {}
  for i = 1, n do
    t[i] = kind == "random" and r(1000) or kind == "sorted" and i or kind == "reverse" and n - i or kind == "equal" and 5 or kind == "few" and r(3) or
      kind == "float" and r(1000) / 7 or kind == "mixed" and (i % 2 == 0 and r(100) or r(100) + 0.5) or kind == "string" and "s" .. r(1000) or kind == "saw" and i % 10
  end
  return t
end
local function digest(t) local s = hot.sum(); return s(table.unpack(t, 1, math.min(#t, 200))) end
local function ordered(t, lt) for i = 2, #t do if lt(t[i], t[i - 1]) then return false end end return true end
for _, kind in ipairs { "random", "sorted", "reverse", "equal", "few", "float", "mixed", "string", "saw" } do
  for _, n in ipairs { 0, 1, 2, 3, 4, 5, 10, 50, 99, 100, 101, 500 } do
    local t, u = make(kind, n), make(kind, n)
    table.sort(t)
    table.sort(u, function(a, b) return a > b end)
    if n % 50 == 0 or n == 3 then print(kind, n, digest(t), digest(u)) end
    if not ordered(t, function(a, b) return a < b end) or not ordered(u, function(a, b) return b < a end) then print("not sorted", kind, n) end
  end
end

-- comparators: by key, by several keys, closures, callable tables, C functions, with counting
local people = {}
for i = 1, 150 do people[i] = { name = "n" .. i * 7919 % 50, age = i * 31 % 40, id = i } end
table.sort(people, function(a, b) if a.age ~= b.age then return a.age < b.age end if a.name ~= b.name then return a.name < b.name end return a.id < b.id end)
print(people[1].id, people[2].id, people[75].id, people[150].id)
local count = 0
table.sort(people, function(a, b) count = count + 1; return a.id < b.id end)
print(count > 150, people[1].id, people[150].id)
local callable = setmetatable({}, { __call = function(_, a, b) return a > b end })
hot.show("callable", function() local t = { 3, 1, 2 }; table.sort(t, callable); return table.concat(t, ",") end)
hot.show("math.ult", function() local t = { 3, -1, 2, -5 }; table.sort(t, math.ult); return table.concat(t, ",") end)
local M = { __lt = function(a, b) return a.v < b.v end }
local objects = {}
for i = 1, 120 do objects[i] = setmetatable({ v = i * 37 % 101 }, M) end
table.sort(objects)
print(objects[1].v, objects[60].v, objects[120].v)

-- errors: uncomparable, raised by the comparator, invalid order functions
hot.show("mixed", function() local t = { 3, "x", 1 }; table.sort(t) end)
hot.show("nil", function() local t = { 3, nil, 1, n = 3 }; table.sort(setmetatable(t, { __len = function() return 3 end })) end)
hot.show("raise", function() local n = 0; table.sort({ 5, 4, 3, 2, 1 }, function(a, b) n = n + 1; if n == 4 then error("at " .. n, 0) end return a < b end) end)
hot.show("no function", table.sort, { 1, 2 }, 5)
hot.show("no table", table.sort, 5)
hot.show("too big", table.sort, setmetatable({}, { __len = function() return math.maxinteger end }))
hot.show("length", table.sort, setmetatable({}, { __len = function() return "x" end }))
for _, n in ipairs { 3, 4, 10, 50, 100 } do
  local function invalid(lt) local t = make("random", n); local ok, e = pcall(table.sort, t, lt); table.sort(t); return ok, e, digest(t) == digest((function() local u = make("random", n); table.sort(u); return u end)()) end
  print("invalid", n, invalid(function() return true end))
  print("invalid", n, invalid(function(a, b) return a <= b end))
  print("invalid", n, invalid(function() return false end))
  local flip = false
  print("invalid", n, invalid(function() flip = not flip; return flip end))
end

-- the comparator changes what it returns and the kinds it sees while it is hot
local mode = 0
local function fickle(a, b) mode = mode + 1; if mode % 3 == 0 then return a < b and 1 or nil elseif mode % 3 == 1 then return a < b end return a < b and "yes" or false end
local t = make("random", 300)
table.sort(t, fickle)
print(ordered(t, function(a, b) return a < b end), digest(t))
t = make("random", 100) -- beyond 100 items pivots may be chosen at random
for i = 60, 100 do t[i] = t[i] + 0.25 end
t[80] = "500"
print(pcall(table.sort, t, function(a, b) return a < b end))
print(pcall(table.sort, t, function(a, b) return tonumber(a) < tonumber(b) end), ordered(t, function(a, b) return tonumber(a) < tonumber(b) end))

-- classic algorithms in Lua
local function quick(a, lo, hi) if lo < hi then local p, i = a[hi], lo; for j = lo, hi - 1 do if a[j] <= p then a[i], a[j] = a[j], a[i]; i = i + 1 end end a[i], a[hi] = a[hi], a[i]; quick(a, lo, i - 1); quick(a, i + 1, hi) end return a end
local function bubble(a) for i = #a, 2, -1 do for j = 1, i - 1 do if a[j] > a[j + 1] then a[j], a[j + 1] = a[j + 1], a[j] end end end return a end
local function insertion(a) for i = 2, #a do local v, j = a[i], i - 1; while j > 0 and a[j] > v do a[j + 1] = a[j]; j = j - 1 end a[j + 1] = v end return a end
local function merge(a) if #a < 2 then return a end local m = #a // 2; local l, r = merge { table.unpack(a, 1, m) }, merge { table.unpack(a, m + 1) }; local i, j, out = 1, 1, {}
  while i <= #l and j <= #r do if r[j] < l[i] then out[#out + 1] = r[j]; j = j + 1 else out[#out + 1] = l[i]; i = i + 1 end end
  for k = i, #l do out[#out + 1] = l[k] end for k = j, #r do out[#out + 1] = r[k] end return out end
local function heap(a) local function sift(i, n) while 2 * i <= n do local c = 2 * i; if c < n and a[c] < a[c + 1] then c = c + 1 end if a[i] >= a[c] then return end a[i], a[c] = a[c], a[i]; i = c end end
  for i = #a // 2, 1, -1 do sift(i, #a) end for n = #a, 2, -1 do a[1], a[n] = a[n], a[1]; sift(1, n - 1) end return a end
for _, kind in ipairs { "random", "float", "mixed", "string", "few" } do
  print(kind, digest(quick(make(kind, 120), 1, 120)), digest(bubble(make(kind, 60))), digest(insertion(make(kind, 60))), digest(merge(make(kind, 120))), digest(heap(make(kind, 120))))
end
t = make("random", 100); t[50] = {}
for _, f in ipairs { bubble, insertion, merge, heap } do print(pcall(f, t)) end
