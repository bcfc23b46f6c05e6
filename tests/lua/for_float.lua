-- Numeric for with floats: steps that accumulate error, infinities, NaN, signed zero, large values
-- where adding the step changes nothing, mixed integer and float bounds.
local hot = require "support.hot"

local function run(a, b, c)
  local n, first, last, sum = 0, nil, nil, 0
  for x = a, b, c do
    n = n + 1
    first = first or x
    last = x
    sum = sum + x
    if n >= 500 then break end
  end
  return n, first, last, sum
end
local inf, nan = 1 / 0, 0 / 0
hot.surprise("run", run, {
  { 0.0, 1.0, 0.1 }, { 0, 1, 0.1 }, { 0.0, 1, 1 }, { 1.0, 0.0, -0.1 }, { 1, 0, -0.25 }, { 0.5, 0.5, 1 }, { 0.5, 0.4, 1 }, { 0.5, 0.6, -1 },
  { 1.0, inf, 1e307 }, { 1.0, inf, 1 }, { -1.0, -inf, -1e307 }, { inf, inf, 1 }, { inf, 0, -1 }, { -inf, inf, 1 }, { nan, 1, 1 }, { 1, nan, 1.0 },
  { 1.0, 10, nan }, { 1.0, 10, inf }, { 10.0, 1, -inf }, { 1.0, 10, 0.0 }, { 1.0, 10, -0.0 }, { -0.0, 0.0, 1.0 }, { 0.0, -0.0, -1.0 },
  { 2.0 ^ 53, 2.0 ^ 53 + 4, 1 }, { 1e308, inf, 1e308 }, { 1e17, 1e17 + 100, 1 }, { 1, 2 ^ 53, 2 ^ 51 }, { math.maxinteger, inf, 1.0 },
  { math.mininteger, 0.0, 2 ^ 61 }, { 5e-324, 1e-323, 5e-324 }, { 1.5, "3", 1 }, { "1.5", 3, 1 }, { 1.5, 3, "1" }, { 1.5, {}, 1 }, { 1.5, 3, 0 }, { 1, 3.5, 0.5 },
})

local function run1(a, b) local n, t = 0, nil for x = a, b do n = n + 1; t = math.type(x); if n == 300 then break end end return n, t end
hot.surprise("run1", run1, { { 1.0, 100 }, { 1, 100.5 }, { 1.5, 7 }, { 1.0, inf }, { 3.0, 1 }, { -1e300, 1 }, { 1, 3 } })

for _, c in ipairs { "0.0, 1.0, 0.125", "1.0, 5", "1, 5.0", "1, 2, 0.5", "5.5, 1, -1", "1.0, 3, 0", "0.1, 0.9, 0.1", "1e15, 1e15 + 3" } do
  hot.show(c, hot.compile("return function() local s, n = 0, 0 for x = " .. c .. " do s = s + x; n = n + 1 end return s, n end"))
end

-- integration, series, mixed accumulators
local function simpson(f, a, b, n)
  local h, s = (b - a) / n, f(a) + f(b)
  for i = 1, n - 1 do s = s + f(a + i * h) * (i % 2 == 0 and 2 or 4) end
  return s * h / 3
end
print(simpson(function(x) return x * x end, 0, 3, 200), simpson(function(x) return 1 / (1 + x) end, 0.0, 1.0, 100))
local function series(n) local s = 0.0 for k = 1.0, n do s = s + 1 / (k * k) end return s end
hot.show("series", series, 100)
local function harmonic(n) local s = 0 for k = n, 1, -1 do s = s + 1 / k end return s end
hot.surprise("harmonic", harmonic, { { 100 }, { 100.0 }, { 10.5 }, { "x" } })

-- one loop, activated with integers first, floats later, alternating, and inside a coroutine
local function flip(n)
  local out = {}
  for i = 1, n do
    local a = i % 2 == 0 and 1 or 1.0
    local s = 0
    for x = a, 4 do s = s + x end
    out[#out + 1] = math.type(s)
  end
  return #out, out[1], out[2], out[n]
end
hot.show("flip", flip, 60)
local co = coroutine.wrap(function() for x = 0.25, 1e9, 0.25 do coroutine.yield(x) end end)
local s = 0
for _ = 1, 400 do s = s + co() end
print(s)
