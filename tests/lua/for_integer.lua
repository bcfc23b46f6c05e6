-- Numeric for with integers: directions, empty loops, steps, overflow at both ends, limits that are
-- floats or strings, assignment to the variable, errors, nesting, loops left early.
local hot = require "support.hot"
local max, min = math.maxinteger, math.mininteger

local function run(a, b, c)
  local n, first, last, sum = 0, nil, nil, 0
  for i = a, b, c do
    n = n + 1
    first = first or i
    last = i
    sum = sum + i
    if n >= 1000 then break end
  end
  return n, first, last, sum, math.type(last)
end
local function run1(a, b)
  local n, last = 0, nil
  for i = a, b do n = n + 1; last = i; if n >= 1000 then break end end
  return n, last
end

local cases = {
  { 1, 10, 1 }, { 1, 10, 3 }, { 10, 1, -1 }, { 10, 1, -4 }, { 1, 0, 1 }, { 0, 1, -1 }, { 5, 5, 1 }, { 5, 5, -1 }, { 1, 10, 100 }, { 1, 10, -100 },
  { max - 5, max, 1 }, { max - 5, max, 2 }, { max - 5, max, max }, { min + 5, min, -1 }, { min + 5, min, -2 }, { min + 5, min, min },
  { min, max, max }, { max, min, min }, { min, max, max // 2 }, { 0, max, max }, { max, max, 1 }, { min, min, -1 }, { min, min, 1 }, { -1, 1, 1 },
  { max, min, -1 }, { min, max, 1 }, { 1, 3.7, 1 }, { 1, 3.0, 1 }, { 1, -3.7, -1 }, { 3, 1.2, -1 }, { 1, 1 / 0, 1 }, { 1, -1 / 0, 1 }, { 1, -1 / 0, -1 },
  { 1, 1 / 0, -1 }, { 1, 0 / 0, 1 }, { 1, 0 / 0, -1 }, { max - 2, 1e30, 1 }, { min + 2, -1e30, -1 }, { 1, 2 ^ 53, 1 }, { 1, 2 ^ 63, 2 ^ 62 // 1 | 0 },
  { 1, "10", 1 }, { "1", 10, 1 }, { 1, 10, "1" }, { 1, 10, 0 }, { 1, nil, 1, n = 3 }, { nil, 1, 1, n = 3 }, { 1, 10, {} }, { {}, 1, 1 }, { 1, true, 1 },
  { 1, 10, 0.0 }, { 1, 10, 1.0 }, { 1, 2, 0.25 }, { 1, "x", 1 },
}
hot.surprise("run", run, cases)
hot.surprise("run1", run1, { { 1, 100 }, { 100, 1 }, { max - 1, max }, { 1, 2.5 }, { 1.5, 3 }, { 1, "2" }, { 1, 1e100 }, { 1, nil, n = 2 }, { min, min + 1 }, { 1, 200 } })

-- each as constants in the code
for _, c in ipairs { "1, 100", "100, 1, -1", "1, 100, 7", "-5, 5", "1, 0", "3, 1", "1, 1.5", "0x7ffffffffffffffd, 0x7fffffffffffffff", "1, 3, 0", "1, '3'" } do
  local f, message = load("local s, n = 0, 0 for i = " .. c .. " do s = s + i; n = n + 1 end return s, n", "=c")
  if f then hot.show(c, f) else print(c, message) end
end

-- the body assigns to the variable; the loop does not care
local function assign(n)
  local out = 0
  for i = 1, n do
    local j = i
    i = i * 10
    out = out + i - j
    i = nil
  end
  return out
end
hot.show("assign", assign, 100)

-- nested loops that depend on each other, left by return, break and error from depth
local function nested(n)
  local count = 0
  for i = 1, n do
    for j = i, n, i do
      for k = j, 1, -j do
        count = count + 1
        if count == 100000 then return "full", i, j, k end
      end
      if j > n // 2 then break end
    end
  end
  return count
end
hot.show("nested", nested, 30)
local function thrower(n) for i = 1, n do for j = 1, n do if i * j == n * 3 then error("at " .. i .. "," .. j, 0) end end end end
hot.show("thrower", thrower, 10)

-- limits and steps from calls and expressions that are evaluated once
local evals = 0
local function e(x) evals = evals + 1; return x end
local function once() local s = 0 for i = e(1), e(20), e(3) do s = s + i end return s end
hot.show("once", once)
print(evals)

-- the step is a variable that turns from integer to float between activations
local function step(s) local out = 0 for i = 10, 20, s do out = out + i end return out, math.type(out) end
hot.surprise("step", step, { { 1 }, { 2.0 }, { 0.5 }, { 3 }, { -1 }, { "1" }, { 1e9 }, { max }, { min }, { 0 } })

-- closures keep their own variable; loops inside coroutines; loops by the hundred in one function
local function close(n) local fs = {} for i = 1, n do fs[i] = function() i = i + 1; return i end end local s = 0 for i = 1, n do s = s + fs[i]() + fs[i]() end return s end
hot.show("close", close, 30)
local text = { "return function(n) local s = 0" }
for k = 1, 120 do text[#text + 1] = ("for i = %d, n, %d do s = s + i %% %d end"):format(k, k % 5 + 1, k + 1) end
text[#text + 1] = "return s end"
local many = hot.compile(table.concat(text, "\n"))
for i = 1, 80 do if i % 20 == 0 then print(i, many(i)) else many(i) end end
print(many(50.5), hot.try(many, "7"))
