-- table.sort: numbers, strings, records with a comparator that breaks ties.
local size = tonumber(arg and arg[1]) or 100

local seed = 42
local function random(limit)
  seed = seed * 16807 % 2147483647
  return seed % limit
end

local function by_score(a, b)
  if a.score ~= b.score then
    return a.score > b.score
  end
  return a.id < b.id
end

local function descending(a, b)
  return a > b
end

local check = 0
for _ = 1, size * 2 do
  local numbers, words, records = {}, {}, {}
  for i = 1, 1500 do
    numbers[i] = random(1000000)
  end
  for i = 1, 500 do
    words[i] = "w" .. random(100000)
    records[i] = { id = i, score = random(100) }
  end
  table.sort(numbers)
  check = check + numbers[1] + numbers[750] * 2 + numbers[1500] * 3
  table.sort(numbers, descending)
  check = check + numbers[2] * 5
  table.sort(words)
  check = check + #words[1] + words[250]:byte(2) * 3
  table.sort(records, by_score)
  for i = 1, #records, 50 do
    check = check + records[i].id * i
  end
  check = check % 1000000007
end
print(string.format("%d", check))
