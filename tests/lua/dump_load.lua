-- string.dump and load: round trips with and without debug information, of hot functions, of nested
-- ones, upvalues, modes, environments, readers in pieces, all constant kinds, equality of dumps.
local hot = require "support.hot"

local function fib(n) local function f(k) if k < 2 then return k end return f(k - 1) + f(k - 2) end return f(n) end
local function constants() return nil, true, false, 0, -1, 42, 1e100, -0.0, 1 / 0, math.maxinteger, math.mininteger, 2 ^ 53, "short", ("x"):rep(3), "with\0zero", "line\nbreak",
  "a long string of more than forty characters that is stored in another way", "" end
local function control(t)
  local s = 0
  for i = 1, #t do if t[i] % 2 == 0 then goto continue end s = s + t[i] ::continue:: end
  for k, v in pairs { a = 1, b = 2 } do s = s + v end
  while s > 100 do s = s - 100 end
  repeat s = s + 1 until s % 5 == 0
  return s
end
local function varargs(...) local a, b = ...; return select("#", ...), b, a, ... end
local tables = hot.compile "return function(x) return #{ 1, 2, x, x + 1 }, ({ a = x }).a, ({ [x] = { x } })[x][1] end"
local function closures(n) local x = n; local function inc() x = x + 1; return x end; inc(); return inc(), (function(y) return function() return x * y end end)(2)() end
local function closing(n) local log = 0; do local c <close> = setmetatable({}, { __close = function() log = log + n end }); log = log + 1 end return log end
local function failing(t) return t.x.y end
local function many(n) local t = {} for i = 1, n do t[i] = i * i end table.sort(t, function(a, b) return a > b end) return t[1], #t end

local cases = { { "fib", fib, 12 }, { "constants", constants }, { "control", control, { 1, 2, 3, 4, 5, 60, 71 } }, { "varargs", varargs, 1, nil, 3 }, { "tables", tables, 7 },
  { "closures", closures, 5 }, { "closing", closing, 10 }, { "failing", failing, {} }, { "many", many, 50 } }
for _, strip in ipairs { false, true } do
  for _, c in ipairs(cases) do
    local name, f = c[1], c[2]
    local args = { table.unpack(c, 3) }
    local dump = string.dump(f, strip)
    local function env(g) if debug.getupvalue(g, 1) then debug.setupvalue(g, 1, _G) end return g end
    local text = hot.try(f, table.unpack(args))
    local g = env(assert(load(dump, "=dumped", "b")))
    hot.show(name .. (strip and " stripped" or ""), g, table.unpack(args))
    -- again after it got hot, and of the copy
    local again = string.dump(f, strip)
    local copy = string.dump(g, strip)
    print(dump == again, dump == copy, hot.try(env(load(copy)), table.unpack(args)) == text or "text differs", #dump > 50)
    -- copies of copies, each hot for a while
    local h = g
    for _ = 1, 5 do h = env(load(string.dump(h, strip))); for _ = 1, 70 do pcall(h, table.unpack(args)) end end
    print(hot.try(h, table.unpack(args)))
  end
end

-- modes
local binary, text = string.dump(fib), "return 1"
for _, mode in ipairs { "b", "t", "bt", "" } do
  print(mode, hot.texts(load(binary, "=b", mode)), hot.texts(load(text, "=t", mode)))
end
hot.show("dump C", string.dump, print)
hot.show("dump number", string.dump, 5)
hot.show("load number", load, 5)
hot.show("load nil", load, nil)
hot.show("load syntax", load, "x =", "=syn")
hot.show("load empty", function() local f = load ""; return f(), select("#", f()) end)

-- upvalues of a loaded function: the first is the environment, others are nil and unshared
local a, b = 1, 2
local function up() a = a + b; return a, b end
local loaded = load(string.dump(up))
hot.show("upvalues", loaded)
print(debug.getupvalue(loaded, 1), debug.getupvalue(loaded, 2))
debug.setupvalue(loaded, 1, 10); debug.setupvalue(loaded, 2, 5)
print(loaded()); print(loaded()); print(up())
local function shared() return a end
debug.upvaluejoin(loaded, 1, shared, 1)
print(loaded()); print(shared())

-- environments
local env = setmetatable({}, { __index = _G })
local chunk = load("x = (x or 0) + 1; return x, y", "=env", "t", env)
for i = 1, 100 do env.y = i; chunk() end
print(chunk(), env.x, rawget(_G, "x"))
local noenv = load("return ...", "=noenv", "t", nil)
print(noenv(1, 2))
hot.show("env number", load("return x", "=e", "t", 5))

-- readers
local function pieces(s, n) local at = 1 return function() local p = s:sub(at, at + n - 1); at = at + n; if p ~= "" then return p end end end
local source = "local s = 0 for i = 1, 100 do s = s + i end return s, ..."
for _, n in ipairs { 1, 2, 7, 1000 } do
  hot.show("pieces " .. n, function() return load(pieces(source, n), "=p")("v") end)
  hot.show("binary pieces " .. n, function() return load(pieces(string.dump(load(source)), n), "=p")("v") end)
end
hot.show("reader error", load, function() error("reader", 0) end)
hot.show("reader number", function() local n = 0; return load(function() n = n + 1; if n < 4 then return n end end, "=number") end)
hot.show("reader table", load, function() return {} end)
hot.show("reader nil", function() return load(function() end)() end)
-- line information survives, or is gone when stripped
local err = hot.compile "return function(x)\n\nreturn x.a.b\nend"
for _, strip in ipairs { false, true } do
  local g = load(string.dump(err, strip))
  hot.show("line", g, {})
  local i = debug.getinfo(g, "SlLu")
  print(i.short_src, i.linedefined, i.lastlinedefined, i.nups, i.nparams, i.isvararg, i.what, i.activelines and #hot.keys(i.activelines))
  print(debug.getlocal(g, 1))
end
