-- Linked lists: push, reverse in place, merge sort, a doubly linked queue with moves to the front.
local size = tonumber(arg and arg[1]) or 100

local function from_sequence(count, seed)
  local head
  for _ = 1, count do
    seed = seed * 16807 % 2147483647
    head = { value = seed % 10000, next = head }
  end
  return head
end

local function reverse(head)
  local done
  while head do
    head.next, done, head = done, head, head.next
  end
  return done
end

local function merge(a, b)
  local head = {}
  local tail = head
  while a and b do
    if a.value <= b.value then
      tail.next, tail, a = a, a, a.next
    else
      tail.next, tail, b = b, b, b.next
    end
  end
  tail.next = a or b
  return head.next
end

local function sort(head)
  if not head or not head.next then
    return head
  end
  local slow, fast = head, head.next
  while fast and fast.next do
    slow, fast = slow.next, fast.next.next
  end
  local second = slow.next
  slow.next = nil
  return merge(sort(head), sort(second))
end

local function checksum(head)
  local sum = 0
  while head do
    sum = (sum * 3 + head.value) % 1000003
    head = head.next
  end
  return sum
end

-- Least recently used: a hit moves the node to the front, a miss drops the last one.
local function cache_hits(accesses, capacity, seed)
  local front, back = {}, {}
  front.next, back.previous = back, front
  local nodes, held, hits = {}, 0, 0
  for _ = 1, accesses do
    seed = seed * 16807 % 2147483647
    local key = seed % 97 + seed % 31
    local node = nodes[key]
    if node then
      hits = hits + 1
      node.previous.next, node.next.previous = node.next, node.previous
    else
      if held == capacity then
        local last = back.previous
        last.previous.next, back.previous = back, last.previous
        nodes[last.key] = nil
      else
        held = held + 1
      end
      node = { key = key }
      nodes[key] = node
    end
    node.next, node.previous = front.next, front
    front.next.previous, front.next = node, node
  end
  return hits
end

local check = 0
for round = 1, size do
  local list = reverse(from_sequence(1500, round + 1))
  check = check + checksum(list)
  check = check + checksum(sort(list))
  check = (check * 3 + cache_hits(6000, 40, round + 5)) % 1000000007
end
print(string.format("%d", check))
