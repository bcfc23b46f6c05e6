-- Programs that allocate all the time, under the incremental collector with a tiny pause and under
-- the generational one, with forced steps in the middle of hot code: results must not depend on it.
local hot = require "support.hot"

local function strings(n)
  local t = {}
  for i = 1, n do
    local s = "s" .. i % 50 .. ("x"):rep(i % 60)
    t[#t + 1] = s
    if #t > 40 then t = { t[#t], (t[#t]:upper()) } end
  end
  return #t, #table.concat(t)
end
local function trees(d) if d == 0 then return {} end return { trees(d - 1), trees(d - 1) } end
local function check(t) if t[1] then return 1 + check(t[1]) + check(t[2]) end return 1 end
local function closures(n)
  local fs, s = {}, 0
  for i = 1, n do
    local a, b = i, { i }
    fs[i % 20] = function() a = a + 1; b[#b + 1] = a; return a + #b end
    for j = 0, 19, 7 do if fs[j] then s = s + fs[j]() end end
  end
  return s
end
local function queue(n)
  local first, last = 1, 0
  local q, s = {}, 0
  for i = 1, n do
    last = last + 1
    q[last] = { id = i, name = "n" .. i, data = { i, i * 2 } }
    if last - first > 15 then
      local e = q[first]
      q[first] = nil
      first = first + 1
      s = s + e.id + #e.name + e.data[2]
    end
  end
  return s
end
local function coroutines(n)
  local s = 0
  for i = 1, n do
    local co = coroutine.wrap(function(a) local t = { a }; while true do t[#t + 1] = coroutine.yield(#t) end end)
    for j = 1, i % 9 do s = s + co({ j }) end
  end
  return s
end
local function metatables(n)
  local mt = { __index = function(t, k) local v = { k }; rawset(t, k, v); return v end, __add = function(a, b) return setmetatable({ v = a.v + b.v }, getmetatable(a)) end }
  local acc = setmetatable({ v = 0 }, mt)
  for i = 1, n do
    acc = acc + setmetatable({ v = i }, mt)
    local x = acc["k" .. i % 30]
    x[#x + 1] = i
  end
  return acc.v, #acc.k1
end
local function barrier(n) -- old objects that point to new ones, written in every way
  local old = { list = {}, map = {}, nested = { {} } }
  collectgarbage("step")
  local up = {}
  local function set(v) up = v end
  for i = 1, n do
    old.list[i % 10 + 1] = { i }
    old.map["k" .. i % 10] = "v" .. i
    old.map[{}] = nil
    old.nested[1].x = { { i } }
    set { i }
    rawset(old, "raw", { i })
    setmetatable(old.nested[1], { __len = function() return i end })
    if i % 97 == 0 then collectgarbage("step") end
    if old.list[i % 10 + 1][1] ~= i or up[1] ~= i or old.raw[1] ~= i or #old.nested[1] ~= i or old.nested[1].x[1][1] ~= i then return "lost", i end
  end
  local s = 0
  for k = 1, 10 do s = s + old.list[k][1] + #old.map["k" .. k % 10] end
  return s
end
local function errors(n)
  local s = 0
  for i = 1, n do
    local ok, e = pcall(function(x) local t = { x }; if x % 3 == 0 then error { code = x, t } end return t[1] .. "!" end, i)
    s = s + (ok and #e or e.code + #e)
  end
  return s
end
local function loads(n)
  local s = 0
  for i = 1, n do s = s + load("local a = ... local t = {} for i = 1, 10 do t[i] = a + i + " .. i .. " end return t[10]")(i) end
  return s
end

local function all()
  return hot.texts(strings(400)), hot.texts(check(trees(8)), check(trees(3))), hot.texts(closures(300)), hot.texts(queue(500)),
    hot.texts(coroutines(60)), hot.texts(metatables(300)), hot.texts(barrier(300)), hot.texts(errors(300)), hot.texts(loads(60))
end
print("plain", all())
collectgarbage("incremental", 1000, 400)
print("long pause", all())
collectgarbage("incremental", 10, 100)
print("small pause", all())
collectgarbage("incremental", 0, 40, 5)
print("no pause, small steps", all())
collectgarbage("incremental", 0, 1000, 30)
print("no pause, large steps", all())
collectgarbage("generational")
print("generational", all())
collectgarbage("generational", 1, 1)
print("minor at 1%, major at 1%", all())
collectgarbage("generational", 5, 10)
print("minor at 5%", all())
collectgarbage("incremental", 0, 400)
print("back", all())

-- switching modes and forcing full collections inside hot loops, and from a hook
local modes = { function() collectgarbage() end, function() collectgarbage("step", 1) end, function() collectgarbage("generational") end, function() collectgarbage("incremental") end }
local function switching(n)
  local keep, s = {}, 0
  for i = 1, n do
    keep[i % 25] = { i, tostring(i), function() return i end }
    if i % 20 == 0 then modes[i // 20 % #modes + 1]() end
    local k = keep[(i + 7) % 25]
    if k then s = s + k[1] + #k[2] + k[3]() end
  end
  return s
end
print("switching", switching(1000))
debug.sethook(function() collectgarbage("step", 0) end, "", 200)
print("from a hook", all())
debug.sethook()
collectgarbage("stop")
print("stopped", collectgarbage("isrunning"), all())
collectgarbage("restart")
print("running", collectgarbage("isrunning"), collectgarbage("collect"))
print(collectgarbage("setpause", 150) >= 0, collectgarbage("setstepmul", 200) >= 0, collectgarbage("incremental"), collectgarbage("generational"), collectgarbage("incremental"))
