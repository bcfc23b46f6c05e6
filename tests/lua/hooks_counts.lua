-- Count hooks, call and return hooks: number and order of events in hot code, set in the middle of
-- loops, tail calls, C functions, coroutines, hooks that raise errors or yield values by upvalue.
local hot = require "support.hot"

-- how many instructions ran is the same for the same code, whether it got hot or not
local function instructions(f, ...)
  local n = 0
  debug.sethook(function() n = n + 1 end, "", 1)
  f(...)
  debug.sethook()
  return n
end
local function loop(n) local s = 0 for i = 1, n do s = s + i % 7 end return s end
local function calls(n) local function id(x) return x end local s = 0 for i = 1, n do s = s + id(i) end return s end
local function strings(n) local s = "" for i = 1, n do s = s .. i end return #s end
local function tables(n) local t = {} for i = 1, n do t[i] = { i } end return #t end
local function mixed(n) local s = 0 for i = 1, n do if i % 2 == 0 then s = s + i elseif i % 3 == 0 then s = s .. "" else s = s - 0.5 end s = s + 0 end return s end
local function rec(n) if n < 2 then return n end return rec(n - 1) + rec(n - 2) end
for _, f in ipairs { loop, calls, strings, tables, mixed } do
  local first = { instructions(f, 10), instructions(f, 200) }
  for _ = 1, 100 do f(20) end
  print("instructions", first[1], first[2], instructions(f, 10), instructions(f, 200))
end
print("recursion", instructions(rec, 5), instructions(rec, 12), rec(12), instructions(rec, 5))

-- periods
for _, period in ipairs { 1, 2, 3, 7, 10, 64, 100, 1000, 5000 } do
  local n = 0
  debug.sethook(function(e) n = n + 1; if e ~= "count" then n = -1e9 end end, "", period)
  loop(1000)
  debug.sethook()
  print("period", period, n)
end

-- switched on and off by the loop itself and by callees
local n = 0
local function hook() n = n + 1 end
local function self(limit)
  local s = 0
  for i = 1, limit do
    if i == limit // 3 then debug.sethook(hook, "", 10) end
    s = s + i
    if i == limit // 2 then debug.sethook(hook, "", 1) end
    s = s * 3 % 1001
    if i == 2 * limit // 3 then debug.sethook() end
  end
  return s
end
for _, limit in ipairs { 30, 300, 3000 } do n = 0; print("self", self(limit), n) end

-- time limits: the usual use
local function limited(f, steps, ...)
  local co = coroutine.create(f)
  debug.sethook(co, function() error("quota of " .. steps .. " exceeded", 0) end, "", steps)
  return coroutine.resume(co, ...)
end
local function spin() while true do end end
local function spinfor() for i = 1, math.huge do end end
local function spinrepeat() repeat until false end
local function spingoto() ::a:: goto a end
local function spintail() return spintail() end
for _, f in ipairs { spin, spinfor, spinrepeat, spingoto, spintail } do print(limited(f, 1000), (limited(f, 100000))) end
print(limited(loop, 100000, 1000))
print(limited(loop, 10000, 5000))
print(limited(function() local ok, e = pcall(spin); error("seen: " .. e, 0) end, 3000))

-- call and return events with names, in hot code
local function events(f, mask, ...)
  local out = {}
  debug.sethook(function(e)
    local i = debug.getinfo(2, "nSr")
    if i.short_src:find "hooks_counts" or i.what == "C" then
      out[#out + 1] = e:sub(1, 1) .. (e == "tail call" and "t" or "") .. ":" .. (i.name or "?") .. (mask == "cr" and e == "return" and i.ntransfer and ("/" .. i.ftransfer .. "+" .. i.ntransfer) or "")
    end
  end, mask)
  f(...)
  debug.sethook()
  return #out, table.concat(out, " ")
end
local function leaf(x) return x, x end
local function tail(x) return leaf(x) end
local function body(k) local a = leaf(k); local b = tail(k); local c = math.abs(-k); local d = ("x"):rep(2); pcall(leaf, 1); for _ in pairs {} do end return a + b + c + #d end
for _, mask in ipairs { "c", "r", "cr" } do
  local before = { events(body, mask, 3) }
  for _ = 1, 150 do body(3) end
  local after = { events(body, mask, 3) }
  print(mask, before[1], before[2])
  print(mask, after[1] == before[1], after[2] == before[2])
end
local total = 0
local function counting() total = total + 1 end
local function busy(k)
  local s = 0
  for i = 1, k do
    if i == k // 2 then debug.sethook(counting, "cr") end
    s = s + leaf(i) + select("#", tail(i))
  end
  debug.sethook()
  return s
end
for _, k in ipairs { 20, 200, 400 } do total = 0; print("busy", busy(k), total) end
total = 0
debug.sethook(counting, "cr")
rec(10)
debug.sethook()
print("rec", total)
-- parameters and results seen by hooks
local seen = hot.sum()
local text
debug.sethook(function(e)
  local i = debug.getinfo(2, "Sr")
  if i.what ~= "Lua" then return end
  for k = i.ftransfer, i.ftransfer + i.ntransfer - 1 do text = seen((select(2, debug.getlocal(2, k)))) end
end, "cr")
for i = 1, 50 do leaf(i); tail(-i) end
debug.sethook()
print("transfer", text)
-- errors in call hooks unwind properly
local k = 0
debug.sethook(function() k = k + 1; if k % 40 == 0 then error("hook " .. k, 0) end end, "c")
local fails = 0
for i = 1, 100 do if not pcall(leaf, i) then fails = fails + 1 end end
debug.sethook()
print("errors", fails > 0, debug.gethook())
