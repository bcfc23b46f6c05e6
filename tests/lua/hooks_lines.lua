-- Line hooks: the exact sequence of lines in every construct, hooks set before and in the middle of
-- hot loops, from inside functions, removed again, in coroutines, and errors thrown by them.
local hot = require "support.hot"

local function trace(f, ...)
  local lines = {}
  local source = debug.getinfo(f, "S").source
  debug.sethook(function(_, line) if debug.getinfo(2, "S").source == source then lines[#lines + 1] = line end end, "l")
  local r = hot.try(f, ...)
  debug.sethook()
  return r, table.concat(lines, " ")
end
local function show(name, source, ...)
  local f = load(source, "=chunk" .. name)
  local first = hot.texts(trace(f, ...))
  for _ = 1, 120 do pcall(f, ...) end -- hot without a hook
  local second = hot.texts(trace(f, ...))
  print(name, first)
  if second ~= first then print(name, "hot:", second) end
end
show("straight", "local a = 1\nlocal b = 2\n\nlocal c = a + b\nreturn c")
show("if", "local x = ...\nif x then\n  x = 1\nelse\n  x = 2\nend\nif not x then x = 3 end\nreturn x", true)
show("numeric for", "local s = 0\nfor i = 1, 4 do\n  s = s + i\nend\nreturn s")
show("one line for", "local s = 0\nfor i = 1, 4 do s = s + i end\nreturn s")
show("float for", "for x = 1.0, 2, 0.5 do\n  local y = x\nend")
show("empty for", "for i = 1, 3 do\nend\nfor i = 1, 0 do\nend")
show("while", "local i = 0\nwhile i < 3 do\n  i = i + 1\nend\nreturn i")
show("repeat", "local i = 0\nrepeat\n  i = i + 1\nuntil i >= 3\nreturn i")
show("generic for", "for k, v in ipairs({ 1, 2, 3 }) do\n  local x = v\nend")
show("goto", "local i = 0\n::top::\ni = i + 1\nif i < 3 then\n  goto top\nend\nreturn i")
show("break", "for i = 1, 5 do\n  if i == 3 then\n    break\n  end\nend\nreturn 1")
show("calls", "local function f(x)\n  return x\nend\nlocal a = f(1)\nlocal b = f(\n  2\n)\nreturn f(\n  a +\n  b)")
show("multi-line", "local t = {\n  1,\n  2,\n  x = 3,\n}\nreturn t[1] +\n  t[2] +\n  t.x")
show("closures", "local fs = {}\nfor i = 1, 2 do\n  fs[i] = function()\n    return i\n  end\nend\nreturn fs[1]() +\n  fs[2]()")
show("close", "local c <close> = setmetatable({}, { __close = function()\n  return 1\nend })\ndo\n  local d <close> = c\nend\nreturn 2")
show("error", "local t = {}\nlocal x = 1\nlocal y = t.a.b\nreturn x")
show("recursion", "local function f(n)\n  if n == 0 then\n    return 0\n  end\n  return 1 + f(n - 1)\nend\nreturn f(3)")
show("vararg", "local a, b = ...\nlocal t = { ... }\nreturn select('#', ...),\n  a, b, #t", 1, 2)
show("logic", "local a, b = true, nil\nlocal c = a\n  and b\n  or 5\nreturn c == 5\n  and not b")
show("far", "local a = 1" .. ("\n"):rep(400) .. "local b = 2" .. ("\n"):rep(300) .. "return a + b")

-- set and removed in the middle of a running loop, at many places
local count = 0
local function counter() count = count + 1 end
local function middle(n, on, off)
  local s = 0
  for i = 1, n do
    if i == on then debug.sethook(counter, "l") end
    s = s + i
    if i == off then debug.sethook() end
    s = s ~ 1
  end
  debug.sethook()
  return s
end
for _, c in ipairs { { 200, 100, 110 }, { 200, 1, 200 }, { 200, 199, 200 }, { 200, 150, 120 }, { 300, 61, 63 }, { 50, 2, 3 } } do
  count = 0
  local s = middle(table.unpack(c))
  print("middle", s, count)
end

-- from a function called by a hot loop, several levels down
local function arm(on) if on then debug.sethook(counter, "l") else debug.sethook() end end
local function deep(n, on) if n == 0 then return arm(on) end deep(n - 1, on) return n end
local function caller(n)
  local s = 0
  for i = 1, n do
    if i % 50 == 10 then deep(5, true) end
    s = s + i * 2
    s = s - i
    if i % 50 == 20 then deep(3, false) end
  end
  return s
end
count = 0
print("deep", caller(300), count)

-- the hook changes local variables of the hooked function
local function victim(n)
  local stop = false
  local steps = 0
  for i = 1, n do
    steps = steps + 1
    if stop then return steps end
  end
  return -steps
end
for _, limit in ipairs { 5, 100, 333 } do
  local calls = 0
  debug.sethook(function()
    calls = calls + 1
    if calls == limit then
      for l = 1, 10 do if debug.getlocal(2, l) == "stop" then debug.setlocal(2, l, true) end end
    end
  end, "l")
  local r = victim(1000)
  debug.sethook()
  print("setlocal", limit, r, calls)
end

-- errors from a hook
local function endless() local i = 0 while true do i = i + 1 end end
for _, limit in ipairs { 10, 500 } do
  local n = 0
  print(pcall(function()
    debug.sethook(function(_, line) n = n + 1; if n > limit then debug.sethook(); error("stopped after " .. limit, 0) end end, "l")
    endless()
  end), n)
end

-- hooks belong to a coroutine
local lines = 0
local co = coroutine.create(function(n) local s = 0 for i = 1, n do s = s + i
  if i % 10 == 0 then coroutine.yield(s) end end return s end)
for r = 1, 12 do
  if r == 5 then debug.sethook(co, function() lines = lines + 1 end, "l") end
  if r == 8 then debug.sethook(co) end
  coroutine.resume(co, 110)
end
print("coroutine", lines, coroutine.status(co), debug.gethook(co))
