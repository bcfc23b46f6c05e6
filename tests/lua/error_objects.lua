-- Errors as values: all kinds of error objects, rethrowing, nesting of pcall and xpcall, handlers
-- that fail or yield, errors in hot loops at a low and a high rate, assert, error with levels.
local hot = require "support.hot"

local object = setmetatable({ tag = "E" }, { __tostring = function(s) return "object " .. s.tag end })
local values = { n = 11, "text", 42, 1.5, true, false, nil, object, {}, print, "", -0.0 }
local function throw(v) error(v) end
local function throw0(v) error(v, 0) end
local function throw2(v) error(v, 2) end
for _, f in ipairs { throw, throw0, throw2 } do
  for i = 1, values.n do hot.show("throw", f, values[i]) end
end
hot.show("identity", function() local ok, e = pcall(throw, object); return ok, rawequal(e, object), tostring(e) end)
hot.show("error()", error)
hot.show("rethrow", function() local ok, e = pcall(throw, "first"); local ok2, e2 = pcall(throw, e); return ok, ok2, e2 end)
hot.show("pcall pcall", pcall, pcall, pcall, error, "deep")
hot.show("pcall nothing", pcall)
hot.show("pcall nil", pcall, nil)
hot.show("pcall results", pcall, function(...) return ... end, 1, nil, 3, nil)
hot.show("pcall callable", pcall, setmetatable({}, { __call = function(_, x) return x end }), "called")

-- assert
hot.show("assert ok", assert, 1, "unused", 3)
hot.show("assert false", assert, false)
hot.show("assert nil message", assert, nil, "message")
hot.show("assert object", assert, false, object)
hot.show("assert no argument", assert)
hot.show("assert nil nil", assert, nil, nil)
hot.show("assert in code", function(t) assert(t.x, "x is missing") return t.x end, {})

-- xpcall and handlers
local function handler(m) return "H(" .. hot.text(m) .. ")" end
for i = 1, values.n do hot.show("handler", xpcall, throw0, handler, values[i]) end
hot.show("handler args", xpcall, function(...) return select("#", ...), ... end, handler, 1, nil)
hot.show("handler many results", xpcall, throw0, function(m) return m, "second" end, "x")
hot.show("handler no result", xpcall, throw0, function() end, "x")
hot.show("handler nil", xpcall, throw0, nil, "x")
hot.show("handler not function", function() local ok, e = xpcall(throw0, 5, "x") return ok, type(e) end)
hot.show("handler fails once", function() local n = 0; return xpcall(throw0, function(m) n = n + 1; if n == 1 then error("again", 0) end return m .. n end, "x") end)
hot.show("handler fails always", function() local ok, e = xpcall(throw0, function(m) error("again", 0) end, "x") return ok, type(e) end)
hot.show("handler yields", function() return coroutine.wrap(function() return xpcall(throw0, coroutine.yield, "x") end)() end)
hot.show("handler sees stack", function()
  return xpcall(function() local precious = 7; local t = nil; return t.x end, function(m)
    local name, value = debug.getlocal(2, 1)
    return m .. " with " .. tostring(name) .. "=" .. tostring(value)
  end)
end)
hot.show("nested xpcall", function()
  return xpcall(function() local ok, e = xpcall(throw0, function(m) return m .. " inner" end, "E"); error(e .. " rethrown", 0) end, function(m) return m .. " outer" end)
end)

-- error rates in one hot loop
local function every(n, rate, mode)
  local failed, sum = 0, 0
  local function work(i)
    if i % rate == 0 then
      if mode == 1 then error(i) elseif mode == 2 then local t; t.x = 1 elseif mode == 3 then error(object) elseif mode == 4 then return i + {} else string.rep() end
    end
    return i
  end
  for i = 1, n do
    local ok, v = pcall(work, i)
    if ok then sum = sum + v else failed = failed + 1; if type(v) == "number" then sum = sum - v end end
  end
  return failed, sum
end
for mode = 1, 5 do print(mode, hot.texts(every(1000, 1, mode)), hot.texts(every(1000, 2, mode)), hot.texts(every(1000, 100, mode)), hot.texts(every(1000, 999, mode))) end

-- state after errors: locals of the catcher, upvalues, half done assignments
local function catcher(n)
  local a, b, t = 1, 2.5, {}
  for i = 1, n do
    local ok = pcall(function() a = a + i; t[i], t.x = i, a; if i % 3 == 0 then t[nil] = b end b = b + 0.5 end)
    if not ok then a = a - 1 end
  end
  return a, b, #t, t.x
end
hot.show("catcher", catcher, 50)
local function multiple(t) local x, y = 1, 2; x, t.a, y = y, x, t.b.c; return x, y end
local t = {}
hot.show("multiple", multiple, t)
hot.print(t.a)

-- error as control flow: a parser with backtracking
local function parse(input)
  local pos = 1
  local function expect(c) if input:sub(pos, pos) ~= c then error({ tag = "expected " .. c .. " at " .. pos }) end pos = pos + 1 end
  local function try(f) local save = pos; local ok, e = pcall(f); if not ok then pos = save end return ok, e end
  local expr
  local function atom()
    if try(function() expect "(" expr() expect ")" end) then return end
    if try(function() expect "[" expr() expect "]" end) then return end
    expect "x"
  end
  function expr() atom() while try(function() expect "+" atom() end) do end end
  local ok, e = pcall(expr)
  return ok, pos, e
end
for _, input in ipairs { "x", "x+x", "(x+[x])+x", "((x)", "[x+(x])", "y", "((((((((x))))))))+x+x" } do hot.show(input, parse, input) end
