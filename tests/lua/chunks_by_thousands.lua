-- Thousands of loaded chunks that get hot and then die, so that bytecode memory is freed and used
-- again at the same addresses; also functions dropped while they run, and code that outlives them.
local hot = require "support.hot"

-- chunks that differ only in a constant: stale native code would give the answer of another chunk
local function make(i)
  return load(("local s = ...; for k = 1, 5 do s = s + %d end return s + %s, '%s'"):format(i, i % 3 == 0 and i + 0.5 or i, "n" .. i))
end
local wrong, sum = 0, 0
for i = 1, 3000 do
  local f = make(i)
  local a, b
  for k = 1, i % 10 == 0 and 70 or 4 do a, b = f(k) end
  local k = i % 10 == 0 and 70 or 4
  if a ~= k + 5 * i + (i % 3 == 0 and i + 0.5 or i) or b ~= "n" .. i then wrong = wrong + 1 end
  sum = sum + a
  if i % 500 == 0 then collectgarbage() end
end
print("constants", wrong, sum)

-- the same size of code with other operations
local operations = { "+", "-", "*", "//", "%", "&", "|", "~" }
wrong = 0
for i = 1, 1600 do
  local op = operations[i % #operations + 1]
  local f = load("local a, b = ... local r for _ = 1, 3 do r = a " .. op .. " b end return r")
  local expected = load("return " .. (i + 10) .. " " .. op .. " " .. i)()
  for _ = 1, i % 7 == 0 and 65 or 3 do if f(i + 10, i) ~= expected then wrong = wrong + 1 end end
  if i % 100 == 0 then collectgarbage(i % 200 == 0 and "collect" or "step") end
end
print("operations", wrong)

-- other control flow at the same place
wrong = 0
local bodies = {
  "local n = ... if n > 50 then return 'big' end return 'small'",
  "local n = ... if n < 50 then return 'low' end return 'high'",
  "local n = ... while n > 10 do n = n - 10 end return n",
  "local n = ... local t = { n, n + 1 } return t[1] + t[2]",
  "local n = ... return (function() return n * 2 end)()",
  "local n = ... local s = '' for i = 1, 3 do s = s .. n end return s",
  "local n = ... return select('#', n, ...)",
  "local n = ... return pcall(error, n)",
}
local results = {}
for round = 1, 200 do
  for b, body in ipairs(bodies) do
    local f = load(body)
    local r
    for k = 1, 20 do r = hot.texts(f(k * 5)) end
    results[b] = results[b] or r
    if r ~= results[b] then wrong = wrong + 1 end
  end
  if round % 20 == 0 then collectgarbage() end
end
print("bodies", wrong, table.concat(results, "; "))

-- functions that drop the last reference to themselves and collect while they run, at any depth
local function suicide(n)
  local code = [[
    local n, collect = ...
    local s = 0
    for i = 1, 100 do
      s = s + i * n
      if i == 50 then victim = nil; collect() end
    end
    local function inner(k) if k == 0 then collect() return 1 end return inner(k - 1) + 1 end
    return s + inner(5)
  ]]
  victim = load(code)
  return victim(n, collectgarbage)
end
local total = 0
for i = 1, 60 do total = total + suicide(i) end
print("suicide", total, victim)

-- closures survive their chunk; prototypes survive as long as one closure does
local survivors = {}
for i = 1, 300 do
  local f = load("local k = ... local function g(x) return x + k end return function(x) k = k + 1; return g(x) end")
  survivors[i % 40 + 1] = f(i)
  if i % 60 == 0 then collectgarbage() end
end
local s = 0
for r = 1, 20 do for i = 1, 40 do s = s + survivors[i](r) end end
print("survivors", s)

-- coroutines suspended in code whose other references are gone
local sleepers = {}
for i = 1, 200 do
  local co = coroutine.wrap(load("local a = ... while true do local b = coroutine.yield(a) a = a + b + " .. i .. " end"))
  co(i)
  sleepers[i % 30 + 1] = co
  for k = 1, i % 15 do co(k) end
  if i % 40 == 0 then collectgarbage(); collectgarbage("generational") end
end
s = 0
for i = 1, 30 do for k = 1, 10 do s = s + sleepers[i](k) end end
print("sleepers", s)

-- error positions are those of the present chunk
wrong = 0
for i = 1, 600 do
  local f = load(("\n"):rep(i % 50) .. "local x = ... return x.field" .. i % 10 .. ".y", "=c" .. i)
  local ok, m
  for _ = 1, i % 50 == 0 and 70 or 3 do ok, m = pcall(f, {}) end
  if m ~= ("c%d:%d: attempt to index a nil value (field 'field%d')"):format(i, i % 50 + 1, i % 10) then wrong = wrong + 1 end
end
print("positions", wrong)

-- many live functions at once, each hot, then all dead, three times over
for round = 1, 3 do
  local fs, t = {}, 0
  for i = 1, 400 do fs[i] = load(("local x = ... if x %% 2 == 0 then return x + %d else return x * %d end"):format(i * round, i)) end
  for k = 1, 65 do for i = 1, 400, 7 do t = t + fs[i](k) end end
  for i = 1, 400 do t = t + fs[i](i) end
  print("live", round, t)
  fs = nil
  collectgarbage()
end
