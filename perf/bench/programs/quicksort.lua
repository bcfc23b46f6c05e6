-- Hand-written sorts on arrays of integers and floats: quicksort, shell sort, counting sort.
local size = tonumber(arg and arg[1]) or 100

local function quicksort(a, low, high)
  while high - low > 10 do
    local pivot = a[math.floor((low + high) / 2)]
    local i, j = low, high
    while i <= j do
      while a[i] < pivot do
        i = i + 1
      end
      while a[j] > pivot do
        j = j - 1
      end
      if i <= j then
        a[i], a[j] = a[j], a[i]
        i, j = i + 1, j - 1
      end
    end
    if j - low < high - i then
      quicksort(a, low, j)
      low = i
    else
      quicksort(a, i, high)
      high = j
    end
  end
  for i = low + 1, high do
    local value, j = a[i], i - 1
    while j >= low and a[j] > value do
      a[j + 1] = a[j]
      j = j - 1
    end
    a[j + 1] = value
  end
end

local gaps = { 701, 301, 132, 57, 23, 10, 4, 1 }
local function shellsort(a)
  for _, gap in ipairs(gaps) do
    for i = gap + 1, #a do
      local value, j = a[i], i
      while j > gap and a[j - gap] > value do
        a[j] = a[j - gap]
        j = j - gap
      end
      a[j] = value
    end
  end
end

local function counting_sort(a, limit)
  local counts, out = {}, {}
  for value = 0, limit - 1 do
    counts[value] = 0
  end
  for i = 1, #a do
    counts[a[i]] = counts[a[i]] + 1
  end
  for value = 0, limit - 1 do
    for _ = 1, counts[value] do
      out[#out + 1] = value
    end
  end
  return out
end

local seed = 7
local function fill(count, limit, scale)
  local a = {}
  for i = 1, count do
    seed = seed * 16807 % 2147483647
    a[i] = seed % limit * scale
  end
  return a
end

local check = 0
for _ = 1, size * 2 do
  local integers, floats, small = fill(3000, 100000, 1), fill(1500, 10000, 0.5), fill(2500, 300, 1)
  quicksort(integers, 1, #integers)
  shellsort(floats)
  small = counting_sort(small, 300)
  for i = 1, 1500, 100 do
    check = (check * 3 + integers[i] + floats[i] * 2 + small[i]) % 1000000007
  end
end
print(string.format("%d", check))
