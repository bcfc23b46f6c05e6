-- Metamethods seen from the library and from inheritance: __tostring, __name, __metatable, __len,
-- __pairs, __call, __concat, fallbacks from the second operand, changes under hot code, caches of
-- absent metamethods that must be dropped when a field is added late.
local hot = require "support.hot"

-- operators with the handler on the left, right, both (left wins), inherited metatables of metatables
local function handler(name) return function(a, b) return name .. "(" .. hot.text(a) .. "," .. hot.text(b) .. ")" end end
local left = setmetatable({ tag = "L" }, { __add = handler "L+", __concat = handler "L..", __lt = handler "L<", __eq = handler "L==", __idiv = handler "L//" })
local right = setmetatable({ tag = "R" }, { __add = handler "R+", __concat = handler "R..", __lt = handler "R<", __eq = handler "R==", __le = handler "R<=" })
local function ops(a, b) return hot.try(function() return a + b end), hot.try(function() return a .. b end), hot.try(function() return a < b end), hot.try(function() return a <= b end),
  hot.try(function() return a == b end), hot.try(function() return a // b end) end
hot.surprise("ops", ops, { { left, right }, { right, left }, { left, 1 }, { 1, left }, { right, "s" }, { "s", right }, { left, nil, n = 2 }, { nil, right, n = 2 }, { left, left }, { {}, right }, { right, {} } })
local inherits = setmetatable({}, setmetatable({}, { __index = { __add = handler "inherited" } }))
hot.show("not inherited through __index", function() return inherits + 1 end)

-- metamethods that are added, replaced and removed while code that needs them is hot
local mt = {}
local o, p = setmetatable({ tag = "o" }, mt), setmetatable({ tag = "p" }, mt)
local sites = {
  { "__add", function() return o + 1 end }, { "__sub", function() return 1 - o end }, { "__unm", function() return -o end }, { "__concat", function() return o .. "s" end },
  { "__eq", function() return o == p end }, { "__lt", function() return o < p end }, { "__le", function() return o <= 1 end }, { "__len", function() return #o end },
  { "__call", function() return o(7) end }, { "__index", function() return o.missing, o[1] end }, { "__newindex", function() o.fresh = 1; local r = rawget(o, "fresh"); o.fresh = nil; return r end },
  { "__band", function() return o & 1 end }, { "__shl", function() return 1 << o end }, { "__bnot", function() return ~o end }, { "__mod", function() return o % p end },
  { "__close", function() local c <close> = o return "closed" end }, { "__tostring", function() return (tostring(o):gsub("0x%x+", "ADDR")) end }, { "__name", function() return (tostring(o):gsub("0x%x+", "ADDR")) end },
  { "__pairs", function() local n = 0 for _ in pairs(o) do n = n + 1 end return n end }, { "__mode", function() return getmetatable(o).__mode end }, { "__metatable", function() return getmetatable(o) == mt, getmetatable(o) ~= mt and getmetatable(o) end },
}
local stages = {
  function() return nil end, function(name) return handler(name) end, function() return nil end,
  function(name) if name == "__tostring" then return function() return "string" end elseif name == "__pairs" then return function() return function(_, k) if not k then return 1 end end, nil, nil end end return function() return name .. "2" end end,
  function(name) if name == "__index" or name == "__newindex" then return { missing = "M", "one" } elseif name == "__metatable" or name == "__name" then return "locked" end return setmetatable({}, { __call = function(_, ...) return select("#", ...) end }) end,
  function() return false end, function() return nil end,
}
for _, site in ipairs(sites) do
  local name, f = site[1], site[2]
  local out = {}
  for s, stage in ipairs(stages) do
    mt[name] = stage(name)
    local text
    for _ = 1, 80 do text = hot.try(f) end
    out[s] = text
  end
  mt[name] = nil
  print(name, table.concat(out, " | "))
end

-- tostring, names and protection
local named = setmetatable({}, { __name = "My.Type" })
local bad = setmetatable({}, { __tostring = function() return 5 end })
local locked = setmetatable({}, { __metatable = "keep out" })
local function anon(v) return (tostring(v):gsub("0x%x+", "ADDR")) end
hot.show("tostring", function() return anon(named), anon {}, anon(print), anon(coroutine.create(print)), tostring(nil), tostring(1e15), tostring(-0.0), anon(io.stdout) end)
hot.show("bad tostring", function() return tostring(bad) end)
hot.show("named in error", function() return named + 1 end)
hot.show("named in argument", function() return ("x"):rep(named) end)
hot.show("named compare", function() return named < named end)
hot.show("named vs table", function() return named < {} end)
hot.show("named call", function() named() end)
hot.show("locked", function() return getmetatable(locked), getmetatable("").__name end)
hot.show("set locked", function() setmetatable(locked, {}) end)
hot.show("setmetatable bad", function() setmetatable({}, 5) end)
hot.show("setmetatable nil", function() return getmetatable(setmetatable(setmetatable({}, mt), nil)) end)

-- raw access does not see them
local watched = setmetatable({}, { __index = function() return "seen" end, __newindex = function() error "seen" end, __len = function() return 99 end, __eq = function() return true end })
hot.show("raw", function() rawset(watched, 1, "a"); return rawget(watched, 2), rawlen(watched), rawequal(watched, {}), watched[2], #watched, next(watched) end)
hot.show("rawlen string", rawlen, "four")
hot.show("rawlen number", rawlen, 4)
hot.show("rawget string", rawget, "s", 1)

-- library functions respect them
local list = setmetatable({}, { __index = function(_, i) return i <= 5 and i * i or nil end, __len = function() return 5 end })
hot.show("library", function() return table.concat(list, ","), table.unpack(list) end)
local log = {}
local recorder = setmetatable({}, { __newindex = function(t, k, v) log[#log + 1] = hot.text(k); rawset(t, k, v) end, __len = function(t) return rawlen(t) end })
for i = 1, 100 do table.insert(recorder, i) end
table.remove(recorder); table.sort(recorder, function(a, b) return a > b end); table.move(recorder, 1, 3, 200)
print(#log, log[1], log[#log], recorder[1], recorder[99], recorder[202])

-- a vector class and a set class in a hot loop of mixed operations
local V = {}
V.__index = V
local function vec(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
V.__mul = function(a, b) if type(a) == "number" then return vec(a * b.x, a * b.y) elseif type(b) == "number" then return vec(a.x * b, a.y * b) end return a.x * b.x + a.y * b.y end
V.__eq = function(a, b) return a.x == b.x and a.y == b.y end
V.__lt = function(a, b) return a * a < b * b end
V.__len = function(a) return (a * a) ^ 0.5 end
V.__tostring = function(a) return "(" .. a.x .. "," .. a.y .. ")" end
local function simulate(n)
  local pos, vel, best = vec(0, 0), vec(1, 2), vec(0, 0)
  for i = 1, n do
    pos = pos + vel * 0.5
    if i % 10 == 0 then vel = -1 * vel + vec(i % 3, 1) end
    if best < pos then best = pos end
    if pos == best then vel = vel * 1 end
  end
  return tostring(pos), tostring(best), #pos // 1
end
hot.show("simulate", simulate, 100)
