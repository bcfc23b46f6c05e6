-- Tracebacks: from errors, from debug.traceback with levels and threads, through pcall, coroutines,
-- metamethods, tail calls, C functions, hooks of iterators, deep stacks.
local hot = require "support.hot"

local function show(name, f, ...)
  local last, changes = nil, 0
  local args = hot.pack(...)
  for _ = 1, hot.times do
    local _, t = xpcall(f, debug.traceback, hot.unpack(args, 1, args.n))
    if t ~= last then changes = changes + 1 end
    last = t
  end
  print("== " .. name, changes)
  print(last)
end

local object = { method = function(self) return self.x.y end, field = { run = function(f) local r = f() return r end } }
local function level3(v) local t = v.x.y return t end
local function level2(v) local t = level3(v) return t end
local function level1(v) local t = level2(v) return t end
function globalfunction(v) local t = level1(v) return t end

show("local functions", level1, {})
show("global function", function() local r = globalfunction {} return r end)
show("method", function() local r = object:method() return r end)
show("field", function() local r = object.field.run(function() local x = nil; return x.y end) return r end)
show("tail calls", function() return (function(v) return level1(v) end)({}) end)
show("tail to C", function() return error("tail error") end)
show("error call", function() error("explicit", 1) end)
show("error level 2", function() (function() error("explicit", 2) end)() end)
show("error table", function() error(({ code = 1 }).code) end)
show("C callback", function() local r = ("abc"):gsub(".", function(c) return c + nil end) return r end)
show("sort callback", function() table.sort({ 3, 2, 1 }, function(a, b) return a.x < b end) end)
show("__index", function() return (setmetatable({}, { __index = function(t, k) return k.x.y end })).name end)
show("__add", function() local r = setmetatable({}, { __add = function(a, b) error "in add" end }) + 1 return r end)
show("__call", function() local r = setmetatable({}, { __call = function(self, v) return v.x.y end })({}) return r end)
show("__lt", function() return setmetatable({}, { __lt = function() error("in lt", 2) end }) < {} end)
show("__concat", function() return "x" .. setmetatable({}, { __concat = function() return nil + 1 end }) end)
show("__close", function() local c <close> = setmetatable({}, { __close = function(_, e) error("closing after " .. tostring(e), 0) end }) return 1 end)
show("__gc free", function() collectgarbage() error("after collection", 0) end)
show("iterator", function() for k in function(_, k) return k.x.y end, nil, {} do print(k) end end)
show("pcall inside", function() local ok, e = pcall(level1, {}) error(e, 0) end)
show("in coroutine", function() local r = coroutine.wrap(function() return level1 {} end)() return r end)
show("require", function() require "support.nothing such" end)
show("load", function() local f = load("local a = 1\nreturn a.b.c", "=chunk"); return f() end)
show("upvalue function", function() local r = level3() return r end)

-- deep stacks are shortened in the middle
local function deep(n) if n == 0 then error("bottom", 0) end local r = deep(n - 1) return r end
for _, n in ipairs { 5, 10, 11, 12, 18, 19, 20, 21, 22, 23, 30, 100 } do
  local _, t = xpcall(deep, debug.traceback, n)
  local _, count = t:gsub("\n", "")
  print(n, count, t:match "%.%.%.[^\n]*")
end
show("deep", deep, 25)

-- debug.traceback called directly
local function direct(...) local t = debug.traceback(...) return t end
for _ = 1, 100 do direct "x" end
print(direct())
print(direct "message")
print(direct("message", 1))
print(direct("message", 2))
print(direct("message", 50))
print(direct(nil, 1))
print(direct(42, 1))
print(direct(true))
print(type(direct {}))

-- of coroutines that are suspended in hot code, finished and failed
local function producer(n)
  for i = 1, n do
    local r = coroutine.yield(i) -- suspended here
    if r == "fail" then local x = nil; x.y = 1 end
  end
end
local co = coroutine.create(function(n) local r = producer(n) return r end)
for _ = 1, 100 do coroutine.resume(co, 200) end
print(debug.traceback(co))
print(debug.traceback(co, "suspended", 1))
print(debug.traceback(co, "level 0", 0))
print(coroutine.resume(co, "fail"))
print(debug.traceback(co, "failed"))
local done = coroutine.create(function() end)
coroutine.resume(done)
print(debug.traceback(done, "done"))
print(debug.traceback(coroutine.create(print), "new"))
