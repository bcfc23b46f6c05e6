-- Upvalues: open and closed, shared by several closures, written on both sides, of loops, of
-- coroutines, through several levels; CLOSE after break and goto; kinds that change.
local hot = require "support.hot"

local function counter(start)
  local n = start
  return function() n = n + 1; return n end, function(v) n = v end, function() return n end
end
local inc, set, get = counter(0)
for i = 1, 300 do
  inc()
  if i == 100 then set(0.5) elseif i == 150 then set("10") elseif i == 200 then set(math.maxinteger) end
  if i % 50 == 0 or i == 201 then hot.print(i, get()) end
end
set({})
hot.show("bad", inc)
set(5)
print(inc())

-- open upvalues: closure and owner see each other's writes
local function open(n)
  local x, trail = 0, 0
  local function add(v) x = x + v end
  local function double() x = x * 2 return x end
  for i = 1, n do
    add(i)
    x = x + 1
    trail = trail + double() % 1000
    if x > 1000000 then x = x % 17 end
  end
  return x, trail
end
hot.show("open", open, 100)

-- a fresh variable for each iteration, of each kind of loop
local function loops(n)
  local fs = {}
  for i = 1, n do fs[#fs + 1] = function(d) i = i + (d or 0); return i end end
  for _, v in ipairs { 10, 20, 30 } do fs[#fs + 1] = function(d) v = v + (d or 0); return v end end
  local k = 0
  while k < n do
    k = k + 1
    local j = k * 100
    fs[#fs + 1] = function(d) j = j + (d or 0); return j end
    if k == 3 then break end
  end
  repeat
    local r = k * 1000
    fs[#fs + 1] = function(d) r = r + (d or 0); return r end
    k = k - 1
  until r < 2000 or k == 0
  do
    local g = 0
    ::again::
    local h = g
    fs[#fs + 1] = function(d) h = h + (d or 0); return h end
    g = g + 1
    if g < 3 then goto again end
  end
  local s = {}
  for i = 1, #fs do fs[i](i) end
  for i = 1, #fs do s[i] = fs[i]() end
  return table.concat(s, " ")
end
hot.show("loops", loops, 4)

-- pairs of closures that share one variable of an iteration
local function shared(n)
  local getters, setters = {}, {}
  for i = 1, n do
    local v = i
    getters[i] = function() return v end
    setters[i] = function(x) v = x end
  end
  for i = 1, n do setters[i](getters[n - i + 1]() * 2) end
  local s = 0
  for i = 1, n do s = s + getters[i]() * i end
  return s
end
hot.show("shared", shared, 20)

-- three levels, arguments as upvalues, recursive local functions
local function levels(a)
  local b = a * 2
  return function(c)
    local d = a + b + c
    return function(e)
      a, b, c, d = a + 1, b + a, c + b, d + e
      return a, b, c, d, e
    end
  end
end
local inner = levels(1)(2)
for i = 1, 200 do
  local t = hot.texts(inner(i))
  if i % 50 == 0 then print(t) end
end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(18), fib(18.0))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(1001), odd(1001))

-- upvalues that stay open across errors and coroutines
local function risky(n)
  local v = 0
  local function step(i) v = v + i; if i % 7 == 0 then error("seven " .. v, 0) end return v end
  local errors = 0
  for i = 1, n do if not pcall(step, i) then errors = errors + 1 end end
  return v, errors
end
hot.show("risky", risky, 60)
local function coro(n)
  local x = 1
  local co = coroutine.wrap(function()
    local y = 100
    local function bump() x, y = x + 1, y - 1 end
    while true do bump(); coroutine.yield(y); x = x * 2 % 1009 end
  end)
  local s = 0
  for i = 1, n do s = s + co() + x; x = x + i end
  return s, x
end
hot.show("coro", coro, 50)

-- break and goto close what they leave; varargs and many upvalues
local function leave(n)
  local kept
  for i = 1, n do
    local a <const>, b = i * 3, i
    local f = function() b = b + a; return b end
    if i % 5 == 0 then kept = f; break end
    if i % 2 == 0 then goto continue end
    kept = f
    ::continue::
  end
  return kept(), kept()
end
hot.show("leave", leave, 9)
local names, values = {}, {}
for i = 1, 60 do names[i] = "v" .. i; values[i] = tostring(i) end
local many = hot.compile("local " .. table.concat(names, ", ") .. " = " .. table.concat(values, ", ") ..
  "\nreturn function(x) v1 = v1 + x; v60 = v60 + v1; return " .. table.concat(names, " + ") .. " end")
local last
for i = 1, 120 do last = many(i) end
print(last, many(0.5), hot.try(many, "x"))
