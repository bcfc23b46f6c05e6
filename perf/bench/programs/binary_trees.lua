-- Allocation and collection of trees: build, walk, drop; a long-lived tree stays throughout.
local size = tonumber(arg and arg[1]) or 100

local function build(depth)
  if depth == 0 then
    return { value = 1 }
  end
  return { left = build(depth - 1), right = build(depth - 1), value = depth }
end

local function walk(node)
  if node.left then
    return node.value + walk(node.left) + walk(node.right)
  end
  return node.value
end

local function insert(node, key)
  while true do
    if key < node.key then
      if not node.low then
        node.low = { key = key }
        return
      end
      node = node.low
    else
      if not node.high then
        node.high = { key = key }
        return
      end
      node = node.high
    end
  end
end

local function depth_of(node)
  if not node then
    return 0
  end
  return 1 + math.max(depth_of(node.low), depth_of(node.high))
end

local long_lived = build(14)
local check = 0
for round = 1, size * 4 do
  check = check + walk(build(9)) + walk(build(9))
  for _ = 1, 40 do
    check = check + walk(build(4))
  end
  local root, key = { key = 500 }, round
  for _ = 1, 700 do
    key = key * 16807 % 2147483647
    insert(root, key % 1000)
  end
  check = (check * 3 + depth_of(root)) % 1000000007
end
print(string.format("%d", check + walk(long_lived)))
