-- Data structure programs: heap and shortest paths, binary trees with deletion, hashing, LZ
-- compression, game of life, edit scripts, text statistics, memoised recursion, events, a regular
-- expression matcher built of closures, a cache with eviction, permutations, a maze.
local hot = require "support.hot"
local function rng(seed) return function(n) seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed // 65536 % n + 1 end end

local Heap = {}
Heap.__index = Heap
function Heap.new(lt) return setmetatable({ n = 0, lt = lt }, Heap) end
function Heap:push(v)
  local i = self.n + 1
  self.n = i
  while i > 1 and self.lt(v, self[i // 2]) do self[i] = self[i // 2]; i = i // 2 end
  self[i] = v
end
function Heap:pop()
  local top, last = self[1], self[self.n]
  self[self.n] = nil
  self.n = self.n - 1
  local i = 1
  while 2 * i <= self.n do
    local c = 2 * i
    if c < self.n and self.lt(self[c + 1], self[c]) then c = c + 1 end
    if not self.lt(self[c], last) then break end
    self[i] = self[c]
    i = c
  end
  if self.n > 0 then self[i] = last end
  return top
end
local function dijkstra(n, seed)
  local r, graph = rng(seed), {}
  for i = 1, n do graph[i] = {} for _ = 1, 4 do graph[i][#graph[i] + 1] = { r(n), r(20) + (r(2) == 1 and 0 or 0.5) } end end
  local dist, heap = { 0 }, Heap.new(function(a, b) return a[1] < b[1] end)
  heap:push { 0, 1 }
  while heap.n > 0 do
    local d, i = table.unpack(heap:pop())
    if d == dist[i] then
      for _, e in ipairs(graph[i]) do
        local nd = d + e[2]
        if not dist[e[1]] or nd < dist[e[1]] then dist[e[1]] = nd; heap:push { nd, e[1] } end
      end
    end
  end
  local s, reached = 0, 0
  for i = 1, n do if dist[i] then s = s + dist[i]; reached = reached + 1 end end
  return s, reached
end
hot.print("dijkstra", dijkstra(200, 1), dijkstra(50, 2))

local function tree(n, seed)
  local r, root, size = rng(seed), nil, 0
  local function insert(t, k) if not t then size = size + 1 return { k = k } end if k < t.k then t.l = insert(t.l, k) elseif k > t.k then t.r = insert(t.r, k) end return t end
  local function smallest(t) while t.l do t = t.l end return t.k end
  local function remove(t, k)
    if not t then return nil end
    if k < t.k then t.l = remove(t.l, k) elseif k > t.k then t.r = remove(t.r, k)
    else
      if not t.l then size = size - 1 return t.r elseif not t.r then size = size - 1 return t.l end
      t.k = smallest(t.r)
      t.r = remove(t.r, t.k)
    end
    return t
  end
  for i = 1, n do root = insert(root, r(500)); if i % 3 == 0 then root = remove(root, r(500)) end end
  local out = {}
  local function visit(t) if t then visit(t.l) out[#out + 1] = t.k visit(t.r) end end
  visit(root)
  local sorted = true
  for i = 2, #out do sorted = sorted and out[i - 1] < out[i] end
  return size, #out, sorted, out[1], out[#out]
end
hot.print("tree", tree(600, 5))

local function compress(s)
  local dict, n, w, out = {}, 256, "", {}
  for i = 0, 255 do dict[string.char(i)] = i end
  for c in s:gmatch "." do
    if dict[w .. c] then w = w .. c else out[#out + 1] = dict[w]; dict[w .. c] = n; n = n + 1; w = c end
  end
  if w ~= "" then out[#out + 1] = dict[w] end
  return out
end
local function decompress(codes)
  local dict, n = {}, 256
  for i = 0, 255 do dict[i] = string.char(i) end
  local w = dict[codes[1]] or ""
  local out = { w }
  for i = 2, #codes do
    local entry = dict[codes[i]] or w .. w:sub(1, 1)
    out[#out + 1] = entry
    dict[n] = w .. entry:sub(1, 1)
    n = n + 1
    w = entry
  end
  return table.concat(out)
end
local text = ("she sells sea shells by the sea shore; "):rep(30)
local codes = compress(text)
print("lzw", #text, #codes, decompress(codes) == text, codes[1], codes[#codes])

local function life(w, h, steps)
  local grid, r = {}, rng(11)
  for y = 1, h do grid[y] = {} for x = 1, w do grid[y][x] = r(3) == 1 end end
  for _ = 1, steps do
    local nextgrid = {}
    for y = 1, h do
      local row = {}
      for x = 1, w do
        local n = 0
        for dy = -1, 1 do for dx = -1, 1 do if (dx ~= 0 or dy ~= 0) and grid[(y + dy - 1) % h + 1][(x + dx - 1) % w + 1] then n = n + 1 end end end
        row[x] = n == 3 or n == 2 and grid[y][x]
      end
      nextgrid[y] = row
    end
    grid = nextgrid
  end
  local rows = {}
  for y = 1, h do local r = {} for x = 1, w do r[x] = grid[y][x] and "o" or "." end rows[y] = table.concat(r) end
  return table.concat(rows, "\n")
end
print(life(40, 12, 12))

local function statistics(s)
  local count, words = {}, {}
  for w in s:lower():gmatch "%a+" do if not count[w] then words[#words + 1] = w end count[w] = (count[w] or 0) + 1 end
  table.sort(words, function(a, b) if count[a] ~= count[b] then return count[a] > count[b] end return a < b end)
  local out = {}
  for i = 1, math.min(4, #words) do out[i] = words[i] .. "=" .. count[words[i]] end
  return table.concat(out, " ")
end
hot.show("statistics", statistics, text:sub(1, 160))

local function memo(f) local cache = {} return function(n) local v = cache[n] if v == nil then v = f(n); cache[n] = v end return v end end
local fib; fib = memo(function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end)
local partitions; partitions = memo(function(n) if n == 0 then return 1 end local s, k = 0, 1 while true do local g1, g2 = k * (3 * k - 1) // 2, k * (3 * k + 1) // 2 if g1 > n then break end local sign = k % 2 == 1 and 1 or -1 s = s + sign * partitions(n - g1) if g2 <= n then s = s + sign * partitions(n - g2) end k = k + 1 end return s end)
print("memo", fib(90), fib(50.0), partitions(100))

-- matchers as closures: a matcher takes text, position and what comes after
local function char(c) return function(s, i, k) return s:sub(i, i) == c and k(i + 1) end end
local function any(s, i, k) return i <= #s and k(i + 1) end
local function seq(a, b) return function(s, i, k) return a(s, i, function(j) return b(s, j, k) end) end end
local function alt(a, b) return function(s, i, k) return a(s, i, k) or b(s, i, k) end end
local function star(m) local function self(s, i, k) return m(s, i, function(j) return j > i and self(s, j, k) end) or k(i) end return self end
local function matches(m, s) return m(s, 1, function(j) return j == #s + 1 end) or false end
local ab = seq(star(alt(char "a", seq(char "b", char "b"))), seq(char "c", star(any)))
for _, s in ipairs { "c", "aabbac", "abc", "bbbbaaacxyz", ("a"):rep(40) .. "c", ("bb"):rep(20) .. "b" } do hot.show("match " .. s:sub(1, 8), matches, ab, s) end

local function lru(capacity, operations, seed)
  local r, map, head, tail, size, hits = rng(seed), {}, { key = "head" }, { key = "tail" }, 0, 0
  head.next, tail.prev = tail, head
  local function unlink(n) n.prev.next, n.next.prev = n.next, n.prev end
  local function front(n) n.next, n.prev = head.next, head; head.next.prev = n; head.next = n end
  for i = 1, operations do
    local key = r(3) == 1 and "s" .. r(20) or r(30)
    local n = map[key]
    if n then hits = hits + 1; unlink(n) else
      if size == capacity then local old = tail.prev; unlink(old); map[old.key] = nil; size = size - 1 end
      n = { key = key, value = i }
      map[key] = n
      size = size + 1
    end
    front(n)
  end
  local order, n = {}, head.next
  while n ~= tail do order[#order + 1] = tostring(n.key); n = n.next end
  return hits, size, table.concat(order, " ")
end
hot.print("lru", lru(10, 800, 3))

local function maze(w, h, seed)
  local r, open, path = rng(seed), {}, 0
  local function carve(x, y)
    open[y * w + x] = true
    local dirs = { { 2, 0 }, { -2, 0 }, { 0, 2 }, { 0, -2 } }
    for i = 4, 2, -1 do local j = r(i); dirs[i], dirs[j] = dirs[j], dirs[i] end
    for _, d in ipairs(dirs) do
      local nx, ny = x + d[1], y + d[2]
      if nx > 0 and nx < w and ny > 0 and ny < h and not open[ny * w + nx] then open[(y + d[2] // 2) * w + x + d[1] // 2] = true; carve(nx, ny) end
    end
  end
  carve(1, 1)
  local queue, seen = { { 1, 1, 0 } }, {}
  for _, q in ipairs(queue) do
    local x, y, d = q[1], q[2], q[3]
    path = math.max(path, d)
    for _, m in ipairs { { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } } do
      local key = (y + m[2]) * w + x + m[1]
      if open[key] and not seen[key] then seen[key] = true; queue[#queue + 1] = { x + m[1], y + m[2], d + 1 } end
    end
  end
  return path, #queue
end
hot.print("maze", maze(31, 21, 9), maze(21, 11, 4))
