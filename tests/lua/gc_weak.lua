-- Weak tables and ephemerons in deterministic form: what is certainly dead after a full collection is
-- gone, what is reachable stays; weak caches used from hot code in both collector modes.
local hot = require "support.hot"

local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local function kept(n) local t = {} for i = 1, n do t[i] = { i } end return t end

local function round(mode)
  collectgarbage(mode)
  -- values
  local strong = kept(100)
  local weak = setmetatable({}, { __mode = "v" })
  for i = 1, 100 do weak[i] = strong[i]; weak["x" .. i] = { i }; weak[-i] = i; weak["s" .. i] = "string" .. i end
  collectgarbage()
  local alive, dead, plain = 0, 0, 0
  for i = 1, 100 do
    if weak[i] == strong[i] then alive = alive + 1 end
    if weak["x" .. i] == nil then dead = dead + 1 end
    if weak[-i] == i and weak["s" .. i] == "string" .. i then plain = plain + 1 end
  end
  print(mode, "values", alive, dead, plain, count(weak))
  -- keys
  weak = setmetatable({}, { __mode = "k" })
  for i = 1, 100 do weak[strong[i]] = i; weak[{}] = i; weak[i] = {}; weak["s" .. i] = {} end
  collectgarbage()
  alive = 0
  for i = 1, 100 do if weak[strong[i]] == i and type(weak[i]) == "table" then alive = alive + 1 end end
  print(mode, "keys", alive, count(weak))
  -- both
  weak = setmetatable({}, { __mode = "kv" })
  for i = 1, 100 do weak[strong[i]] = strong[101 - i]; weak[{}] = strong[i]; weak[strong[i]] = i % 2 == 0 and {} or strong[i] end
  collectgarbage()
  print(mode, "both", count(weak))
  -- ephemerons: values that refer to their own keys, chains, cycles
  local eph = setmetatable({}, { __mode = "k" })
  for i = 1, 50 do local k = {}; eph[k] = { k } end
  local chain = {}
  local head = chain
  for i = 1, 50 do local nextkey = {}; eph[chain] = nextkey; chain = nextkey end
  collectgarbage()
  local n, k = 0, head
  while eph[k] do n = n + 1; k = eph[k] end
  print(mode, "ephemerons", n, count(eph))
  head, chain, k = nil, nil, nil
  collectgarbage()
  collectgarbage()
  print(mode, "ephemerons gone", count(eph))
  -- a cache filled by hot code: hits are identical objects as long as someone holds them
  local cache, hits, misses = setmetatable({}, { __mode = "v" }), 0, 0
  local function get(i) local o = cache[i]; if o then hits = hits + 1 else misses = misses + 1; o = { id = i }; cache[i] = o end return o end
  local hold = {}
  for i = 1, 40 do hold[i] = get(i) end
  for r = 1, 20 do
    for i = 1, 40 do if get(i) ~= hold[i] then print("lost", r, i) end end
    if r % 5 == 0 then collectgarbage() else collectgarbage("step", 10) end
  end
  print(mode, "cache", hits, misses)
  hold = nil
  collectgarbage()
  print(mode, "cache empty", count(cache))
  -- mode changes, and a metatable that loses its mode
  local mt = { __mode = "v" }
  weak = setmetatable({ {}, {}, x = {} }, mt)
  mt.__mode = nil
  collectgarbage()
  print(mode, "no mode", count(weak))
  mt.__mode = "k"
  collectgarbage()
  print(mode, "key mode", count(weak))
  mt.__mode = "v"
  collectgarbage()
  print(mode, "value mode", count(weak))
  -- weak tables traversed and assigned while entries die
  weak = setmetatable({}, { __mode = "k" })
  for i = 1, 200 do weak[{}] = i; weak[i] = i end
  local s = 0
  for key, v in pairs(weak) do
    if type(key) == "number" then s = s + v; weak[key] = nil; if v % 50 == 0 then collectgarbage() end end
  end
  print(mode, "traversal", s)
end
for _ = 1, 3 do
  round "incremental"
  round "generational"
end

-- memoized functions with weak tables give the same answers as without, whatever is collected
local function memo(f) local cache = setmetatable({}, { __mode = "v" }); return function(x) local r = cache[x]; if not r then r = { f(x) }; cache[x] = r end return r[1] end end
local square = memo(function(x) return x * x end)
local s = 0
for i = 1, 3000 do
  s = s + square(i % 37)
  if i % 100 == 0 then collectgarbage("step") end
end
print(s)
-- upvalues, stacks of suspended coroutines and registries keep objects alive
local weak = setmetatable({}, { __mode = "v" })
local function holder(o) weak[#weak + 1] = o; return function() return o end end
local h = holder { 1 }
local co = coroutine.create(function(o) weak.co = o; coroutine.yield(); return o end)
coroutine.resume(co, { 2 })
local mt = setmetatable({}, { __index = { 3 } })
weak.index = getmetatable(mt).__index
collectgarbage()
print(weak[1] == h(), weak.co ~= nil, weak.index[1], count(weak))
h, co, mt = nil, nil, nil
collectgarbage()
print(count(weak))
