-- Arrays of numbers: fill, prefix sums, reversal, a ring buffer, table.insert and table.remove.
local size = tonumber(arg and arg[1]) or 100

local function fill(count, start)
  local array = {}
  for i = 1, count do
    array[i] = (start + i * 37) % 1009
  end
  return array
end

local function prefix(array)
  local sum = 0
  for i = 1, #array do
    sum = sum + array[i]
    array[i] = sum
  end
  return sum
end

local function reverse(array)
  local i, j = 1, #array
  while i < j do
    array[i], array[j] = array[j], array[i]
    i, j = i + 1, j - 1
  end
end

local function ring(array, steps)
  local count, at, sum = #array, 1, 0
  for step = 1, steps do
    sum = (sum + array[at]) % 1000003
    array[at] = step
    at = at + 7
    if at > count then
      at = at - count
    end
  end
  return sum
end

local function stack(count)
  local items, sum = {}, 0
  for i = 1, count do
    table.insert(items, i)
    if i % 3 == 0 then
      sum = sum + table.remove(items)
    end
  end
  for i = #items, 1, -1 do
    sum = sum + items[i]
    items[i] = nil
  end
  return sum + #items
end

local check = 0
for round = 1, size do
  local array = fill(22000, round)
  check = (check + prefix(array)) % 1000000007
  reverse(array)
  for _, value in ipairs(array) do
    check = check + value % 3
  end
  check = (check * 3 + ring(array, 60000) + stack(16000)) % 1000000007
end
print(string.format("%d", check))
