-- What happens in the middle of hot loops, at steps of the collector and in hooks: finalizers and hooks
-- change the variables, tables and metatables that the loop works on, set and clear hooks, raise errors,
-- make garbage of their own. A loop that has been compiled must see all of it at once.

-- garbage whose finalizer calls f
local function trigger(f) setmetatable({}, {__gc = f}) end
-- when garbage is collected must not depend on the collector's mood: stopped, but for what is asked for
collectgarbage("stop")
local function finalize(f) trigger(f) collectgarbage() end

-- upvalues and locals change their types
do
  local x, changes = 1, {2.5, "7", 3, 1 << 40, "0x10"}
  local function loop(n, every)
    local s = 0
    for i = 1, n do
      s = s + x
      if i % every == 0 then finalize(function() x = changes[(i // every - 1) % #changes + 1] end) end
    end
    return s
  end
  for _, every in ipairs {1000, 100, 7} do x = 1; print("upvalue", every, loop(1000, every), x) end
end

-- tables grow, lose elements, get and lose metatables
do
  local t, log
  local function change(step)
    local k = step % 5
    if k == 0 then for i = 1, 40 do t[#t + 1] = i end
    elseif k == 1 then for i = #t, #t - 30, -1 do t[i] = nil end
    elseif k == 2 then setmetatable(t, {__index = function(_, i) log = log + 1 return math.type(i) and i or 2 end})
    elseif k == 3 then setmetatable(t, nil)
    else t[3], t.key = "12", step end
  end
  local function loop(n, every)
    local s = 0
    for i = 1, n do
      s = (s + (t[i % 50 + 1] or 0) + (t.key or 1)) % 100003
      if i % every == 0 then finalize(function() change(i // every) end) end
    end
    return s
  end
  for _, every in ipairs {2000, 200, 31} do
    t, log = {1, 2, 3}, 0
    print("table", every, loop(1000, every), #t, log, getmetatable(t) ~= nil)
  end
end

-- a finalizer sets a hook: it fires in the loop that collected; another one takes it off
do
  local lines, counts
  local function hook(event, line) if event == "line" then lines = lines + line else counts = counts + 1 end end
  for _, mask in ipairs {"", "l", "c", "r"} do
    lines, counts = 0, 0
    local s = 0
    for i = 1, 600 do
      s = s + i % 3
      if i == 300 then finalize(function() debug.sethook(hook, mask, mask == "" and 3 or 0) end) end
      s = s * 2 % 1001
      if i == 350 then finalize(function() debug.sethook() end) end
    end
    debug.sethook()
    print("hook", mask, s, lines > 0, counts)
  end
end

-- a count hook changes the loop's locals and its limit
do
  for _, period in ipairs {1000, 97, 10} do
    local step = 0
    debug.sethook(function()
      step = step + 1
      local name, value = debug.getlocal(2, 2)
      if name == "s" then debug.setlocal(2, 2, step % 3 == 0 and value .. "" or value + 0.5) end
    end, "", period)
    local function loop(n) local s = 0 for i = 1, n do s = s + i % 5 end return s end
    local s = loop(3000)
    debug.sethook()
    print("locals", period, s, math.type(s), step)
  end
end

-- hooks and finalizers raise errors: a hook's leaves the loop, a finalizer's is only a warning
do
  warn "@off"
  local reached
  local function loop(n)
    local s = 0
    for i = 1, n do
      s = s + i
      reached = i
      if i % 50 == 0 then finalize(function() error("in a finalizer") end) end
    end
    return s
  end
  print("no error", loop(500), reached)
  for _, period in ipairs {100, 1001, 1777} do
    debug.sethook(function() debug.sethook() error("from the hook", 2) end, "", period)
    print("error", period, pcall(loop, 500))
    print(reached, (loop(400)))
  end
end

-- the collector runs as it likes, step by step or in generations, under loops that make garbage
collectgarbage("restart")
for _, mode in ipairs {"incremental", "generational", "incremental"} do
  collectgarbage(mode)
  if mode == "incremental" then collectgarbage("incremental", 50, 400, 4) end
  local weak, dead, s = setmetatable({}, {__mode = "k"}), 0, 0
  local meta = {__gc = function(o) dead = dead + 1 o.next = nil end}
  local kept = {}
  for i = 1, 4000 do
    local o = setmetatable({value = i, next = kept[i % 10]}, meta)
    weak[o] = i
    if i % 7 == 0 then kept[i % 10] = o elseif i % 11 == 0 then kept[i % 10] = nil end
    s = s + o.value + (o.next and o.next.value or 0) + #(i .. "")
  end
  for o, i in pairs(weak) do if o.value ~= i then print("wrong", o.value, i) end end
  kept = nil
  collectgarbage() collectgarbage()
  print("garbage", s, dead % 4000 == 0, next(weak))
end
collectgarbage("incremental")

-- a finalizer resumes a coroutine
do
  local produced = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)
  local s = 0
  for i = 1, 1500 do
    s = s + i
    if i % 100 == 0 then finalize(function() s = s - produced() end) end
  end
  print("coroutine", s, produced())
end
