-- Integer arithmetic in nested loops: Euclid's algorithm, modular powers, digit sums.
local size = tonumber(arg and arg[1]) or 100

local function gcd_sum(limit)
  local sum = 0
  for a = 1, limit do
    for b = 1, a do
      local x, y = a, b
      while y ~= 0 do
        x, y = y, x % y
      end
      sum = sum + x
    end
  end
  return sum
end

local function power_cycle(generator, modulus)
  local x, length, sum = generator, 1, 0
  while x ~= 1 do
    x = x * generator % modulus
    sum = sum + x
    length = length + 1
  end
  return length + sum
end

local function triples(limit)
  local count = 0
  for a = 1, limit do
    for b = a, limit do
      local square = a * a + b * b
      local c = b
      while c * c < square do
        c = c + 1
      end
      if c * c == square and c <= limit then
        count = count + 1
      end
    end
  end
  return count
end

local check = 0
for round = 1, size * 3 do
  check = (check + gcd_sum(60 + round % 3)) % 1000000007
  check = (check * 7 + power_cycle(7, 65537)) % 1000000007
  check = (check * 7 + triples(60)) % 1000000007
end
print(string.format("%d", check))
