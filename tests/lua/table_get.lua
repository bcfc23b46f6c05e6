-- Reading tables: array and hash part, integer, float, string (short and long), boolean and nil
-- keys, GETFIELD, GETI, GETTABLE, GETTABUP and SELF; chains of __index; errors with names.
local hot = require "support.hot"

local base = setmetatable({ inherited = "base" }, { __index = function(t, k) return "made:" .. hot.text(k) end })
local derived = setmetatable({ own = "own", [1] = "one" }, { __index = base })
local deep = {}
for i = 1, 50 do deep = setmetatable({ ["level" .. i] = i }, { __index = deep }) end
local long = ("k"):rep(50)
local data = { "a", "b", "c", [10] = "ten", [-1] = "minus", [2.5] = "half", [true] = "yes", [false] = "no", x = "ex", [long] = "long",
  [2 ^ 53] = "big", [1 << 62] = "huge", [300] = "300", [""] = "empty" }
local protected = setmetatable({}, { __index = data, __metatable = "locked" })

local function field(t) return t.x, t.inherited, t.own end
local function index1(t) return t[1], t[2], t[3], t[4] end
local function big(t) return t[10], t[300], t[-1], t[2.5], t[true], t[false], t[""] end
local function any(t, k) return t[k] end
local function method(t) return t:x() end
local function longkey(t) return t.kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk end

local subjects = { { data }, { derived }, { base }, { protected }, { {} }, { "string" }, { 5 }, { nil, n = 1 }, { true }, { print }, { deep } }
for _, f in ipairs { field, index1, big, longkey, method } do hot.surprise("get", f, subjects) end

local keys = { n = 22, 1, 2, 3, 4, 1.0, 2.5, 2.0, -1, 10, 10.0, 300, "x", "y", long, long .. "", 2 ^ 53, 1 << 53, 1 << 62, true, nil, 0 / 0, "level25" }
for _, t in ipairs { data, derived, protected, deep, "text" } do
  local row = {}
  for round = 1, 8 do
    for i = 1, keys.n do row[i] = hot.try(any, t, keys[i]) end
  end
  print(table.concat(row, " "))
end

-- method calls on all kinds of receivers
local class = { __index = { x = function(self) return "method of " .. hot.text(self) end } }
hot.surprise("self", method, { { setmetatable({ tag = "obj" }, class) }, { { x = function() return "direct" end } }, { "s" }, { {} },
  { { x = 5 } }, { nil, n = 1 }, { 1.5 }, { setmetatable({}, { __index = function() return function() return "generic" end end }) } })
hot.show("string method", function(s) return s:upper(), ("x"):rep(3), s:len() end, "abc")

-- globals through _ENV of several kinds
local function env(t) local _ENV = t; return x, inherited end
hot.surprise("env", env, { { { x = 1, inherited = 2 } }, { derived }, { setmetatable({}, { __index = function(_, k) return k end }) }, { 5 }, { "q" } })
hot.show("global", function() return math.pi, undefinedglobal, print ~= nil end)
hot.show("global field", function() return undefinedtable.x end)

-- array part growing and shrinking under a reading loop
local function scan(t, n)
  local s, holes = 0, 0
  for i = 1, n do
    local v = t[i]
    if v then s = s + v else holes = holes + 1 end
    if i % 10 == 0 then t[n + i] = i end
    if i % 17 == 0 then t[i + 1] = nil end
  end
  return s, holes
end
for n = 10, 200, 38 do
  local t = {}
  for i = 1, n do t[i] = i * 2 end
  print("scan", n, scan(t, n))
end

-- the metatable arrives, changes and leaves while the loop is hot
local function late(n)
  local t, out = { 1, 2, 3 }, {}
  for i = 1, n do
    if i == n // 4 then setmetatable(t, { __index = function(_, k) return k * 10 end }) end
    if i == n // 2 then getmetatable(t).__index = { [7] = "seven" } end
    if i == 3 * n // 4 then setmetatable(t, nil) end
    local v, w = t[7], t.name
    if out[#out] ~= hot.texts(v, w) then out[#out + 1] = hot.texts(v, w) end
  end
  return table.concat(out, "; ")
end
hot.show("late error", late, 80)
hot.show("late", function()
  local t, seen = {}, {}
  for i = 1, 100 do
    if i == 50 then setmetatable(t, { __index = { k = "from table" } }) end
    if i == 75 then setmetatable(t, { __index = function() return "from function" end }) end
    if i == 90 then t.k = "raw" end
    seen[#seen + 1] = i % 8 == 0 and tostring(t.k) or nil
  end
  return table.concat(seen, ",")
end)

-- error messages name the thing that was indexed
local up, object = nil, {}
hot.show("upvalue", function() return up.x end)
hot.show("upvalue key", function() local k = "kk"; return up[k] end)
hot.show("field of field", function() return object.a.b end)
hot.show("int field", function() return object[1][2] end)
hot.show("method nil", function() object:go() end)
hot.show("method of nil", function() object.part:go() end)
hot.show("result", function() return (nil)[1] end)
hot.show("call nil field", function() object.call() end)
hot.show("loop in __index", function() local t = setmetatable({}, {}); getmetatable(t).__index = t; return t.x end)
hot.show("string index", function() return ("x").y.z end)
