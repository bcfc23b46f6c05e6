-- To-be-closed variables: normal exit, break, goto, return with values, tail position, error in body,
-- error in closers, nil and false, not closable values, order, nesting in loops and functions.
local hot = require "support.hot"

local log = {}
local function flush() local s = table.concat(log, " "); log = {}; return s end
local function closer(name, fail)
  return setmetatable({ tag = name }, { __close = function(self, e)
    log[#log + 1] = self.tag .. "(" .. hot.text(e) .. ")"
    if fail then error(name .. " failed", 0) end
  end })
end
local function show(name, f, ...)
  local args = hot.pack(...)
  hot.show(name, function() local r = hot.try(f, hot.unpack(args, 1, args.n)); return r, flush() end)
end

show("normal", function() local a <close> = closer "a"; local b <close> = closer "b"; log[#log + 1] = "body" end)
show("return", function() local a <close> = closer "a"; log[#log + 1] = "body"; return 1, nil, "three" end)
show("return call", function() local a <close> = closer "a"; return (function(...) log[#log + 1] = "called"; return ... end)(1, 2) end)
show("return vararg", function(...) local a <close> = closer "a"; return ... end, 1, nil, 3)
show("error", function() local a <close> = closer "a"; local b <close> = closer "b"; error("body", 0) end)
show("error nil", function() local a <close> = closer "a"; error() end)
show("error object", function() local a <close> = closer "a"; error(closer "object") end)
show("failing closer", function() local a <close> = closer "a"; local b <close> = closer("b", true); local c <close> = closer "c" return "value" end)
show("failing closers", function() local a <close> = closer("a", true); local b <close> = closer("b", true); error("body", 0) end)
show("runtime error", function() local a <close> = closer "a"; local x = nil; return x.y end)
show("nil and false", function() local a <close> = nil; local b <close> = false; local c <close> = closer "c"; return "fine" end)
show("not closable", function() local a <close> = closer "a"; local b <close> = {}; return "no" end)
show("number", function() local b <close> = 42 end)
show("const", function() local k <const> = 10; local a <close> = closer "a"; local f <const> = function() return k end return f() end)
show("metamethod lost", function() local a <close> = closer "a"; getmetatable(a).__close = nil end)
show("metamethod bad", function() local a <close> = closer "a"; getmetatable(a).__close = 17 end)
show("callable", function() local a <close> = setmetatable({}, { __close = setmetatable({}, { __call = function(_, o, e) log[#log + 1] = hot.texts(o, e) end }) }) end)

-- blocks and loops
show("do block", function() do local a <close> = closer "a" end log[#log + 1] = "after" end)
show("for break", function() for i = 1, 5 do local a <close> = closer("i" .. i); if i == 3 then break end end log[#log + 1] = "after" end)
show("while goto", function()
  local i = 0
  while true do
    i = i + 1
    local a <close> = closer("w" .. i)
    if i == 2 then goto continue end
    if i == 4 then goto out end
    log[#log + 1] = "b" .. i
    ::continue::
  end
  ::out::
  log[#log + 1] = "out"
end)
show("repeat", function() local i = 0 repeat i = i + 1; local a <close> = closer("r" .. i) until a.tag == "r3" return i end)
show("loop error", function() for i = 1, 5 do local a <close> = closer("e" .. i); if i == 3 then error("three", 0) end end end)
show("nested", function()
  local a <close> = closer "a"
  for i = 1, 2 do
    local b <close> = closer("b" .. i)
    do local c <close> = closer("c" .. i); if i == 2 then return "left" end end
  end
end)
show("in calls", function()
  local function level(n) local a <close> = closer("l" .. n); if n == 0 then error("bottom", 0) end return (level(n - 1)) end
  level(4)
end)
show("pcall inside", function()
  local a <close> = closer "a"
  local ok, e = pcall(function() local b <close> = closer "b"; error("inner", 0) end)
  log[#log + 1] = tostring(ok) .. e
  return ok
end)
show("closer closes", function()
  local a <close> = setmetatable({}, { __close = function(_, e) local x <close> = closer "x"; log[#log + 1] = "A" .. hot.text(e); local y <close> = closer("y", true) end })
  return "r"
end)

-- many closers in one loop, upvalues captured by closers, values of the body kept
local function sum(n)
  local total = 0
  for i = 1, n do
    local v = i
    local c <close> = setmetatable({}, { __close = function() total = total + v end })
    v = v * 2
  end
  return total
end
hot.show("sum", sum, 50)
local function early(n)
  local seen = 0
  local function one(i)
    local c <close> = setmetatable({}, { __close = function() seen = seen + 1 end })
    if i % 3 == 0 then return i, "third" end
    if i % 5 == 0 then error(i) end
    return i
  end
  local s = 0
  for i = 1, n do
    local ok, v, w = pcall(one, i)
    if ok then s = s + v + (w and 1 or 0) else s = s + #tostring(v) end
  end
  return s, seen
end
hot.show("early", early, 60)

-- a function that is closed over hot and then meets other kinds of values
local function using(v) local c <close> = v; return hot.text(v) end
hot.surprise("using", function(v) local r = using(v); return r, flush() end,
  { { closer "ok" }, { nil, n = 1 }, { false }, { {} }, { 5 }, { "s" }, { closer("bad", true) }, { closer "again" } })
-- message handlers see the stack before closing
show("xpcall", function()
  return xpcall(function() local a <close> = closer "a"; error("E", 0) end, function(m) log[#log + 1] = "handler " .. m; return m .. "!" end)
end)
