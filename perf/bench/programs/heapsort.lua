-- Binary heaps: heapsort in place and a priority queue of records.
local size = tonumber(arg and arg[1]) or 100

local function sift_down(a, root, last)
  local value = a[root]
  while true do
    local child = root * 2
    if child > last then
      break
    end
    if child < last and a[child] < a[child + 1] then
      child = child + 1
    end
    if value >= a[child] then
      break
    end
    a[root] = a[child]
    root = child
  end
  a[root] = value
end

local function heapsort(a)
  local count = #a
  for root = math.floor(count / 2), 1, -1 do
    sift_down(a, root, count)
  end
  for last = count, 2, -1 do
    a[1], a[last] = a[last], a[1]
    sift_down(a, 1, last - 1)
  end
end

local Queue = {}
Queue.__index = Queue
function Queue:push(priority, item)
  local at = self.count + 1
  self.count = at
  while at > 1 do
    local parent = math.floor(at / 2)
    if self[parent].priority <= priority then
      break
    end
    self[at] = self[parent]
    at = parent
  end
  self[at] = { priority = priority, item = item }
end
function Queue:pop()
  local top, last = self[1], self[self.count]
  self[self.count] = nil
  self.count = self.count - 1
  local count, at = self.count, 1
  while at * 2 <= count do
    local child = at * 2
    if child < count and self[child + 1].priority < self[child].priority then
      child = child + 1
    end
    if last.priority <= self[child].priority then
      break
    end
    self[at] = self[child]
    at = child
  end
  if count > 0 then
    self[at] = last
  end
  return top
end

local seed = 99
local function random(limit)
  seed = seed * 16807 % 2147483647
  return seed % limit
end

local check = 0
for _ = 1, size * 3 do
  local a = {}
  for i = 1, 1800 do
    a[i] = random(1000000) / 4
  end
  heapsort(a)
  check = (check + a[1] * 4 + a[900] * 8 + a[1800] * 12) % 1000000007
  local queue = setmetatable({ count = 0 }, Queue)
  for i = 1, 500 do
    queue:push(random(100000) * 1000 + i, i)
  end
  for i = 1, 500 do
    local entry = queue:pop()
    check = (check + entry.item * i) % 1000000007
    if i % 3 == 0 then
      queue:push(entry.priority + random(5000) * 1000, entry.item)
    end
  end
end
print(string.format("%d", check))
