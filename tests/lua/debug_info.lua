-- debug.getinfo, getlocal, setlocal, upvalues, metatables, registry-free parts of the debug library, on
-- functions and on levels of hot code, in coroutines; values changed behind the back of native code.
local hot = require "support.hot"

local function info(f, what) local i = debug.getinfo(f, what); local out = {} for _, k in ipairs(hot.keys(i)) do if k ~= "func" and k ~= "activelines" then out[#out + 1] = k .. "=" .. hot.text(i[k]) end end return table.concat(out, " ") end
local function sample(a, b, ...) local c = a; return c end
hot.show("Lua function", info, sample, "SlnurtLf")
hot.show("C function", info, print, "SlnurtLf")
hot.show("main", function() return info(1, "S") end)
hot.show("bad option", debug.getinfo, 1, "X")
hot.show("bad level", debug.getinfo, 1000)
hot.show("bad argument", debug.getinfo, "x")
hot.show("negative", debug.getinfo, -1)
hot.show("func", function() return debug.getinfo(1, "f").func == debug.getinfo(1).func end)
local function level(n) return debug.getinfo(n, "nSlt") end
hot.show("names", function() local i = level(1); local j = level(2); return i.name, i.namewhat, j.currentline, i.istailcall end)
hot.show("tail", function() return (function() return (debug.getinfo(1, "t").istailcall) end)() end)

-- locals by level and by function
local function locals(at)
  local out = {}
  for i = 1, 20 do
    local name, value = debug.getlocal(at + 1, i)
    if not name then break end
    out[#out + 1] = name .. "=" .. hot.text(value)
  end
  for i = -1, -5, -1 do
    local name, value = debug.getlocal(at + 1, i)
    if not name then break end
    out[#out + 1] = i .. name .. "=" .. hot.text(value)
  end
  return table.concat(out, " ")
end
local function many(x, y, ...)
  local a, b <const>, c = x + y, 5, nil
  for i = 1, 2 do local inner = i * 10; if i == 2 then c = locals(1) end end
  do local gone = 1 end
  local late = "late"
  return c, locals(1), late
end
hot.show("locals", many, 1, 2.5, "va1", "va2")
hot.show("parameters", function() return debug.getlocal(many, 1), debug.getlocal(many, 2), debug.getlocal(many, 3) end)
hot.show("no level", debug.getlocal, 5000, 1)

-- setlocal on running hot code: loop variables, accumulators, of other types, arguments, varargs
local function poke(name, value) for i = 1, 30 do local n = debug.getlocal(2, i); if not n then return end if n == name then debug.setlocal(2, i, value) end end end
local function poked(n)
  local s, kind = 0, "int"
  for i = 1, n do
    s = s + i
    if i == 90 then poke("s", 0.5) elseif i == 120 then poke("s", "7") elseif i == 140 then poke("kind", nil) elseif i == 150 then poke("n", -5) end
  end
  return s, kind, n
end
hot.show("poked", poked, 200)
local function pokevararg(...) for i = 1, 100 do if i == 70 then debug.setlocal(1, -1, "changed") end end return ... end
hot.show("vararg", pokevararg, 1, 2)
local function pokeerror(n) local t = { x = 1 } local s = 0 for i = 1, n do s = s + t.x; if i == 80 then poke("t", false) end end return s end
hot.show("poke error", pokeerror, 100)
local function control(n) local c = 0 for i = 1, n do c = c + 1; if i == 5 then poke("(for state)", 1) end if c > 500 then break end end return c end
hot.show("for state", control, 100)
local function index(n) local c = 0 for i = 1, n do c = c + i; poke("i", i * 2); c = c + i end return c end
hot.show("loop variable", index, 50)

-- upvalues
local function maker() local u, v = 1, "v"; local function get() return u, v end local function inc() u = u + 1 return u end return get, inc end
local get, inc = maker()
local get2 = maker()
for i = 1, 200 do
  inc()
  if i == 100 then debug.setupvalue(inc, 1, 1000.5) elseif i == 150 then debug.setupvalue(get, 2, {}) elseif i == 170 then debug.setupvalue(inc, 1, "3") end
end
hot.show("upvalues", get)
print(debug.getupvalue(get, 1), debug.getupvalue(get, 2), debug.getupvalue(get, 3), debug.getupvalue(inc, 1))
print(debug.upvalueid(get, 1) == debug.upvalueid(inc, 1), debug.upvalueid(get, 1) == debug.upvalueid(get2, 1), hot.try(debug.upvalueid, get, 9))
debug.upvaluejoin(get2, 1, get, 1)
inc()
print(hot.texts(get2()), debug.upvalueid(get, 1) == debug.upvalueid(get2, 1))
print(hot.try(debug.upvaluejoin, get2, 5, get, 1), hot.try(debug.upvaluejoin, print, 1, get, 1))
local other = 50
local function uses() return other end
local function loops(n) local s = 0 for i = 1, n do s = s + inc(); if i == 100 then debug.upvaluejoin(inc, 1, uses, 1) end end return s end
print(hot.try(loops, 200), other)
print(debug.getupvalue(string.gmatch("x", "."), 1) ~= nil, debug.getupvalue(print, 1), debug.setupvalue(print, 1, 1))

-- metatables of all types, changed under hot code
local function strange(x) return x.name end
hot.show("number index", strange, 5)
debug.setmetatable(0, { __index = { name = "number" }, __call = function(n, m) return n * (m or 2) end, __len = function(n) return n + 1 end })
hot.show("number index", strange, 5)
hot.show("number call", function(n) return n(3), n(), #n, #1.5 end, 5)
debug.setmetatable(0, nil)
hot.show("number index", strange, 5)
debug.setmetatable(nil, { __index = function(_, k) return "nil." .. k end, __add = function() return "nil+" end })
hot.show("nil index", function() local x; return x.y, x + 1, undefinedname.z end)
debug.setmetatable(nil, nil)
debug.setmetatable(print, { __index = { name = "function" }, __concat = function(a, b) return "f.." end, __lt = function() return true end })
hot.show("function index", function() return print.name, print .. "x", strange(hot.text), print < math.abs end)
debug.setmetatable(print, nil)
debug.setmetatable(true, { __band = function(a, b) return "band" end, __unm = function(b) return not b end })
hot.show("boolean", function() return true & false, -true, 1 & true end)
debug.setmetatable(true, nil)
hot.show("boolean", function() return -true end)
print(debug.getmetatable("").__index == string, debug.getmetatable(1), debug.setmetatable({}, nil) ~= nil)
local function uservalue() return debug.getuservalue(io.stdout, 1), debug.setuservalue ~= nil end
hot.show("uservalue", uservalue)

-- levels and locals of coroutines
local co = coroutine.create(function(a, b) local c = a + b; local d = coroutine.yield(c); for i = 1, 100 do coroutine.yield(i + d) end end)
for _ = 1, 80 do coroutine.resume(co, 2, 3) end
print(debug.getlocal(co, 1, 1), debug.getlocal(co, 1, 3), debug.getlocal(co, 1, 4))
print(debug.setlocal(co, 1, 4, 1000), coroutine.resume(co), coroutine.resume(co))
print(debug.getinfo(co, 1, "l").currentline, debug.getinfo(co, 0, "n").name, debug.getinfo(co, 5), hot.try(debug.getinfo, co, 0, "?"))
