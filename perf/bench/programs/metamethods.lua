-- Operators through metatables: complex numbers, ordered fractions, a default-value proxy, __call.
local size = tonumber(arg and arg[1]) or 100

local Complex = {}
Complex.__index = Complex
local function complex(re, im)
  return setmetatable({ re = re, im = im }, Complex)
end
function Complex.__add(a, b)
  return complex(a.re + b.re, a.im + b.im)
end
function Complex.__sub(a, b)
  return complex(a.re - b.re, a.im - b.im)
end
function Complex.__mul(a, b)
  return complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
end
function Complex.__unm(a)
  return complex(-a.re, -a.im)
end
function Complex.__eq(a, b)
  return a.re == b.re and a.im == b.im
end

local function polynomial(x, steps)
  local sum, one = complex(0.0, 0.0), complex(1.0, 0.0)
  for _ = 1, steps do
    sum = sum * x + one - -x
    if sum == one then
      break
    end
  end
  return sum.re + sum.im
end

local Fraction = {}
Fraction.__lt = function(a, b)
  return a.top * b.bottom < b.top * a.bottom
end
Fraction.__le = function(a, b)
  return a.top * b.bottom <= b.top * a.bottom
end
Fraction.__concat = function(a, b)
  return (type(a) == "table" and a.top or a) .. "/" .. (type(b) == "table" and b.bottom or b)
end
Fraction.__len = function(a)
  return a.top + a.bottom
end

local function ranks(count)
  local list, rank = {}, 0
  for i = 1, count do
    list[i] = setmetatable({ top = i * 31 % 17 + 1, bottom = i * 7 % 11 + 1 }, Fraction)
  end
  for i = 1, count do
    for j = 1, count do
      if list[i] < list[j] then
        rank = rank + i
      elseif list[i] <= list[j] then
        rank = rank + 1
      end
    end
  end
  return rank + #(list[1] .. list[2])
end

-- Reads of absent keys are computed and stored, writes of new keys are counted.
local function proxy(steps, offset)
  local writes = 0
  local squares = setmetatable({}, { __index = function(t, key)
    local value = key * key % 1013
    rawset(t, key, value)
    return value
  end })
  local tracked = setmetatable({}, { __newindex = function(t, key, value)
    writes = writes + 1
    if key % 4 == 0 then
      rawset(t, key, value)
    end
  end, __call = function(_, x) return x + writes end })
  local sum = 0
  for i = 1, steps do
    sum = sum + squares[(i * offset) % 300]
    tracked[i % 64] = i
    sum = sum + tracked(i) % 5
  end
  return sum
end

local check = 0
for round = 1, size * 2 do
  -- Inside of the unit circle: the sum stays finite.
  local value = polynomial(complex(0.6, 0.3 + round % 400 / 1000.0), 2000)
  check = (check + math.floor(value * 1000.0) + ranks(60)) % 1000000007
  check = (check * 3 + proxy(8000, round)) % 1000000007
end
print(string.format("%d", check))
