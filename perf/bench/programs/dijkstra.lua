-- Shortest paths on a weighted grid with a binary heap of parallel arrays.
local size = tonumber(arg and arg[1]) or 100

local function make_graph(width, height, seed)
  local edges = {}
  local function connect(a, b)
    seed = seed * 16807 % 2147483647
    local weight = seed % 19 + 1
    table.insert(edges[a], { to = b, weight = weight })
    table.insert(edges[b], { to = a, weight = weight })
  end
  for node = 1, width * height do
    edges[node] = {}
  end
  for row = 0, height - 1 do
    for column = 1, width do
      local node = row * width + column
      if column < width then
        connect(node, node + 1)
      end
      if row < height - 1 then
        connect(node, node + width)
      end
    end
  end
  return edges
end

local function push(keys, items, count, key, item)
  local at = count + 1
  while at > 1 do
    local parent = math.floor(at / 2)
    if keys[parent] <= key then
      break
    end
    keys[at], items[at] = keys[parent], items[parent]
    at = parent
  end
  keys[at], items[at] = key, item
  return count + 1
end

local function pop(keys, items, count)
  local top_key, top_item = keys[1], items[1]
  local key, item, at = keys[count], items[count], 1
  count = count - 1
  while at * 2 <= count do
    local child = at * 2
    if child < count and keys[child + 1] < keys[child] then
      child = child + 1
    end
    if keys[child] >= key then
      break
    end
    keys[at], items[at] = keys[child], items[child]
    at = child
  end
  keys[at], items[at] = key, item
  return top_key, top_item, count
end

local function shortest(edges, source)
  local distance, done = {}, {}
  for node = 1, #edges do
    distance[node] = math.huge
  end
  distance[source] = 0
  local keys, items, count = {}, {}, 0
  count = push(keys, items, count, 0, source)
  while count > 0 do
    local key, node
    key, node, count = pop(keys, items, count)
    if not done[node] then
      done[node] = true
      for _, edge in ipairs(edges[node]) do
        local length = key + edge.weight
        if length < distance[edge.to] then
          distance[edge.to] = length
          count = push(keys, items, count, length, edge.to)
        end
      end
    end
  end
  return distance
end

local edges = make_graph(32, 32, 2024)
local check = 0
for round = 1, size * 4 do
  local distance = shortest(edges, round % #edges + 1)
  for node = 1, #distance, 37 do
    check = (check * 3 + distance[node]) % 1000000007
  end
end
print(string.format("%d", check))
