-- Upvalues in loops that are traced: where their values are (on the stack, on another coroutine's, in
-- the upvalue) changes between executions of a loop, and in the middle of one.

-- the same loop with open and with closed upvalues
local function loop(n)
  local sum, step, calls = 0, 1, 0
  local function add(i) sum = sum + i * step calls = calls + 1 end
  local function run(m) for i = 1, m do add(i) if i == 70 then step = step + 1 end end return sum end
  run(n)
  return run, function() return sum, step, calls end
end
for round = 1, 3 do
  local run, get = loop(100)
  print("open then closed", round, get())
  run(150)
  print("open then closed", round, get())
end

-- a loop that reads and writes variables of the function around it, at several depths of the stack
local total, label, list, f = 0, "a", {}, function(x) return x + 1 end
local function work(n)
  for i = 1, n do
    total = total + f(i) % 7
    list[i % 10] = label
    label = i % 50 == 0 and label .. "b" or label
  end
end
local function deep(d, n) if d == 0 then return work(n) end deep(d - 1, n) return d end
for d = 0, 12, 3 do
  deep(d, 120)
  print("depth", d, total, #label, list[1], list[9])
end
f = function(x) return x * 2 end
deep(2, 200)
f = math.abs
deep(1, 200)
print("other functions", total, label)

-- kinds that change in the middle
local kind = 0
local function kinds(n)
  local trail = {}
  for i = 1, n do
    if i == 100 then kind = 0.5 elseif i == 150 then kind = "7" elseif i == 200 then kind = 3 end
    kind = kind + 1
    if i % 40 == 0 then trail[#trail + 1] = tostring(kind) end
  end
  return table.concat(trail, " ")
end
print(kinds(280), kinds(280))

-- closed in the middle of a loop: by break, goto continue, the end of a block
local function closing(n)
  local kept, sum = {}, 0
  for i = 1, n do
    local x = i
    local function get() return x end
    local function set(v) x = v end
    for j = 1, 3 do set(get() + j) end
    if i % 3 == 0 then goto continue end
    sum = sum + get()
    kept[#kept % 5 + 1] = get
    do
      local y <close> = setmetatable({}, { __close = function() x = x + 100 end })
      sum = sum + x
    end
    sum = sum + x
    ::continue::
  end
  local ends = {}
  for i, get in ipairs(kept) do ends[i] = get() end
  return sum, table.concat(ends, " ")
end
print("closing", closing(90))
print("closing", closing(200))

local function shared(n)
  local gets, sets = {}, {}
  local k = 0
  while true do
    local v = k
    gets[#gets + 1] = function() return v end
    sets[#sets + 1] = function(x) v = x end
    k = k + 1
    if k > 3 then break end
  end
  for i = 1, n do
    local at = i % 4 + 1
    sets[at](gets[at]() + i)
    if i % 64 == 0 then gets[at], gets[1] = gets[1], gets[at] end
  end
  local ends = {}
  for i = 1, 4 do ends[i] = gets[i]() end
  return table.concat(ends, " ")
end
print("shared", shared(100), shared(301))

-- two closures, one variable; the owner writes, too
local function three(n)
  local v, trail = 0, 0
  local function up() v = v + 1 end
  local function double() v = v * 2 % 1009 end
  for i = 1, n do
    up()
    v = v + i
    double()
    trail = trail + v
    if i % 90 == 0 then local w = v; v = w - 1 end
  end
  return v, trail
end
print("three", three(100), three(500))

-- coroutines: a variable of the main stack, one of a coroutine's, loops on both stacks
local common, count = 0, 0
local function spin(n, step)
  for i = 1, n do common = common + step count = count + 1 if i % 60 == 0 then coroutine.yield(common) end end
  return "done"
end
local threads = {}
for i = 1, 6 do threads[i] = coroutine.wrap(function() return spin(180, i) end) end
for round = 1, 4 do
  for i = 1, 6 do
    local result = threads[i]()
    common = common + (result == "done" and 1000 or 0)
  end
  for i = 1, 100 do common = common + 1 end
  print("threads", round, common, count)
end
local function owner()
  local mine = 0
  local function bump(n) for i = 1, n do mine = mine + i end return mine end
  coroutine.yield(bump)
  for i = 1, 100 do mine = mine + 1 end
  coroutine.yield(bump)
  return mine
end
local co = coroutine.wrap(owner)
local bump = co()
print(bump(100), bump(150))
co()
print(bump(70), co(), bump(100))

-- the stack moves while the upvalue is open
local function grow(n)
  local x, trail = 1, {}
  local function inc(i) x = x + i return x end
  local function wide(i, ...) if i == 0 then return select("#", ...) end return (wide(i - 1, i, ...)) end
  for i = 1, n do
    inc(i)
    if i % 50 == 0 then trail[#trail + 1] = wide(i) + x end
    x = x + 1
    inc(1)
  end
  return table.concat(trail, " ")
end
print("grow", grow(90))
print("grow", coroutine.wrap(grow)(220))

-- debug.setupvalue and debug.upvaluejoin in the middle of a loop
local function meddle(n)
  local a, b, sum = 1, 1000, 0
  local function first() return a end
  local function second() return b end
  local function body(m)
    for i = 1, m do
      sum = sum + first()
      if i == 60 then debug.setupvalue(first, 1, 5) end
      if i == 90 then debug.upvaluejoin(first, 1, second, 1) end
      if i == 110 then b = 7 end
    end
    return sum
  end
  local opened = body(n)
  return opened, body, function() return a, b, sum end
end
local opened, body, values = meddle(130)
print("meddle", opened, values())
print("meddle", body(200), values())
local function join(n)
  local f1, f2 = (function() local u = 1 return function() u = u + 1 return u end end)(), nil
  f2 = (function() local u = 100 return function() u = u - 1 return u end end)()
  local sum = 0
  for i = 1, n do
    sum = sum + f1() * 3 + f2()
    if i % 70 == 0 then debug.upvaluejoin(f1, 1, f2, 1) end
  end
  return sum, f1(), f2()
end
print("join", join(60), join(200))

-- globals: the table of globals changes, and is another one
for i = 1, 150 do
  counter = (counter or 0) + math.abs(-i)
  if i == 80 then local abs = math.abs math.abs = function(x) return abs(x) + 1 end end
end
print("globals", counter)
local function environments(n)
  local _ENV = { sum = 0, abs = math.abs, type = type }
  local function step(i) sum = sum + abs(-i) end
  for i = 1, n do
    step(i)
    if i == 100 then _ENV = { sum = "8", abs = function(x) return x end } end
  end
  return sum, type ~= nil
end
print("environments", environments(90))
print("environments", environments(200))

-- recursion: the same function's variables, open at many depths
local function nested(d, n)
  local own = d
  local function touch(i) own = own + i return own end
  local sum = 0
  for i = 1, n do sum = sum + touch(i % 3) end
  if d > 0 then sum = sum + nested(d - 1, n) + touch(1) end
  return sum + own
end
print("nested", nested(8, 70), nested(2, 300))
