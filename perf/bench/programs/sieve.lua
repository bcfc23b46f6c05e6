-- Prime numbers: sieve of Eratosthenes on booleans and a smallest-factor table.
local size = tonumber(arg and arg[1]) or 100

local function primes(limit)
  local composite = {}
  for i = 1, limit do
    composite[i] = false
  end
  local count, last = 0, 0
  for i = 2, limit do
    if not composite[i] then
      count, last = count + 1, i
      for j = i * i, limit, i do
        composite[j] = true
      end
    end
  end
  return count, last
end

local function factor_sum(limit)
  local smallest = {}
  for i = 1, limit do
    smallest[i] = i
  end
  for i = 2, limit do
    if smallest[i] == i then
      for j = i + i, limit, i do
        if smallest[j] == j then
          smallest[j] = i
        end
      end
    end
  end
  local sum = 0
  for i = 2, limit do
    sum = sum + smallest[i]
  end
  return sum
end

local check = 0
for round = 1, size do
  local count, last = primes(75000 + round)
  check = (check * 3 + count + last + factor_sum(20000)) % 1000000007
end
print(string.format("%d", check))
