-- Overflow of the Lua stack: in plain, variadic, mutual and metamethod recursion, in coroutines, in
-- message handlers; the program goes on afterwards, again and again.
local hot = require "support.hot"

local function first(m) return tostring(m):match "^[^\n]*" end
local function try(name, f, ...)
  for _ = 1, name == "plain" and 3 or 1 do
    local ok, m = pcall(f, ...)
    print(name, ok, first(m), #tostring(m) < 400)
  end
end

-- Frames of 200 slots reach the limit after 5000 calls: as hot as needed, and quick.
local pad = "local " .. ("_, "):rep(189) .. "_\n"
local function wide(text) return hot.compile((text:gsub("PAD", pad))) end

local plain = wide "local f function f() PAD return 1 + f() end return f"
try("plain", plain)
try("locals", wide "local f function f(n) local a, b, c = 1, 2, 3 PAD; return a + b + c + f(n) end return f", 1)
try("variadic", wide "local f function f(...) PAD local n = f(1, ...) return n end return f")
try("mutual", wide "local a, b function a(x) PAD return (b(x)) end function b(x) return (a(x)) end return a", 1)
local object = { method = wide "return function(self) PAD return self:method() .. '' end" }
try("method", object.method, object)
try("field", wide "local field = { f = {} } function field.f.g() PAD local r = field.f.g() return r end return field.f.g")
try("global", wide "function globalfunction() PAD globalfunction() return 1 end return globalfunction")
try("pcall", wide "local f function f(n) PAD if n % 50 == 0 then return pcall(f, n + 1) end return (f(n + 1)) end return f", 1)
try("in loop", wide "local f function f(n) PAD local s = 0 for i = 1, 3 do s = s + f(n) end return s end return f", 1)
try("for iterator", wide "local f function f(s, c) PAD for k in f, s, c do return k end end return f", 1, 1)
try("metamethod", wide "local o = setmetatable({}, {}) getmetatable(o).__call = function(self, x) PAD return self(x) .. '' end return o", 1)
try("comparison", wide "local o = setmetatable({}, {}) getmetatable(o).__lt = function(a, b) PAD return not (a < b) end return function() return o < o end")
try("unpack", function() return table.unpack({}, 1, 1e6) end)
try("select", function() return select("#", table.unpack({}, 1, 999990)) end)
try("concat", function() local t = {} return string.char(table.unpack(t, 1, 1e7)) end)
try("string.byte", function() return ("x"):rep(2e6):byte(1, -1) end)

-- how deep the stack goes is the same each time
local measure = wide "local depth local function go() PAD depth = depth + 1; return 1 + go() end return function() depth = 0; pcall(go); return depth end"
print(measure(), measure(), measure())
local thin = 0
local function small() thin = thin + 1; return 1 + small() end
print(pcall(small))
print(thin)
local depthof = wide [[
  local depth
  local function go(...) PAD depth = depth + 1; local x = go(...) return x end
  return function(args) depth = 0; pcall(go, table.unpack(args)); return depth end]]
print(depthof {}, depthof { 1, 2, 3 }, depthof { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })

-- in coroutines
for _ = 1, 3 do
  local co = coroutine.create(plain)
  local ok, m = coroutine.resume(co)
  print("coroutine", ok, first(m), coroutine.status(co), select(1, coroutine.close(co)))
end
local w = coroutine.wrap(function() local ok, m = pcall(plain); coroutine.yield(ok, first(m)); return pcall(plain) end)
print(w())
print(hot.try(function() local ok, m = w(); return ok, first(m) end))

-- message handlers run in the extra space, and may overflow it
print(xpcall(plain, function(m) return "handled: " .. first(m) end))
local function info(m) return debug.traceback(m, 1) end
local ok, m = xpcall(plain, info)
print(ok, first(m), select(2, m:gsub("\n", "\n")))
print(m:gsub("\n.*\n", " ... "), (m:match "%.%.%.\t*%([^)]*%)"))
local again = wide "local f function f(e) PAD return f(e) .. '' end return f"
ok, m = xpcall(plain, again)
print(ok, type(m))
ok, m = xpcall(function() error "x" end, again)
print(ok, type(m))

-- upvalues and to-be-closed variables survive an overflow; the heap is intact afterwards
local resources = wide [[
  local closed = 0
  local mt = { __close = function() closed = closed + 1 end }
  local function f(n) PAD local c <close> = setmetatable({}, mt); return f(n + 1) + 1 end
  return function() closed = 0; local ok, m = pcall(f, 1); return ok, type(m), closed > 1000 end]]
print(resources())
print(resources())
local function keep(n) local v = n; local f = function() v = v + 1; return v end; if n > 190 then return plain() end local ok3 = pcall(keep, n + 1) return f() end
print(keep(1))
collectgarbage()
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(15))

-- an overflow inside a hot loop that goes on
local failures, sum = 0, 0
for i = 1, 12 do
  local good, v = pcall(i % 4 == 0 and plain or fib, i)
  if good then sum = sum + v else failures = failures + 1 end
end
print(failures, sum)
