-- Integer and float division and modulo: signs, zero, extremes, infinities; constant and variable.
local hot = require "support.hot"

local ints = { 0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 100, -100, math.maxinteger, math.mininteger,
               math.maxinteger - 1, math.mininteger + 1, 1 << 32, -(1 << 32) }
local floats = { 0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.5, -2.5, 3.0, 1e15, -1e15, 1e308, 5e-324, 1 / 0, -1 / 0, 0 / 0 }

local function idiv(a, b) return a // b end
local function mod(a, b) return a % b end
local function div(a, b) return a / b end
local function check(a, b) -- the defining identity, for integers
  local q, r = a // b, a % b
  return q * b + r == a and (r == 0 or (r < 0) == (b < 0))
end

for _, set in ipairs { { ints, ints }, { floats, floats }, { ints, floats }, { floats, ints } } do
  local sum, wrong = hot.sum(), 0
  for i, a in ipairs(set[1]) do
    for j, b in ipairs(set[2]) do
      local q, r, d = hot.try(idiv, a, b), hot.try(mod, a, b), hot.try(div, a, b)
      sum(q, r, d)
      if (i + j) % 3 == 0 then print(hot.text(a), hot.text(b), q, r, d) end
      if set[1] == ints and set[2] == ints and b ~= 0 and not check(a, b) then wrong = wrong + 1 end
    end
  end
  print("sum", sum(), "wrong", wrong)
end

-- constants on either side; the divisor decides about the code
for _, k in ipairs { "1", "-1", "2", "-2", "3", "-3", "8", "-8", "10", "1000000007", "0", "0.0", "-0.0", "3.0", "-0.75" } do
  local f = hot.compile("return function(a) return a // " .. k .. ", a % " .. k .. ", a / " .. k .. " end")
  local g = hot.compile("return function(a) return " .. k .. " // a, " .. k .. " % a end")
  local sum = hot.sum()
  for round = 1, 8 do
    for _, a in ipairs(ints) do sum(hot.try(f, a), hot.try(g, a)) end
    for _, a in ipairs(floats) do sum(hot.try(f, a), hot.try(g, a)) end
  end
  print(k, sum(), hot.try(f, -17), hot.try(g, 5), hot.try(f, 0.0), hot.try(g, 0))
end

-- a divisor that reaches zero in the middle of a loop
local function countdown(from, step)
  local s = 0
  for i = from, -from, -step do s = s + 1000 // i + 1000 % i end
  return s
end
hot.show("integer zero", countdown, 200, 1)
hot.show("float zero", countdown, 2, 0.5)
local function survive(n)
  local failures, s = 0, 0
  for i = -n, n do
    local ok, q = pcall(idiv, 12345, i)
    if ok then s = s + q else failures = failures + 1; s = s + #q end
    ok, q = pcall(mod, 12345, i // 2)
    if ok then s = s + q else failures = failures + 1; s = s + #q end
  end
  return failures, s
end
hot.show("survive", survive, 10)

-- the only quotient that overflows
local function extreme(a, b) return a // b, a % b, a * b, -a end
hot.surprise("extreme", extreme, { { 7, 2 }, { math.mininteger, -1 }, { math.mininteger, 1 },
  { math.maxinteger, -1 }, { math.mininteger, math.mininteger }, { 7.0, 2 }, { math.mininteger, -1.0 } })

-- numeric algorithms that lean on these operators
local function gcd(a, b) while b ~= 0 do a, b = b, a % b end return a end
local function power(b, e, m) local r = 1 while e > 0 do if e % 2 == 1 then r = r * b % m end b = b * b % m; e = e // 2 end return r end
local function digits(n, base) local s = "" repeat s = (n % base) .. "," .. s; n = n // base until n == 0 return s end
local s = 0
for i = 1, 400 do s = s + gcd(i * 12, 1080 - i) + power(i, i + 3, 10007) end
print(s, digits(123456789, 7), digits(123456789.0, 7), power(3.0, 5.0, 7))
