-- Writing tables: every key kind, SETFIELD/SETI/SETTABLE/SETTABUP with registers and constants,
-- __newindex as function, table and chain, rehashing, deletion during traversal, errors.
local hot = require "support.hot"

local function dump(t)
  local out = {}
  for _, k in ipairs(hot.keys(t)) do out[#out + 1] = hot.text(k) .. "=" .. hot.text(rawget(t, k)) end
  return table.concat(out, " ")
end

local function fields(t, v) t.a = v; t.b = 1; t.c = "k"; t.d = nil; t.e = 2.5; t.f = true; t.g = t.a; return dump(t) end
local function ints(t, v) t[1] = v; t[2] = 2; t[3] = nil; t[255] = "x"; t[256] = v; t[-1] = 1.5; t[0] = false; return dump(t) end
local function keyed(t, k, v) t[k] = v; return dump(t) end

local function newindex(t, k, v) rawset(t, "last", hot.text(k) .. ":" .. hot.text(v)) end
local sink = { tag = "sink" }
local makers = {
  function() return {} end,
  function() return { 1, 2, 3, a = 0 } end,
  function() return setmetatable({ a = 0 }, { __newindex = newindex }) end,
  function() return setmetatable({ 1 }, { __newindex = sink }) end,
  function() return setmetatable({}, { __newindex = setmetatable({}, { __newindex = sink }) }) end,
  function() return setmetatable({}, { __newindex = function(_, k) error("no " .. hot.text(k), 0) end }) end,
}
for i, make in ipairs(makers) do
  for _, f in ipairs { fields, ints } do
    for _, v in ipairs { 1, 1.5, "s", sink, true } do
      for k in pairs(sink) do if k ~= "tag" then sink[k] = nil end end
      local text
      for _ = 1, 30 do text = hot.try(f, make(), v) end
      print(i, hot.text(v), text, dump(sink))
    end
  end
  for _, k in ipairs { 1, 2.0, 2.5, "key", ("long"):rep(20), true, print, 2 ^ 53, -0.0 } do
    local text
    for _ = 1, 20 do text = hot.try(keyed, make(), k, "v") end
    print(i, hot.text(k), text)
  end
end
hot.surprise("bad targets", fields, { { {}, 1 }, { 5, 1 }, { "s", 1 }, { nil, 1, n = 2 }, { print, 1 }, { true, 1 }, { {}, 2 } })
hot.surprise("bad keys", keyed, { { {}, 1, 1 }, { {}, nil, 1, n = 3 }, { {}, 0 / 0, 1 }, { {}, 1.5, 1 } })

-- growth of the array and hash parts, in order, backwards, sparse, by floats, with deletions
local function grow(n, key)
  local t = {}
  for i = 1, n do t[key(i)] = i end
  local s, count = 0, 0
  for _, v in pairs(t) do s = s + v; count = count + 1 end
  for i = 1, n, 2 do t[key(i)] = nil end
  for i = 1, n do s = s + (t[key(i)] or 0) end
  return s, count
end
for n = 1, 260, 37 do
  print(n, hot.texts(grow(n, function(i) return i end)), hot.texts(grow(n, function(i) return n - i + 1 end)),
    hot.texts(grow(n, function(i) return i * i end)), hot.texts(grow(n, function(i) return i + 0.0 end)),
    hot.texts(grow(n, function(i) return "k" .. i end)), hot.texts(grow(n, function(i) return i / 4 end)))
end

-- removing while traversing
local function sweep(n)
  local t = {}
  for i = 1, n do t[i] = i; t["s" .. i] = i end
  local removed = 0
  for k, v in pairs(t) do
    if v % 2 == 0 then t[k] = nil; removed = removed + 1 else t[k] = v * 10 end
  end
  local left = 0
  for _ in next, t do left = left + 1 end
  return removed, left
end
hot.show("sweep", sweep, 40)

-- proxies that count, in a loop where the metatable changes
local function proxied(n)
  local store, writes = {}, 0
  local t = setmetatable({}, { __newindex = function(_, k, v) writes = writes + 1; store[k] = v end, __index = store })
  for i = 1, n do
    t[i % 10] = i
    if i == n // 2 then getmetatable(t).__newindex = nil end
    if i == n // 2 + 20 then setmetatable(t, nil) end
  end
  local own = 0
  for _ in pairs(t) do own = own + 1 end
  return writes, own, store[3], rawget(t, 3)
end
hot.show("proxied", proxied, 100)

-- globals and upvalue tables
counter = 0
local box = { n = 0 }
local function bump(i) counter = counter + 1; box.n = box.n + i; box[i % 5] = counter; _ENV["g" .. i % 3] = i end
for i = 1, 200 do bump(i) end
print(counter, box.n, dump({ box[0], box[1], box[2], box[3], box[4] }), g0, g1, g2)
local function strict()
  local _ENV = setmetatable({}, { __newindex = function(_, k, v) error("global " .. k .. " = " .. v, 2) end })
  undeclared = 1
end
hot.show("strict", strict)

-- names in errors
local up
hot.show("upvalue", function() up.x = 1 end)
hot.show("upvalue int", function() up[1] = 1 end)
hot.show("field", function() box.inner.x = 1 end)
hot.show("field key", function(k) box.inner[k] = 1 end, "k")
hot.show("global table", function() nothing.x = 1 end)
hot.show("__newindex loop", function() local t = setmetatable({}, {}); getmetatable(t).__newindex = t; t.x = 1 end)
hot.show("invalid next", function() return next({}, "nokey") end)
