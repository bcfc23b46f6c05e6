-- Tables with string keys: insertion, update, lookup, deletion and traversal.
local size = tonumber(arg and arg[1]) or 100

local names = {}
for i = 1, 2000 do
  names[i] = "key_" .. i * 7919 % 10007
end

local function update(counts, rounds)
  for _ = 1, rounds do
    for i = 1, #names do
      local name = names[i]
      counts[name] = (counts[name] or 0) + i
    end
  end
end

local function traverse(counts)
  local sum, entries = 0, 0
  for name, count in pairs(counts) do
    sum = (sum + count * #name) % 1000000007
    entries = entries + 1
  end
  return sum + entries
end

-- A record that is read and written through constant field names only.
local function record(steps)
  local r = { left = 1, right = 2, count = 0, limit = 97, state = "idle" }
  for i = 1, steps do
    r.count = r.count + r.left
    if r.count > r.limit then
      r.count = r.count - r.limit
      r.left, r.right = r.right, r.left
    end
    if r.state == "idle" then
      r.state = "busy"
    else
      r.state = "idle"
      r.right = r.right % 7 + 1
    end
  end
  return r.count + r.left * 100 + r.right * 1000
end

local check = 0
for round = 1, size do
  local counts = {}
  update(counts, 12)
  for i = 1, #names, 3 do
    counts[names[i]] = nil
  end
  update(counts, 2)
  check = (check * 3 + traverse(counts)) % 1000000007
  check = (check + record(42000 + round)) % 1000000007
end
print(string.format("%d", check))
