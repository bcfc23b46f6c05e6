-- Coroutines: generators, a pipeline of filters, tree walks, a round-robin scheduler.
local size = tonumber(arg and arg[1]) or 100

local function range(first, last)
  return coroutine.wrap(function()
    for i = first, last do
      coroutine.yield(i)
    end
  end)
end

local function keep(source, divisor)
  return coroutine.wrap(function()
    for value in source do
      if value % divisor ~= 0 then
        coroutine.yield(value)
      end
    end
  end)
end

local function build(low, high)
  if low > high then
    return nil
  end
  local middle = math.floor((low + high) / 2)
  return { key = middle, left = build(low, middle - 1), right = build(middle + 1, high) }
end

local function visit(node)
  if node then
    visit(node.left)
    coroutine.yield(node.key)
    visit(node.right)
  end
end

local function same_fringe(a, b)
  local walk_a = coroutine.create(function() visit(a) end)
  local walk_b = coroutine.create(function() visit(b) end)
  local count = 0
  while true do
    local _, key_a = coroutine.resume(walk_a)
    local _, key_b = coroutine.resume(walk_b)
    if key_a ~= key_b then
      return -count
    elseif key_a == nil then
      return count
    end
    count = count + 1
  end
end

local function schedule(tasks, steps)
  local queue, finished = {}, 0
  for id = 1, tasks do
    queue[id] = coroutine.create(function(value)
      for _ = 1, steps + id % 3 do
        value = coroutine.yield(value * 2 % 101 + id)
      end
      return value
    end)
  end
  local value = 1
  while #queue > 0 do
    for i = #queue, 1, -1 do
      local ok, result = coroutine.resume(queue[i], value)
      if not ok then
        error(result)
      end
      value = result
      if coroutine.status(queue[i]) == "dead" then
        table.remove(queue, i)
        finished = finished + 1
      end
    end
  end
  return value + finished
end

local tree_a, tree_b = build(1, 400), build(1, 400)
local check = 0
for round = 1, size * 4 do
  local source = keep(keep(keep(range(2, 2500 + round), 2), 3), 5)
  for value in source do
    check = check + value
  end
  check = (check * 3 + same_fringe(tree_a, tree_b) + schedule(20, 60)) % 1000000007
end
print(string.format("%d", check))
