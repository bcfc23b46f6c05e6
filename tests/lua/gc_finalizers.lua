-- Finalisers in deterministic form: counts and order after full collections, resurrection, errors
-- as warnings, objects marked late, finalisers at closing of the state, called from hot code.
-- stderr: any
local hot = require "support.hot"

local function round(mode)
  collectgarbage(mode)
  local count, order = 0, {}
  local mt = { __gc = function(o) count = count + 1; if o.name then order[#order + 1] = o.name end end }
  for i = 1, 200 do setmetatable({ i }, mt) end
  collectgarbage()
  print(mode, "dead", count)
  -- order: reverse of marking
  do
    local t = {}
    for i = 1, 8 do t[i] = setmetatable({ name = "n" .. i }, mt) end
  end
  collectgarbage()
  print(mode, "order", table.concat(order, " "))
  -- reachable ones are not finalised
  local keep = {}
  count = 0
  for i = 1, 50 do keep[i] = setmetatable({}, mt); setmetatable({}, mt) end
  collectgarbage()
  print(mode, "kept", count)
  keep = nil
  collectgarbage()
  print(mode, "released", count)
  -- resurrection, once; a second time needs a new mark
  local saved = {}
  local phoenix = {}
  phoenix.__gc = function(o) saved[#saved + 1] = o; o.times = (o.times or 0) + 1; if o.times < 3 then setmetatable(o, phoenix) end end
  setmetatable({}, phoenix)
  for _ = 1, 5 do collectgarbage(); local o = table.remove(saved); if o then print(mode, "resurrected", o.times) end o = nil end
  -- no __gc field when the metatable is set: never marked
  count = 0
  local late = {}
  setmetatable({}, late)
  late.__gc = mt.__gc
  setmetatable({}, late)
  collectgarbage()
  print(mode, "late", count)
  -- the field changes between marking and collection
  local changing = { __gc = function() count = count + 1 end }
  setmetatable({}, changing)
  changing.__gc = function() count = count + 100 end
  collectgarbage()
  setmetatable({}, changing)
  changing.__gc = true
  collectgarbage()
  print(mode, "changed", count)
  -- cycles, closures and coroutines as finalised garbage
  count = 0
  for i = 1, 30 do
    local a, b = setmetatable({}, mt), setmetatable({}, mt)
    a.b, b.a = b, a
    a.f = function() return a, b end
    a.co = coroutine.create(function() coroutine.yield(b) end)
    coroutine.resume(a.co)
  end
  collectgarbage()
  collectgarbage()
  print(mode, "cycles", count)
  -- weak tables: values go before finalisers run, keys after
  local values, keys = setmetatable({}, { __mode = "v" }), setmetatable({}, { __mode = "k" })
  local seen
  do
    local o = setmetatable({}, { __gc = function(x) seen = hot.texts(values.x == nil, keys[x]) end })
    values.x, keys[o] = o, "key"
    o = nil
  end
  collectgarbage()
  print(mode, "weak", seen)
  collectgarbage()
  print(mode, "weak after", values.x, next(keys))
end
for _ = 1, 2 do
  round "incremental"
  round "generational"
end
collectgarbage("incremental")

-- errors in finalisers become warnings; the program goes on
warn("@on")
for i = 1, 3 do setmetatable({}, { __gc = function() error("finaliser " .. i, 0) end }); collectgarbage() end
setmetatable({}, { __gc = function() error { } end })
collectgarbage()
setmetatable({}, { __gc = function() local t = nil; return t.x end })
collectgarbage()
warn("@off")
setmetatable({}, { __gc = function() error("silent", 0) end })
collectgarbage()
warn("@on")

-- finalisers that run in the middle of hot allocation, and allocate, and error, and collect
local ran, sum = 0, 0
local noisy = { __gc = function(o) ran = ran + 1; local t = {}; for i = 1, 5 do t[i] = { o } end if ran % 7 == 0 then pcall(error, "x") end if ran % 50 == 0 then collectgarbage("step") end end }
collectgarbage("incremental", 50, 400)
local function allocate(n)
  local s = 0
  for i = 1, n do
    local o = setmetatable({ i, i * 0.5 }, noisy)
    s = s + o[1] + o[2]
    if i % 3 == 0 then s = s .. "" s = s + 0 end
  end
  return s
end
for _ = 1, 20 do sum = sum + allocate(200) end
collectgarbage()
collectgarbage()
print(sum, ran)
-- finalisers cannot yield, see no caller of theirs, and may use the debug library
local co = coroutine.wrap(function() setmetatable({}, { __gc = function() print("yield in finaliser", pcall(coroutine.yield)) end }); collectgarbage(); return "end" end)
print(co())
setmetatable({}, { __gc = function() print("name", debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat) end })
collectgarbage()

-- at the end of the program all that is left is finalised, in reverse order
for i = 1, 5 do _G["last" .. i] = setmetatable({}, { __gc = function() print("closing", i) end }) end
local chain = setmetatable({}, { __gc = function() print("first marked"); setmetatable({}, { __gc = function() print("marked while closing") end }) end })
_G.chain = chain
_G.failing = setmetatable({}, { __gc = function() error("while closing", 0) end })
