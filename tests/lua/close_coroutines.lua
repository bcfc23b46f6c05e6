-- To-be-closed variables in coroutines: yields inside bodies, inside __close (on normal exit, break,
-- return, error), coroutine.close on suspended ones, errors while closing, wrap.
local hot = require "support.hot"

local log = {}
local function flush() local s = table.concat(log, " "); log = {}; return s end
local function closer(name, yields, fail)
  return setmetatable({ tag = name }, { __close = function(_, e)
    log[#log + 1] = name .. "(" .. hot.text(e) .. ")"
    if yields then for i = 1, yields do log[#log + 1] = name .. hot.text(coroutine.yield(name .. i)) end end
    if fail then error(name .. "!", 0) end
  end })
end
local function drive(f, ...)
  local co = coroutine.create(f)
  local out, n = { hot.texts(coroutine.resume(co, ...)) }, 0
  while coroutine.status(co) ~= "dead" and n < 30 do n = n + 1; out[#out + 1] = hot.texts(coroutine.resume(co, n)) end
  return table.concat(out, " | "), flush()
end
local function show(name, f, ...) hot.show(name, drive, f, ...) end

show("yield in body", function() local a <close> = closer "a"; local b <close> = closer "b"; log[#log + 1] = coroutine.yield(1); return "end" end)
show("yield in close", function() local a <close> = closer("a", 2); log[#log + 1] = "body"; return 1, 2, nil end)
show("yield in two", function() local a <close> = closer("a", 1); local b <close> = closer("b", 2); return "x" end)
show("yield after error", function() local a <close> = closer("a", 1); local b <close> = closer("b", 1); error("E", 0) end)
show("yield and fail", function() local a <close> = closer("a", 1, true); local b <close> = closer("b", 1, true); return "x" end)
show("yield in break", function() for i = 1, 3 do local a <close> = closer("i" .. i, 1); if i == 2 then break end end return "after" end)
show("yield in block", function() do local a <close> = closer("a", 1) end log[#log + 1] = "after"; return coroutine.yield "more" end)
show("yield in for", function()
  for i in function(_, c) c = (c or 0) + 1; if c < 4 then return coroutine.yield("it" .. c) and c end end, nil, nil, closer("it", 1) do
    log[#log + 1] = "body" .. i
    if i == 2 then return "returned" end
  end
end)
show("pcall", function()
  local ok, e = pcall(function() local a <close> = closer("a", 2, true); error("first", 0) end)
  return ok, e, coroutine.yield "between"
end)
show("xpcall", function()
  return xpcall(function() local a <close> = closer("a", 1); local n = nil; n() end, function(m) log[#log + 1] = "H"; return "handled " .. m end)
end)
show("return call", function() local a <close> = closer("a", 1); return (function(...) return coroutine.yield("in call"), ... end)(5, 6) end)
show("vararg", function(...) local a <close> = closer("a", 1); coroutine.yield(...); return ... end, 1, nil, "z")

-- coroutine.close
local function closing(name, make)
  hot.show(name, function()
    local co = make()
    local first = hot.texts(coroutine.resume(co, "go"))
    local result = hot.texts(coroutine.close(co))
    return first, result, coroutine.status(co), hot.texts(coroutine.resume(co)), hot.texts(coroutine.close(co)), flush()
  end)
end
closing("close", function() return coroutine.create(function() local a <close> = closer "a"; local b <close> = closer "b"; coroutine.yield "y" end) end)
closing("close fails", function() return coroutine.create(function() local a <close> = closer "a"; local b <close> = closer("b", nil, true); coroutine.yield "y" end) end)
closing("close fails twice", function() return coroutine.create(function() local a <close> = closer("a", nil, true); local b <close> = closer("b", nil, true); coroutine.yield() end) end)
closing("close in depth", function()
  return coroutine.create(function()
    local function level(n) local a <close> = closer("l" .. n); if n == 0 then coroutine.yield "deep" end level(n - 1) end
    level(4)
  end)
end)
closing("close in pcall", function() return coroutine.create(function() pcall(function() local a <close> = closer "a"; coroutine.yield "y" end); coroutine.yield "never" end) end)
closing("close yields", function() return coroutine.create(function() local a <close> = closer("a", 1); coroutine.yield "y" end) end)
closing("close dead", function() return coroutine.create(function() return "done" end) end)
closing("close failed", function() return coroutine.create(function() error("failed", 0) end) end)
hot.show("close new", function() return coroutine.close(coroutine.create(print)) end)
hot.show("close running", function() return coroutine.close(coroutine.running()) end)
hot.show("close normal", function()
  local outer
  outer = coroutine.create(function() return coroutine.resume(coroutine.create(function() return pcall(coroutine.close, outer) end)) end)
  return coroutine.resume(outer)
end)

-- wrap closes its coroutine on error
hot.show("wrap", function()
  local f = coroutine.wrap(function() local a <close> = closer "a"; coroutine.yield(1); error("W", 0) end)
  local one = f()
  return one, hot.try(f), flush(), hot.try(f)
end)
hot.show("wrap fails in close", function()
  local f = coroutine.wrap(function() local a <close> = closer("a", nil, true); error("W", 0) end)
  return hot.try(f), flush()
end)

-- a pipeline of many coroutines with resources
local function pipeline(n)
  local opened, closed = 0, 0
  local function resource() opened = opened + 1; return setmetatable({}, { __close = function() closed = closed + 1; coroutine.yield "closing" end }) end
  local cos, sum = {}, 0
  for i = 1, n do
    cos[i] = coroutine.wrap(function()
      for k = 1, i % 4 + 1 do
        local r <close> = resource()
        coroutine.yield(k)
        if k == 3 then return "early" end
      end
      return "done"
    end)
  end
  for i = 1, n do
    repeat
      local v = cos[i]()
      if type(v) == "number" then sum = sum + v end
    until v == "done" or v == "early"
  end
  return opened, closed, sum
end
hot.show("pipeline", pipeline, 12)
