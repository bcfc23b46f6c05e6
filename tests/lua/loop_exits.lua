-- Loops whose operands change their types now and then: guards of traces fail in front of every kind
-- of instruction, at the head of a loop, in the midst of it, in functions that it calls. What follows
-- must be executed once, with the operands as they were.

local N = 300

-- In each round of a loop one value of a list, most of the time the first: an odd one every `period`
-- rounds.
local function chooser(list, period)
  local k = 0
  return function(i)
    if i % period ~= 0 then return list[1] end
    k = k + 1
    return list[k % #list + 1]
  end
end

local tracing = {}                      -- what metamethods have seen
local function note(name) tracing[#tracing + 1] = name end

local meta = {}
for _, name in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor",
  "shl", "shr", "concat" } do
  meta["__" .. name] = function(a, b)
    note(name)
    return type(a) == "table" and a.n or type(b) == "table" and b.n
  end
end
meta.__unm = function(a) note("unm") return -a.n end
meta.__bnot = function(a) note("bnot") return ~a.n end
meta.__len = function(a) note("len") return a.n end
meta.__eq = function() note("eq") return true end
meta.__lt = function(a, b) note("lt") return (a.n or a) < (b.n or b) end
meta.__le = function(a, b) note("le") return (a.n or a) <= (b.n or b) end
meta.__index = function(t, k) note("index") return rawget(t, "n") end
meta.__newindex = function(t, k, v) note("newindex") rawset(t, "n", v) end
meta.__call = function(self, a) note("call") return (a or 0) + self.n end
local function object(n) return setmetatable({ n = n }, meta) end

local function show(...)
  local out = {}
  for i = 1, select("#", ...) do out[i] = tostring((select(i, ...))) end
  return table.concat(out, " ")
end

-- Runs body(i, value) for each round; an error is a result, too.
local function run(name, list, body)
  for _, period in ipairs { 2, 3, 7, 50 } do
    tracing = {}
    local choose, sum, errors, last = chooser(list, period), 0, 0, nil
    for i = 1, N do
      local value = choose(i)
      local ok, result = pcall(body, i, value)
      if not ok then
        errors = errors + 1
      elseif type(result) == "number" and result == result and math.abs(result) < 1e9 then
        sum = sum + result
      else
        last = tostring(result):gsub("0x%x+", "?")
      end
    end
    print(name, period, sum, errors, last, #tracing, tracing[1], tracing[#tracing])
  end
end

-- The same with the loop in the body, so that the guard that fails is in the trace of this loop.
local function inner(name, list, body)
  for _, period in ipairs { 2, 3, 7, 50 } do
    tracing = {}
    local ok, result = pcall(body, chooser(list, period))
    print(name, period, ok, type(result) == "table" and "table" or result, #tracing, tracing[#tracing])
  end
end

local numbers = { 3, 2.5, "10", 7, -0.0, "0x10", 1e15, math.maxinteger, object(5) }
local anything = { 3, nil, "x", {}, print, true, object(4), 2.5 }

run("add", numbers, function(i, v) return v + i end)
run("addk", numbers, function(i, v) return v + 3 end)
run("addi", numbers, function(i, v) return v - 1 end)
run("mul", numbers, function(i, v) return i * v end)
run("div", numbers, function(i, v) return i / v end)
run("idiv", numbers, function(i, v) return i // v end)
run("mod", numbers, function(i, v) return i % v end)
run("pow", numbers, function(i, v) return v ^ 2 end)
run("band", { 6, 3.0, "7", 2.5, object(1) }, function(i, v) return i & v end)
run("shift", { 1, 70, -3, "2", object(1) }, function(i, v) return i << v end)
run("unm", numbers, function(i, v) return -v end)
run("bnot", { 6, 3.0, "7", 2.5, object(1) }, function(i, v) return ~v end)
run("len", { "abc", {}, { 1, 2 }, object(9), 5 }, function(i, v) return #v end)
run("concat", anything, function(i, v) return i .. ":" .. v end)
run("eq", { 3, 3.0, "3", object(3) }, function(i, v) return v == 3 and 1 or 2 end)
run("lt", { 3, 3.5, "3", object(3) }, function(i, v) return v < 3 and 1 or 2 end)
run("le", { 3, 2.5, object(3) }, function(i, v) return i <= v and 1 or 2 end)
run("not", anything, function(i, v) return not v and 1 or 2 end)
run("index", { { x = 1 }, {}, object(2), "s", setmetatable({}, { __index = { x = 7 } }), 5 },
  function(i, v) return v.x end)
run("geti", { { 5, 6 }, {}, object(2), "s", { [2] = 1 } }, function(i, v) return v[2] end)
run("setfield", { { x = 1 }, {}, object(2), "s" }, function(i, v) v.x = i return rawget(v, "x") end)
run("call", { math.abs, function(a) return a + 1 end, object(3), 5, function(...) return select("#", ...) end },
  function(i, v) return v(i) end)
run("method", { { m = function(self, a) return a end }, { m = math.max }, object(1), 5 },
  function(i, v) return v:m(i) end)
run("closure", anything, function(i, v)
  local f = function() return v end
  v = f() or i
  return f()
end)

inner("sum", numbers, function(choose)
  local s = 0
  for i = 1, N do s = s + choose(i) % 1000 end
  return s
end)
-- The first instruction of the loop is the one that fails, each time when it is entered.
inner("head", { 1, 2.5, 3 }, function(choose)
  local s, i = 0, 1
  local v = choose(1)
  while v do
    s = s + v
    i = i + 1
    v = i <= N and choose(i)
  end
  return s
end)
inner("repeat", { 1, 1.5 }, function(choose)
  local x, i = 0, 0
  repeat
    x = x + 1
    if i % 2 == 0 then x = choose(i) end
    i = i + 1
  until i > N
  return x
end)
inner("field", { { n = 1 }, { n = 1.5 }, { m = 1 }, object(2) }, function(choose)
  local s = 0
  for i = 1, N do s = s + (choose(i).n or 100) end
  return s
end)
inner("store", { 1, 1.5, "s", false }, function(choose)
  local t, count = {}, 0
  for i = 1, N do t[i] = choose(i) end
  for i = 1, N do
    if t[i] == 1 then count = count + 1 elseif t[i] then count = count + 1000 end
  end
  return count
end)
inner("grow", { 1, 40 }, function(choose)
  local t = {}
  for i = 1, N do t[#t + choose(i) % 3] = i end
  return #t > 0
end)

-- Inner loops of no, one, many rounds; their head is left at once.
local total = 0
for i = 1, N do
  for j = 1, i % 5 - 2 do total = total + j end
  for j = i % 3, 1, -1 do total = total - j end
  for j = 0.5, i % 4 do total = total + j end
end
print("inner loops", total)

-- A step that overflows; a loop of floats now, of integers then.
local counts = {}
for _, bounds in ipairs { { 1, 3 }, { 1, 3.5 }, { math.maxinteger - 2, math.maxinteger }, { 0.5, 2 }, { 1, 1e300 } } do
  local n = 0
  for _ = bounds[1], bounds[2] do
    n = n + 1
    if n > 100 then break end
  end
  counts[#counts + 1] = n
end
print("for", show(table.unpack(counts)))

-- Upvalues, varargs and globals that change their types.
local up = 0
local function bump(...)
  up = up + select("#", ...)
  G = (G or 0) + up % 3
  return ...
end
for i = 1, N do
  if i % 11 == 0 then up = up + 0.0 elseif i % 13 == 0 then up = up // 1 | 0 end
  if i % 17 == 0 then G = nil end
  bump(bump(i, i % 2 == 0 and "x" or nil))
end
print("upvalues", up, G)

-- Errors in the loop, caught in the loop: what has been stored before stays.
local seen = 0
for i = 1, N do
  local ok = pcall(function()
    seen = seen + 1
    local bad = i % 7 == 0 and {} or i
    seen = seen + (bad + 1 > 0 and 1 or 0)
  end)
  if not ok then seen = seen + 1000 end
end
print("errors", seen)
