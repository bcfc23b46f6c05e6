-- Functions as values: counters with shared upvalues, composition, map/filter/fold, memoising.
local size = tonumber(arg and arg[1]) or 100

local function counter(step)
  local total = 0
  local function add()
    total = total + step
    return total
  end
  local function reset()
    local old = total
    total = 0
    return old
  end
  return add, reset
end

local function compose(...)
  local functions = { ... }
  return function(x)
    for i = #functions, 1, -1 do
      x = functions[i](x)
    end
    return x
  end
end

local function map(list, f)
  local out = {}
  for i = 1, #list do
    out[i] = f(list[i])
  end
  return out
end

local function filter(list, keep)
  local out = {}
  for i = 1, #list do
    if keep(list[i]) then
      out[#out + 1] = list[i]
    end
  end
  return out
end

local function fold(list, f, start)
  local value = start
  for i = 1, #list do
    value = f(value, list[i])
  end
  return value
end

local function curry_add(a)
  return function(b)
    return function(c)
      return a + b * c
    end
  end
end

local function memoise(f)
  local cache = {}
  return function(x)
    local y = cache[x]
    if y == nil then
      y = f(x)
      cache[x] = y
    end
    return y
  end
end

local numbers = {}
for i = 1, 600 do
  numbers[i] = i
end

local check = 0
for round = 1, size * 2 do
  local add, reset = counter(round % 7)
  for _ = 1, 12000 do
    add()
  end
  check = check + reset()
  local shift = compose(function(x) return x + round end, function(x) return x * 3 % 1009 end)
  for _ = 1, 8 do
    local odd = filter(map(numbers, shift), function(x) return x % 2 == 1 end)
    check = check + fold(odd, function(a, b) return (a * 2 + b) % 65521 end, 1)
  end
  for i = 1, 4000 do
    check = check + curry_add(i)(2)(round)
  end
  local square = memoise(function(x) return x * x % 89 end)
  for i = 1, 8000 do
    check = check + square(i % 100)
  end
  check = check % 1000000007
end
print(string.format("%d", check))
