-- Permutations in three ways: recursion with swaps, lexicographic successor, prefix flips.
local size = tonumber(arg and arg[1]) or 100

local function recurse(a, n, visit)
  if n == 1 then
    visit(a)
    return
  end
  for i = 1, n do
    a[i], a[n] = a[n], a[i]
    recurse(a, n - 1, visit)
    a[i], a[n] = a[n], a[i]
  end
end

local function successor(a)
  local i = #a - 1
  while i > 0 and a[i] > a[i + 1] do
    i = i - 1
  end
  if i == 0 then
    return false
  end
  local j = #a
  while a[j] < a[i] do
    j = j - 1
  end
  a[i], a[j] = a[j], a[i]
  local low, high = i + 1, #a
  while low < high do
    a[low], a[high] = a[high], a[low]
    low, high = low + 1, high - 1
  end
  return true
end

local function flips(a)
  local copy, count = {}, 0
  for i = 1, #a do
    copy[i] = a[i]
  end
  while copy[1] ~= 1 do
    local low, high = 1, copy[1]
    while low < high do
      copy[low], copy[high] = copy[high], copy[low]
      low, high = low + 1, high - 1
    end
    count = count + 1
  end
  return count
end

local function identity(n)
  local a = {}
  for i = 1, n do
    a[i] = i
  end
  return a
end

local check = 0
for round = 1, size do
  local sum = round
  recurse(identity(7), 7, function(a)
    sum = (sum * 7 + a[1] * a[7] + a[3]) % 65521
  end)
  local a, deepest = identity(7), 0
  repeat
    local count = flips(a)
    if count > deepest then
      deepest = count
    end
    sum = sum + a[4]
  until not successor(a)
  check = (check * 3 + sum + deepest) % 1000000007
end
print(string.format("%d", check))
