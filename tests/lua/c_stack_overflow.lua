-- The limit on nested C calls: metamethods, pcall, coroutines, sort, gsub, require, load and the
-- parser; the message names the culprit and the program goes on.
local hot = require "support.hot"

local function first(m) return (tostring(m):match "^[^\n]*") end
local function try(name, f, ...)
  for _ = 1, 3 do
    local ok, m = pcall(f, ...)
    print(name, ok, first(m))
  end
end
local function depth(step) -- how many levels `step` reaches before it fails
  local n = 0
  local function go() n = n + 1; return step(go) end
  local ok, m = pcall(go)
  return n, ok, first(m)
end

print("gsub", depth(function(go) return ("x"):gsub("x", go) end))
print("sort", depth(function(go) return table.sort({ 1, 2 }, function() go() return true end) end))
print("pcall", depth(function(go) return select(2, pcall(go)) end))
print("xpcall", depth(function(go) return select(2, xpcall(go, function(m) return m end)) end))
print("tostring", depth(function(go) return tostring(setmetatable({}, { __tostring = function() return go() end })) end))
print("index", depth(function(go) return setmetatable({}, { __index = function() return go() end }).x end))
print("newindex", depth(function(go) setmetatable({}, { __newindex = function() return go() end }).x = 1 end))
print("arith", depth(function(go) return setmetatable({}, { __add = function() return go() end }) + 1 end))
print("lt", depth(function(go) return setmetatable({}, { __lt = function() return go() end }) < {} end))
print("eq", depth(function(go) return setmetatable({}, { __eq = function() return go() end }) == {} end))
print("concat", depth(function(go) return setmetatable({}, { __concat = function() return go() end }) .. 1 end))
print("len", depth(function(go) return #setmetatable({}, { __len = function() return go() end }) end))
print("close", depth(function(go) local c <close> = setmetatable({}, { __close = function() return go() end }) end))
print("coroutine", (select(3, depth(function(go) return coroutine.wrap(go)() end)):gsub("c_stack_overflow.lua:%d+: ", "@")))
print("dofile", depth(function(go) return load(go) end))
print("forin", depth(function(go) for _ in function() return go() end do end end))

-- metamethods as functions of themselves
local mt = {}
mt.__index = function(t, k) return t[k .. "x"] end
mt.__unm = function(t) return -t end
mt.__concat = function(x, y) return x .. y end
mt.__le = function(x, y) return x <= y end
mt.__tostring = function(t) return tostring(t) end
local o = setmetatable({}, mt)
try("__index", function() return o.y end)
try("__unm", function() return -o end)
try("__concat", function() return o .. "x" end)
try("__le", function() return o <= o end)
try("__tostring", function() return tostring(o) end)
local loop = {}
for i = 1, 3 do loop[i] = setmetatable({}, {}) end
for i = 1, 3 do getmetatable(loop[i]).__index = loop[i % 3 + 1]; getmetatable(loop[i]).__newindex = loop[i % 3 + 1] end
try("index loop", function() return loop[1].x end)
try("newindex loop", function() loop[2].x = 1 end)
local chain = function(...) return ... end
for _ = 1, 300 do chain = setmetatable({}, { __call = chain }) end
try("call chain", function() return select("#", chain()) end)

-- the parser and the pattern matcher have limits of their own
local function nest(open, close, n) return load("return " .. open:rep(n) .. "1" .. close:rep(n), "=nest") end
for _, n in ipairs { 50, 150, 195, 205, 1000 } do
  print(n, first(select(2, nest("(", ")", n)) or "ok"), first(select(2, nest("{", "}", n)) or "ok"), first(select(2, nest("-", "", n)) or "ok"))
  print(n, first(select(2, load(("do "):rep(n) .. ("end "):rep(n), "=do")) or "ok"),
    first(select(2, load("return " .. ("function() return "):rep(n) .. "1" .. (" end"):rep(n), "=fn")) or "ok"),
    first(select(2, load("return " .. ("a.."):rep(n) .. "a", "=cat")) or "ok"))
end
try("pattern", string.match, ("a"):rep(300000), ("a?"):rep(300000) .. "b")
try("pattern captures", string.match, "x", ("("):rep(40) .. "x" .. (")"):rep(40))
try("nested captures", string.find, ("x"):rep(1000), (".-"):rep(250) .. "y")
