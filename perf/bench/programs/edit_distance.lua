-- Dynamic programming: edit distance, longest common subsequence, knapsack.
local size = tonumber(arg and arg[1]) or 100

local function distance(a, b)
  local previous = {}
  for j = 0, #b do
    previous[j] = j
  end
  for i = 1, #a do
    local row, letter = { [0] = i }, a:byte(i)
    for j = 1, #b do
      local cost = previous[j - 1]
      if letter ~= b:byte(j) then
        if previous[j] < cost then
          cost = previous[j]
        end
        if row[j - 1] < cost then
          cost = row[j - 1]
        end
        cost = cost + 1
      end
      row[j] = cost
    end
    previous = row
  end
  return previous[#b]
end

local function common(a, b)
  local lengths = {}
  for i = 0, #a do
    lengths[i] = {}
    for j = 0, #b do
      lengths[i][j] = 0
    end
  end
  for i = 1, #a do
    for j = 1, #b do
      if a[i] == b[j] then
        lengths[i][j] = lengths[i - 1][j - 1] + 1
      else
        lengths[i][j] = math.max(lengths[i - 1][j], lengths[i][j - 1])
      end
    end
  end
  return lengths[#a][#b]
end

local function knapsack(weights, values, capacity)
  local best = {}
  for room = 0, capacity do
    best[room] = 0
  end
  for item = 1, #weights do
    local weight, value = weights[item], values[item]
    for room = capacity, weight, -1 do
      local with = best[room - weight] + value
      if with > best[room] then
        best[room] = with
      end
    end
  end
  return best[capacity]
end

local seed = 31
local function random(limit)
  seed = seed * 16807 % 2147483647
  return seed % limit
end

local function word(length)
  local letters = {}
  for i = 1, length do
    letters[i] = string.char(97 + random(5))
  end
  return table.concat(letters)
end

local check = 0
for _ = 1, size * 2 do
  check = check * 3 + distance(word(130), word(120))
  local a, b = {}, {}
  for i = 1, 90 do
    a[i], b[i] = random(8), random(8)
  end
  check = check + common(a, b)
  local weights, values = {}, {}
  for i = 1, 30 do
    weights[i], values[i] = random(20) + 3, random(50) + 1
  end
  check = (check + knapsack(weights, values, 350)) % 1000000007
end
print(string.format("%d", check))
