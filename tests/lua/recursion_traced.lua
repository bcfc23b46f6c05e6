-- Functions that get traces of their own: recursions of every shape, callbacks of C; and what
-- happens to such traces when types, functions, stacks and hooks change.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(18), fib(18.0), fib(1), fib(19))
print(pcall(fib, "10"), pcall(fib, {}))

-- the leaf is left in several ways; results of several types
local function tree(n, kind)
  if n == 0 then
    if kind == 0 then return 1 elseif kind == 1 then return 0.5 elseif kind == 2 then return "3" end
    return nil
  end
  local l, r = tree(n - 1, kind), tree(n - 1, kind)
  if l == nil then return r end
  return l + r
end
for kind = 0, 3 do print(kind, tree(11, kind)) end

-- tail calls, and two functions that call each other
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(20000), odd(20001), even(7))
local function gcd(a, b) if b == 0 then return a end return gcd(b, a % b) end
local sum = 0
for i = 1, 200 do for j = 1, 30 do sum = sum + gcd(i, j) end end
print(sum)
local hofstadter_m
local function hofstadter_f(n) if n == 0 then return 1 end return n - hofstadter_m(hofstadter_f(n - 1)) end
function hofstadter_m(n) if n == 0 then return 0 end return n - hofstadter_f(hofstadter_m(n - 1)) end
print(hofstadter_f(60), hofstadter_m(60))

-- several results, varargs, more arguments than parameters
local function minmax(t, i, j)
  if i == j then return t[i], t[i] end
  local m = (i + j) // 2
  local a, b = minmax(t, i, m)
  local c, d = minmax(t, m + 1, j)
  return a < c and a or c, b > d and b or d
end
local numbers = {}
for i = 1, 3000 do numbers[i] = i * 7919 % 3001 end
print(minmax(numbers, 1, #numbers))
local function count(n, ...) if n == 0 then return select("#", ...) end return count(n - 1, n, ...) end
for i = 1, 100 do if i % 25 == 0 then print(count(i)) else count(i) end end
local function drop(n, a, b) if n == 0 then return a end return (drop(n - 1, b, a, n)) end
for i = 1, 3000 do drop(i % 7, i) end
print(drop(6, "a", "b"), drop(7, "a", "b"))

-- a loop in a recursion, a recursion in a loop
local function permute(t, n, f)
  if n == 0 then return f(t) end
  for i = 1, n do
    t[i], t[n] = t[n], t[i]
    permute(t, n - 1, f)
    t[i], t[n] = t[n], t[i]
  end
end
local seen = 0
permute({ 1, 2, 3, 4, 5, 6 }, 6, function(t) seen = seen * 31 % 1000003 + t[1] * 7 + t[6] end)
print(seen)

-- upvalues of each level, closed when it returns
local function collect(n, list)
  local level = n
  list[#list + 1] = function() level = level + 1; return level end
  if n > 0 then collect(n - 1, list) end
  level = level * 2
  return list
end
local list
for _ = 1, 50 do list = collect(30, {}) end
local parts = {}
for i = 1, 31, 5 do parts[#parts + 1] = list[i]() .. ":" .. list[i]() end
print(table.concat(parts, " "))

-- the function is replaced while it is active
function replaced(n) if n == 0 then return "old" end return replaced(n - 1) end
for i = 1, 2000 do replaced(5) end
local keep = replaced
function replaced(n) if n == 0 then return "new" end return replaced(n - 1) end
print(keep(5), keep(0), replaced(3))
local swap
local function swapping(n)
  if n == 0 then return 0 end
  if n == 40 and swap then replaced = swap end
  return 1 + replaced(n - 1)
end
replaced = swapping
for i = 1, 300 do replaced(50) end
swap = function(n) return 1000 end
print(replaced(50), replaced(50))

-- errors in the depth, caught at several levels; close variables on the way
local function deep(n, at)
  local r <close> = setmetatable({}, { __close = function() sum = sum + n end })
  if n == at then error("at " .. at, 0) end
  if n == 0 then return "bottom" end
  if n % 8 == 0 then return select(2, pcall(deep, n - 1, at)) end
  return (deep(n - 1, at))
end
for i = 1, 200 do deep(20, -1) end
print(sum, deep(20, 5), deep(20, 13), pcall(deep, 23, 21), sum)
local function fails(n) if n == 0 then local x = nil; return x.y end return 1 + fails(n - 1) end
for i = 1, 300 do pcall(fails, 12) end
print(pcall(fails, 20))
print((select(2, xpcall(fails, debug.traceback, 3)):gsub("%[C%].*", "")))

-- callbacks: C calls the same function again and again
local calls = 0
local function compare(a, b) calls = calls + 1; return a > b end
for i = 1, 20 do local t = table.move(numbers, i, i + 100, 1, {}); table.sort(t, compare); if i % 10 == 0 then print(t[1], t[101]) end end
print(calls > 1000)
print((("abcdefghij"):rep(200):gsub("%w", function(c) if c == "j" then return "J" end end)):sub(-12))
local proxy = setmetatable({}, { __index = function(_, k) return k * 2 end, __newindex = function(t, k, v) sum = sum + v end, __call = function(_, a) return a end })
for i = 1, 3000 do proxy[i] = proxy[i] + proxy(i) end
print(sum)
local kinds = setmetatable({}, { __index = function(t, k) if k > 2000 then return k .. "!" end return k end })
local all = 0
for i = 1, 2200 do local v = kinds[i]; all = all + #tostring(v) end
print(all)

-- coroutines that yield from the depth of a hot recursion
local function walk(n) if n == 0 then coroutine.yield(1) return 1 end return walk(n - 1) + walk(n - 1) end
local steps = 0
for round = 1, 3 do
  local co = coroutine.wrap(function() return walk(8) end)
  local v repeat v = co() steps = steps + 1 until v ~= 1
  print(v, steps)
end

-- a hook that comes while the function's trace runs
local hooked = 0
debug.sethook(function() hooked = hooked + 1 end, "c")
print(fib(10))
debug.sethook()
print(hooked > 100, fib(15))

-- functions that die while they are hot
for i = 1, 30 do
  local f = load("local function f(n) if n < " .. i % 3 + 1 .. " then return n end return f(n - 1) + f(n - 2) end return f")()
  local v = f(12)
  if i % 10 == 0 then print(v) collectgarbage() end
end

-- the stack grows in the midst of a trace
local function grow(n) if n == 0 then return 0 end return 1 + grow(n - 1) end
for _, n in ipairs { 100, 200, 1000, 100, 15000, 50 } do print(grow(n)) end
print(pcall(function() local function endless(n) return 1 + endless(n + 1) end return endless(1) end))
