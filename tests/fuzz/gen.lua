-- Prints a random Lua program: `lua5.4 gen.lua SEED`. The same seed gives the same program on every
-- machine and Lua version (the generator of random numbers is our own).
--
-- A program is made of functions with loops, closures, coroutines, metamethods, varargs, goto,
-- to-be-closed variables and errors. Each is called some hundred times with arguments whose types
-- change; every call is protected, and values, error messages and a checksum of all that
-- was observed are printed.
--
-- Invariants. Programs end: loops have bounded trip counts, functions call only functions defined
-- before them and, while there is `fuel`, themselves, and a static estimate of the work (`cost`)
-- keeps products of loops small. Output depends on nothing but the language: no addresses, no order
-- of pairs, no sign of a NaN, no length of a list with holes (variables named t# are lists without
-- holes, r# records). Most operations get operands they accept (n#: mostly numbers, s#: mostly
-- strings, v#: anything), so that programs
-- get far, and some do not, so that errors are raised everywhere.
--
-- Lua 5.4.4 has a bug that programs must not meet: where a __concat metamethod makes the stack move,
-- luaV_concat goes on with the old one. So every coroutine begins with `grow()`, and frames that
-- stay on a stack are made wide (`wide`), which keeps the stack from moving in so small a call.

local seed = math.tointeger(tonumber(arg[1])) or error("usage: gen.lua SEED")
local state = seed
local wide = "if not H then H(" .. ("nil, "):rep(120) .. "nil) end"
local function bits() -- splitmix64
  state = state + 0x9e3779b97f4a7c15
  local z = state
  z = (z ~ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ~ (z >> 27)) * 0x94d049bb133111eb
  return z ~ (z >> 31)
end
local function random(n) return (bits() >> 1) % n + 1 end -- 1 .. n
local function chance(percent) return random(100) <= percent end
local function pick(t) return t[random(#t)] end

-- ---- output -----------------------------------------------------------------------------------

local lines, depth = {}, 0
local function emit(format, ...)
  lines[#lines + 1] = ("  "):rep(depth) .. (select("#", ...) > 0 and format:format(...) or format)
end
local function block(open, body, close)
  emit(open)
  depth = depth + 1
  body()
  depth = depth - 1
  emit(close or "end")
end

-- ---- scopes -----------------------------------------------------------------------------------

-- fn: the function being generated. Its fields: vars (kind -> list of names in scope), weight (how
-- often the present statement runs for each call), cost, loop (inside a loop), vararg, coroutine.
local fn
local functions = {} -- those finished: { name, cost, params, vararg }
local budget = 3000  -- limit on the cost of a function
local counter = 9 -- fresh names must not meet those of `define`
local function fresh(prefix) counter = counter + 1; return prefix .. counter end
local function names(kind) return fn.vars[kind] end
local function scoped(body)
  local before = {}
  for kind, list in pairs(fn.vars) do before[kind] = #list end
  body()
  for kind, list in pairs(fn.vars) do for i = #list, (before[kind] or 0) + 1, -1 do list[i] = nil end end
end
local function weighted(factor, body)
  local weight, loop = fn.weight, fn.loop
  fn.weight, fn.loop = weight * factor, true
  scoped(body)
  fn.weight, fn.loop = weight, loop
end
local function heavy(factor) return fn.weight * factor > 150 or fn.cost > budget end

-- ---- expressions ------------------------------------------------------------------------------

local expr
local integers = { "0", "1", "2", "3", "5", "7", "10", "-1", "-2", "127", "128", "-128", "255", "256", "65535", "65536", "1000003",
  "0x7fffffff", "0xffffffff", "1 << 31", "1 << 53", "math.maxinteger", "math.mininteger", "0x7ffffffffffffffe" }
local floats = { "0.0", "-0.0", "0.5", "1.5", "-2.25", "3.0", "1e3", "1e15", "1e100", "2^53", "2.0^63", "1e-5", "1/0", "-1/0", "0/0", "127.0", "128.0" }
local texts = { '"a"', '"b"', '""', '"10"', '"0x1F"', '"3.5"', '" 7 "', '"1e2"', '"xyz"', '"k"', '"a longer string, of more than forty characters, not interned"' }
local arith = { "+", "-", "*", "+", "-", "*", "/", "%", "//", "^" }
local bitwise = { "&", "|", "~", "<<", ">>" }
local compares = { "<", "<=", ">", ">=", "==", "~=" }

local function paren(s) return s:find "^%a[%w_]*$" and s ~= "nil" and s ~= "true" and s ~= "false" and s or "(" .. s .. ")" end
local function list() return pick(names "t") end
local function element(d) local t = list(); return ("%s[%s %% #%s + 1]"):format(t, paren("I(" .. expr("n", d - 1) .. ")"), t) end
local function field() return pick(names "r") .. pick { ".a", ".b", ".c", '["d"]', "[1]", "[2.0]", ".n" } end

local function number(d)
  local r = random(100)
  if d <= 0 or r <= 30 then
    if chance(60) and #names "n" > 0 then return pick(names "n") end
    return chance(70) and (chance(60) and tostring(random(20) - 5) or "(" .. pick(integers) .. ")") or "(" .. pick(floats) .. ")"
  elseif r <= 62 then
    local op, right = pick(arith), expr("n", d - 1)
    if (op == "//" or op == "%") and chance(90) then right = "J(" .. right .. ")" end
    return paren(expr("n", d - 1)) .. " " .. op .. " " .. paren(right)
  elseif r <= 72 then return ("I(%s) %s I(%s)"):format(expr("n", d - 1), pick(bitwise), expr("n", d - 1))
  elseif r <= 73 and chance(30) then return paren(expr("n", d - 1)) .. " " .. pick(bitwise) .. " " .. paren(expr("n", d - 1))
  elseif r <= 77 then return "-" .. paren(expr("n", d - 1))
  elseif r <= 79 then return "~I(" .. expr("n", d - 1) .. ")"
  elseif r <= 83 then return "#" .. (chance(60) and list() or paren(expr("s", d - 1)))
  elseif r <= 89 then return chance(90) and "Q(" .. element(d) .. ")" or element(d)
  elseif r <= 92 then return chance(90) and "Q(" .. field() .. ")" or field()
  elseif r <= 94 then return ("math.%s(Q(%s) %s)"):format(pick { "floor", "abs", "ceil", "tointeger" }, expr("n", d - 1), pick { "", "+ 0", "* 2" }):gsub("^math.tointeger.*", "(%0 or 5)")
  elseif r <= 96 then return ("math.%s(%s, %s)"):format(pick { "max", "min" }, expr("n", d - 1), expr("n", d - 1))
  elseif r <= 97 then return ("(tonumber(%s) or 4)"):format(expr("s", d - 1))
  elseif r <= 98 then return ("(%s:byte(I(%s)) or 6)"):format(paren(expr("s", d - 1)), expr("n", d - 1))
  else return ("select('#', %s)"):format(fn.vararg and "..." or expr("v", d - 1)) end
end
local function text(d)
  local r = random(100)
  if d <= 0 or r <= 40 then return chance(50) and #names "s" > 0 and pick(names "s") or pick(texts) end
  if r <= 75 then return ("L(%s .. %s)"):format(paren(expr(chance(70) and "s" or "n", d - 1)), paren(expr(chance(70) and "n" or "s", d - 1)))
  elseif r <= 80 then return ("L(%s .. %s .. %s .. %s)"):format(paren(expr("s", d - 1)), paren(expr("n", 0)), pick(texts), paren(expr("s", 0)))
  elseif r <= 86 then return ("%s:sub(I(%s), I(%s))"):format(paren(expr("s", d - 1)), expr("n", 0), expr("n", 0))
  elseif r <= 90 then return ("%s:%s()"):format(paren(expr("s", d - 1)), pick { "upper", "lower", "reverse" })
  elseif r <= 94 then return "T(" .. expr("v", d - 1) .. ")"
  elseif r <= 96 then return ("L(%s:rep(I(%s) %% 4))"):format(paren(expr("s", d - 1)), expr("n", d - 1))
  elseif r <= 98 then return ("L((%s:gsub(%s, %s)))"):format(paren(expr("s", d - 1)), pick { '"a"', '"%d"', '"."', '"%w+"' }, pick { '"b"', '"<%0>"', "string.upper", "{ a = 1 }" })
  else return ("type(%s)"):format(expr("v", d - 1)) end
end
local function condition(d)
  local r = random(100)
  if d <= 0 or r <= 6 then return chance(70) and pick(names "n") .. " " .. pick(compares) .. " " .. random(9) or pick { "true", "false", "nil" } end
  if r <= 65 then return paren(expr("n", d - 1)) .. " " .. pick(compares) .. " " .. paren(expr("n", d - 1))
  elseif r <= 72 then return paren(expr("s", d - 1)) .. " " .. pick(compares) .. " " .. paren(expr("s", d - 1))
  elseif r <= 80 then return paren(expr("v", d - 1)) .. " " .. pick { "==", "~=" } .. " " .. paren(expr("v", d - 1))
  elseif r <= 87 then return "not " .. paren(expr("b", d - 1))
  else return paren(expr("b", d - 1)) .. pick { " and ", " or " } .. paren(expr("b", d - 1)) end
end
local function call(d)
  local usable = {}
  for _, f in ipairs(functions) do if fn.cost + fn.weight * f.cost <= budget then usable[#usable + 1] = f end end
  if #usable == 0 then return "T(" .. expr("n", 0) .. ")" end
  local f = pick(usable)
  fn.cost = fn.cost + fn.weight * f.cost
  local args = {}
  for i = 1, random(4) - (chance(20) and 1 or 0) do args[i] = expr(pick { "n", "n", "s", "v" }, d - 1) end
  if fn.vararg and chance(15) then args[#args + 1] = "..." end
  return f.name .. "(" .. table.concat(args, ", ") .. ")"
end
local function any(d)
  local r = random(100)
  if #names "v" > 0 and r <= 25 then return pick(names "v") end
  if d <= 0 or r <= 40 then return pick { number, text }(0) end
  if r <= 55 then return number(d) elseif r <= 65 then return text(d) elseif r <= 72 then return condition(d)
  elseif r <= 78 then return call(d)
  elseif r <= 84 then return ("O(%s)"):format(expr("n", d - 1))
  elseif r <= 86 then return ("Y(%s)"):format(expr("n", d - 1))
  elseif r <= 88 then return pick { "nil", "true", "false" }
  elseif r <= 92 then return field()
  elseif r <= 94 and fn.vararg then return pick { "(...)", "(select(-1, 0, ...))", "#{ ... }" }
  elseif r <= 96 and #names "f" > 0 then fn.cost = fn.cost + fn.weight * 3; return ("%s(%s)"):format(pick(names "f"), expr("n", d - 1))
  else return ("%s and %s or %s"):format(paren(expr("b", d - 1)), paren(expr("v", d - 1)), paren(expr("v", d - 1))) end
end
function expr(kind, d)
  if random(1000) <= 4 then kind = "v" end
  if kind == "n" then return number(d) elseif kind == "s" then return text(d) elseif kind == "b" then return condition(d) end
  return any(d)
end

-- ---- statements -------------------------------------------------------------------------------

local statement, body
local function statements(n) for _ = 1, n do statement() end end
local function target()
  local r = random(100)
  if r <= 50 then return pick(names "n"), "n" elseif r <= 65 then return pick(names "s"), "s" elseif r <= 80 then return pick(names "v"), "v"
  elseif r <= 90 then return field(), "v" end
  local t = list()
  return ("%s[I(%s) %% #%s + 1]"):format(t, expr("n", 1), t), "t"
end
local function value(kind, d) if kind == "t" then return "N(" .. expr("v", d) .. ")" end return expr(kind, d) end
local function declare(kind, name) local l = names(kind); l[#l + 1] = name end
local locals = 0

local makers = {}
local function kind_of(weight, f) for _ = 1, weight do makers[#makers + 1] = f end end

kind_of(16, function()
  local t, k = target()
  local v = value(k, 3)
  emit("%s = %s", t, k == "n" and chance(65) and "C(" .. v .. ")" or v)
  if chance(60) then emit("H(%s)", t) end
end)
kind_of(3, function() local a, ka = target(); local b, kb = target(); emit("%s, %s = %s, %s", a, b, value(ka, 1), value(kb, 2)) end)
kind_of(5, function()
  if locals > 60 then return end
  locals = locals + 1
  local kind = pick { "n", "n", "s", "v" }
  local name = fresh(kind)
  emit("local %s = %s", name, expr(kind, 2))
  declare(kind, name)
end)
kind_of(6, function() emit("H(%s)", expr("v", 2)) end)
kind_of(3, function() local t = list(); emit("if #%s < 40 then %s[#%s + 1] = N(%s) end", t, t, t, expr("v", 2)) end)
kind_of(1, function() local t = list(); emit("if #%s > 3 then %s[#%s] = nil end", t, t, t) end)
kind_of(1, function() local t = list(); emit("%s %s = { %s, N(%s), %s }", fn.weight > 1 and "if #" .. t .. " > 30 then" or "do", t, expr("n", 0), expr("v", 1), fn.vararg and "7, ..." or expr("n", 0) .. " or 0"); lines[#lines] = lines[#lines]:gsub("7, %.%.%.", "#{ ... }") .. " end" end)
kind_of(10, function()
  block("if " .. expr("b", 2) .. " then", function()
    scoped(function() statements(random(2)) end)
    if chance(25) then depth = depth - 1; emit("elseif %s then", expr("b", 2)); depth = depth + 1; scoped(function() statements(random(2)) end) end
    if chance(50) then depth = depth - 1; emit "else"; depth = depth + 1; scoped(function() statements(random(2)) end) end
  end)
end)
kind_of(7, function() -- numeric for
  local n = random(9)
  if heavy(n) then return end
  local i = fresh "n"
  local header = pick {
    ("1, %d"):format(n), ("%d, 1, -1"):format(n), ("0, %d, 0.5"):format(n // 2), ("1.0, %d"):format(n), ("1, %d, 2"):format(n * 2), ("B(%s), %d"):format(expr("n", 1), n), ("1, B(%s)"):format(expr("n", 1)),
    ("math.maxinteger - %d, math.maxinteger"):format(n), ("B(%s), 1, -1"):format(expr("n", 1)), ("1, %d, %s"):format(n, pick { "1", "1.0", "3", '"1"' }),
  }
  block(("for %s = %s do"):format(i, header), function()
    weighted(n, function()
      declare("n", i)
      local skip = chance(25) and fresh "continue"
      if skip then emit("if %s then goto %s end", expr("b", 2), skip) end
      scoped(function() block("do", function() statements(random(4)) end) end)
      emit "H(n1, n2, s1)"
      if chance(20) then emit("if %s then break end", expr("b", 2)) end
      if skip then emit("::%s::", skip) end
    end)
  end)
end)
kind_of(3, function() -- while and repeat
  local n = random(7)
  if heavy(n) then return end
  local i = fresh "n"
  emit("local %s = 0", i)
  if chance(50) then
    block(("while %s < %d and (%s ~= nil) do"):format(i, n, expr("v", 1)), function() emit("%s = %s + 1", i, i); weighted(n, function() statements(random(3)) end) end)
  else
    block("repeat", function() emit("%s = %s + 1", i, i); weighted(n, function() block("do", function() statements(random(3)) end) end) end, ("until %s >= %d or %s"):format(i, n, expr("b", 1)))
  end
  declare("n", i)
end)
kind_of(4, function() -- generic for
  if heavy(8) then return end
  local k, v = fresh "n", fresh "v"
  local list_ = list()
  local iterator = pick { "ipairs(%s)", "E(%s)", "E(%s)", "K(%s)", "next, { %s[1] }" }
  block(("for %s, %s in %s do"):format(k, v, iterator:format(list_)), function()
    emit("if %s > 8 then break end", k)
    weighted(8, function() declare("n", k); declare("v", v); statements(random(3)) end)
  end)
end)
kind_of(4, function() -- closure over what is in scope
  if locals > 60 then return end
  locals = locals + 1
  local f, p = fresh "f", fresh "n"
  local vararg = fn.vararg
  block(("local function %s(%s)"):format(f, p), function()
    local weight, loop, name = fn.weight, fn.loop, fn.name
    fn.weight, fn.loop, fn.vararg = weight * 2, false, false
    scoped(function() declare("n", p); if not heavy(2) then statements(random(2)) end; emit("return %s", expr("v", 2)) end)
    fn.weight, fn.loop, fn.vararg = weight, loop, vararg
  end)
  declare("f", f)
  if chance(60) then emit("H(%s(%s))", f, expr("n", 1)) end
end)
kind_of(4, function() -- protected call
  local vararg, loop = fn.vararg, fn.loop
  local ok, e = fresh "ok", fresh "v"
  fn.vararg, fn.loop = false, false
  block(("local %s, %s = pcall(function()"):format(ok, e), function()
    scoped(function() statements(random(3)); if chance(40) then emit("if %s then error(%s) end", expr("b", 2), pick { expr("s", 1), "O(" .. expr("n", 1) .. ")", expr("v", 1) .. ", 0" }) end; emit("return %s", expr("v", 2)) end)
  end, "end)")
  fn.vararg, fn.loop = vararg, loop
  emit("H(%s, %s)", ok, e)
  if locals < 60 then locals = locals + 2; declare("v", e) end
end)
kind_of(3, function() -- coroutine, driven to its end
  if heavy(6) then return end
  local vararg, loop, co, p = fn.vararg, fn.loop, fresh "co", fresh "n"
  fn.vararg, fn.loop = false, false
  block(("local %s = coroutine.create(function(%s)"):format(co, p), function()
    weighted(3, function()
      emit("grow()")
      emit(wide)
      declare("n", p)
      fn.loop = false
      fn.coroutine = (fn.coroutine or 0) + 1
      statements(random(2))
      block(("for _ = 1, %d do"):format(random(4)), function() scoped(function() emit("%s = coroutine.yield(%s)", p, expr("v", 1)); statements(1) end) end)
      emit("return %s", expr("v", 2))
      fn.coroutine = fn.coroutine - 1
    end)
  end, "end)")
  fn.vararg, fn.loop = vararg, loop
  emit("D(%s, %s)", co, expr("n", 1))
end)
kind_of(2, function() -- to-be-closed variable
  block("do", function() scoped(function()
    emit("local c%d <close> = Z(%s)", fn.weight, expr("v", 1))
    statements(random(3))
  end) end)
end)
kind_of(2, function() -- method calls and fields of objects
  local o = fresh "v"
  if locals > 60 then return end
  locals = locals + 1
  emit("local %s = %s(%s)", o, pick { "O", "O", "Y" }, expr("n", 1))
  emit("H(%s:get(%s), %s.v, %s.%s)", o, expr("n", 1), o, o, pick { "v", "missing", "get" })
  if chance(50) then emit("%s.v = %s", o, expr("n", 1)) end
  declare("v", o)
end)
kind_of(2, function() emit("if %s then error(%s) end", expr("b", 2) .. " and " .. paren(expr("n", 1)) .. " == 3", pick { expr("s", 1), "{ tag = 'thrown' }", "O(1)", "nil" }) end)
kind_of(2, function() if not fn.loop and fn.weight == 1 and not fn.coroutine then emit("if %s and %s then return %s end", paren(expr("b", 2)), paren(expr("n", 1)) .. " == 2", fn.vararg and "..., " .. expr("v", 1) or expr("v", 1)) end end)
kind_of(6, function() -- recursion, also as a tail call
  if not fn.recursive then return end
  local form = pick { "n1 = Q(%s)", "v1 = %s", "H(%s)", "H(pcall(function() return %s end))", "s1 = T(%s)" }
  local vararg = fn.vararg
  fn.vararg = vararg and not form:find "function"
  local again = ("%s(%s, %s, %s%s)"):format(fn.name, expr("n", 2), expr("v", 1), expr("v", 0), fn.vararg and chance(30) and ", ..." or "")
  fn.vararg = vararg
  local ask = chance(50) and "fuel > 0" or "fuel > 0 and " .. paren(expr("b", 1))
  if chance(25) and not fn.loop and fn.weight == 1 and not fn.coroutine then
    emit("if %s then fuel = fuel - 1; return %s end", ask, again)
  else
    emit("if %s then fuel = fuel - 1; %s end", ask, form:format(again))
  end
end)
kind_of(1, function() if fn.loop then emit("if %s == %d then break end", paren(expr("n", 1)), random(5)) end end)
kind_of(1, function() emit("G%d = %s", random(3), expr("v", 2)) end)
kind_of(1, function() emit("%s = G%d", pick(names "v"), random(3)) end)
kind_of(2, function() local a = call(2); emit("H(%s)", a) end)
kind_of(1, function() if chance(30) then emit("collectgarbage(%s)", pick { '"step"', '"step", 2' }) end end)

local nesting = 0
function statement()
  fn.cost = fn.cost + fn.weight
  if nesting >= 6 or fn.cost > budget then emit("n1 = %s", number(1)) return end
  nesting = nesting + 1
  local before = #lines
  pick(makers)()
  if #lines == before then emit("n1 = %s", number(2)) end
  nesting = nesting - 1
end

-- ---- the program ------------------------------------------------------------------------------

local function define(index)
  local name = "F" .. index
  locals = 0
  fn = { name = name, weight = 1, cost = 1, loop = false, vararg = chance(35), recursive = chance(40), vars = { n = { "n1", "n2", "p1" }, s = { "s1" }, v = { "v1", "p2", "p3" }, t = { "t1", "t2" }, r = { "r1" }, f = {} } }
  if chance(50) then fn.vars.n[#fn.vars.n + 1] = "u1"; fn.vars.v[#fn.vars.v + 1] = "u2"; fn.vars.t[#fn.vars.t + 1] = "u3" end
  block(("local function %s(p1, p2, p3%s)"):format(name, fn.vararg and ", ..." or ""), function()
    if chance(85) then emit "p1 = Q(p1)" end
    emit("local n1, n2, s1, v1 = %s, %s, %s, p2", pick(integers), pick { "p1", "0", "1.5" }, pick(texts))
    emit("local t1, t2, r1 = { 1, 2, N(n2) }, { 5, 0.5 }, { a = p1, b = n1, c = %s, [1] = p3 }", pick(floats))
    statements(3 + random(6))
    emit "H(n1, n2, s1, v1, #t1, t1[1], t1[2], t1[#t1], #t2, t2[1], t2[#t2], r1.a, r1.b, r1.c, r1[1], r1.d, r1.n, p1, p2, p3)"
    emit("return %s, %s", expr("v", 2), fn.vararg and chance(50) and "..." or pick { "n1", "s1", "T(v1)", "#t1", "r1.a" })
  end)
  functions[#functions + 1] = { name = name, cost = fn.cost * (fn.recursive and 6 or 1), vararg = fn.vararg }
end

local prelude = [[
local checksum, observed, M, W = 0, 0, {}, {}
local function T(v) -- any value as text
  local k = math.type(v)
  if k == "float" then
    if v ~= v then return "nan" end
    return string.format("%.17g", v)
  elseif type(v) == "string" then return (v:gsub("%-nan", "nan"))
  elseif k or v == nil or type(v) == "boolean" then return tostring(v)
  elseif type(v) == "table" and rawget(v, "v") ~= nil then return "object " .. type(v.v)
  end
  return type(v)
end
local function L(s) if type(s) ~= "string" then return s end s = s:gsub("%-nan", "nan"); if #s > 120 then return s:sub(1, 60) end return s end
local function I(v) if math.type(v) == "integer" then return v end return math.tointeger(v) or (type(v) == "number" and v == v and v > -1e9 and v < 1e9 and v // 1 | 0) or (type(v) == "string" and #v) or 1 end
local function Q(v) if type(v) == "number" or getmetatable(v) == M then return v end return 3 end
local function C(v) -- back to a size at which comparisons and remainders tell values apart
  if type(v) ~= "number" or v > -100000 and v < 100000 then return v end
  return math.type(v) == "integer" and v % 1009 or v > 0 and 77.25 or -3.5
end
local function J(v) if v == 0 then return 3 end return v end
local function N(v) if v == nil then return 0 end return v end
local function B(v) v = type(v) == "number" and v or 3 if v ~= v then return 2 end return v % 9 end
local function H(...)
  for i = 1, select("#", ...) do
    local s = T((select(i, ...)))
    for j = 1, math.min(#s, 24) do checksum = (checksum ~ s:byte(j)) * 0x100000001b3 end
    checksum = checksum + #s
    observed = observed + 1
  end
end
local function raw(v) if type(v) == "table" then return rawget(v, "v") end return v end
local function O(v) return setmetatable({ v = v or 0 }, M) end
local function Y(v) return setmetatable({ v = v or 0 }, W) end -- its metamethods yield where they can
local function get(self, x) self.v = (raw(self) or 0) + (raw(x) or 1); return self.v end
local function pause(v) if coroutine.isyieldable() then H(coroutine.yield(v)) end end
local operators = { add = function(a, b) return a + b end, sub = function(a, b) return a - b end, mul = function(a, b) return a * b end, div = function(a, b) return a / b end,
  mod = function(a, b) return a % b end, pow = function(a, b) return a ^ b end, idiv = function(a, b) return a // b end, band = function(a, b) return a & b end,
  bor = function(a, b) return a | b end, bxor = function(a, b) return a ~ b end, shl = function(a, b) return a << b end, shr = function(a, b) return a >> b end }
for name, op in pairs(operators) do
  M["__" .. name] = function(a, b) return O(op(raw(a), raw(b))) end
  W["__" .. name] = function(a, b) pause(name); return op(raw(a), raw(b)) end
end
M.__unm = function(a) return O(-raw(a)) end
M.__len = function(a) return 3 end
M.__concat = function(a, b) return L(T(raw(a)) .. T(raw(b))) end
M.__eq = function(a, b) return raw(a) == raw(b) end
M.__lt = function(a, b) return raw(a) < raw(b) end
M.__le = function(a, b) return raw(a) <= raw(b) end
M.__index = function(o, k) if k == "get" then return get end return k == "missing" and 17 or nil end
M.__call = function(o, x) return x, raw(o) end
W.__lt = function(a, b) pause "lt"; return raw(a) < raw(b) end
W.__le = function(a, b) pause "le"; return raw(a) <= raw(b) end
W.__eq = function(a, b) pause "eq"; return raw(a) == raw(b) end
W.__concat = function(a, b) pause "concat"; return L(T(raw(a)) .. T(raw(b))) end
W.__index = setmetatable({ get = get }, { __index = function(_, k) pause(k); return nil end })
W.__newindex = function(o, k, x) pause(k); rawset(o, k, x) end
local growing = load("return " .. ("nil, "):rep(240) .. "nil")
local function grow() growing() end
local function E(t) local i = 0 return function() i = i + 1; if i <= #t and i < 9 then return i, t[i] end end end
local function K(t) return coroutine.wrap(function() grow() for i = 1, math.min(#t, 8) do coroutine.yield(i, t[i]) end end) end
local function D(co, x) for i = 1, 12 do local ok, v = coroutine.resume(co, x); H(ok, v); if not ok then H "failed" end if coroutine.status(co) == "dead" then return end x = i % 3 == 0 and T(v) or i end H(coroutine.close(co)) end
local function Z(v) return setmetatable({ v = v }, { __close = function(o, e) H("close", raw(o), e); if raw(o) == 7 then error("closing", 0) end end }) end
local u1, u2, u3, fuel = 1, "upvalue", { 1, 2, 3 }, 0
G1, G2, G3 = 1, 2.5, "global"
]]

emit(("-- generated by gen.lua %d"):format(seed))
local mode = random(6)
if mode == 1 then emit 'collectgarbage("generational")' elseif mode == 2 then emit 'collectgarbage("incremental", 50, 400)' elseif mode == 3 then emit 'collectgarbage("generational", 2, 5)' end
for line in prelude:gmatch "[^\n]+" do emit("%s", line) end
emit "grow()"
emit(wide)
local count = 2 + random(4)
for i = 1, count do define(i) end
local pools = {
  { "i", "i + 1", "-i" }, { "i", "2", "3" }, { "i + 0.5", "i", "1.0" }, { "i / 2", '"s"', "nil" }, { "tostring(i)", "i", '"10"' }, { "O(i)", "1", "O(2.5)" }, { "1", "O(i)", "Y(i)" },
  { "nil", "i", "true" }, { "math.maxinteger - i", "i", "math.mininteger" }, { "i % 3", "i // 3", "i * 1.0" }, { "-0.0", "0", "0/0" }, { "{}", "i", "print" }, { '"x" .. i', '"y"', "i" }, { "Y(i)", "Y(2)", "i" },
}
local hooked = chance(10)
if hooked then
  emit "local hooks = 0"
  emit("debug.sethook(function() hooks = hooks + 1 end, %s)", pick { '"", 97', '"", 1000', '"l"', '"cr"' })
end
for index, f in ipairs(functions) do
  local stages = 2 + random(3)
  local per = math.max(8, math.min(90, 25000 // (f.cost * stages)))
  emit("local last%d", index)
  for stage = 1, stages do
    local pool = stage == 1 and pools[random(3)] or pick(pools)
    local fuel = 1 + random(10)
    block(("for i = 1, %d do"):format(per), function()
      emit("fuel = %d", fuel)
      emit("local r = table.pack(pcall(%s, %s%s))", f.name, table.concat(pool, ", "), chance(30) and ", i, 'extra'" or "")
      emit "for k = 1, r.n do r[k] = T(r[k]) end"
      emit "local line = table.concat(r, ' ', 1, r.n)"
      emit("if line ~= last%d and (i < 4 or i %% 16 == 0) then print('%s', %d, i, line, checksum) end", index, f.name, stage)
      emit("last%d = line", index)
    end)
  end
  emit("print('%s', observed, checksum, T(u1), T(u2), #u3, T(G1), T(G2), T(G3))", f.name)
  if chance(30) then emit "u1, u2, u3, G1, G2, G3 = 1, 'again', { 1, 2, 3 }, 1, 2.5, 'global'" end
end
if hooked then emit "debug.sethook()"; emit "print('hooks', hooks)" end
emit "print('done', observed, checksum)"
print(table.concat(lines, "\n"))
