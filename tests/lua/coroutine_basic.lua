-- Coroutines: generators, passing values both ways, status, running, isyieldable, wrap, errors,
-- yields from depth, many alive at once, in hot loops on both sides, producer and consumer.
local hot = require "support.hot"
local yield, resume, create, wrap, status = coroutine.yield, coroutine.resume, coroutine.create, coroutine.wrap, coroutine.status

hot.show("values", function()
  local co = create(function(...)
    local a, b = yield(select("#", ...), ...)
    local c = yield(a, b, nil)
    local t = { yield(c) }
    return #t, table.unpack(t)
  end)
  local out = {}
  for _, args in ipairs { { 1, 2 }, { "a", "b" }, {}, { 7, 8, 9 }, {} } do out[#out + 1] = hot.texts(resume(co, table.unpack(args))) .. " " .. status(co) end
  return table.concat(out, "; ")
end)
hot.show("status", function()
  local out = {}
  local a, b
  a = create(function() out[#out + 1] = status(a) .. status(b); resume(b); yield() end)
  b = create(function() out[#out + 1] = status(a) .. status(b); out[#out + 1] = tostring(select(2, coroutine.running())) .. tostring(coroutine.isyieldable()) end)
  out[#out + 1] = status(a) .. status(b)
  resume(a)
  out[#out + 1] = status(a) .. status(b)
  resume(a)
  out[#out + 1] = status(a) .. tostring(coroutine.isyieldable()) .. tostring(coroutine.isyieldable(a)) .. tostring(select(2, coroutine.running()))
  return table.concat(out, " ")
end)
hot.show("resume self", function() local co; co = wrap(function() return resume(coroutine.running()) end) return co() end)
hot.show("resume dead", function() local co = create(function() end); resume(co); return resume(co) end)
hot.show("wrap dead", function() local f = wrap(function() return 1 end); f(); return f() end)
hot.show("wrap error", function() return wrap(function() error "inside" end)() end)
hot.show("wrap error object", function() return wrap(function() error { tag = "obj" } end)() end)
hot.show("error keeps status", function() local co = create(function() error("E", 0) end); local ok, e = resume(co); return ok, e, status(co), resume(co) end)
hot.show("yield outside", yield, 1)
hot.show("create number", create, 5)
hot.show("create C", function() return resume(create(math.max), 1, 5, 3) end)
hot.show("yield is C", function() local f = wrap(yield); return f(1, 2), f(3, 4) end)
hot.show("across C", function() return wrap(function() table.sort({ 3, 1, 2 }, function(a, b) yield "no" return a < b end) end)() end)
hot.show("across gsub", function() return resume(create(function() return (("x"):gsub("x", function() return yield "y" end)) end)) end)
hot.show("across load", function() return wrap(function() return load(function() yield "piece" end) end)() end)

-- generators
local function range(n) return wrap(function() for i = 1, n do yield(i) end end) end
local function filter(p, g) return wrap(function() for v in g do if p(v) then yield(v) end end end) end
local function map(f, g) return wrap(function() for v in g do yield(f(v)) end end) end
local function fold(g) local s, n = 0, 0 for v in g do s = s + v; n = n + 1 end return s, n end
print(fold(map(function(x) return x * x end, filter(function(x) return x % 3 == 0 end, range(500)))))
print(fold(map(function(x) return x / 2 end, range(300))), pcall(fold, map(function(x) return x > 250 and {} or x end, range(300))))
local function primes(n)
  local g = wrap(function() for i = 2, n do yield(i) end end)
  local out = {}
  while true do
    local p = g()
    if not p then break end
    out[#out + 1] = p
    local inner = g
    g = wrap(function() for v in inner do if v % p ~= 0 then yield(v) end end end)
  end
  return #out, out[#out]
end
print(primes(400))
local function inorder(t) if t then inorder(t[1]) yield(t.v) inorder(t[2]) end end
local function insert(t, v) if not t then return { v = v } end local i = v < t.v and 1 or 2; t[i] = insert(t[i], v); return t end
local tree
for i = 1, 300 do tree = insert(tree, i * 7919 % 1009) end
local n, last, sorted = 0, -1, true
for v in wrap(function() inorder(tree) end) do n = n + 1; sorted = sorted and v > last; last = v end
print(n, sorted, last)
local function permgen(a, k) k = k or #a; if k <= 1 then yield(a) else for i = 1, k do a[k], a[i] = a[i], a[k]; permgen(a, k - 1); a[k], a[i] = a[i], a[k] end end end
local sum, text = hot.sum(), nil
for p in wrap(function() permgen { 1, 2, 3, 4, 5 } end) do text = sum(table.concat(p)) end
print(text)

-- hundreds alive, resumed in turns, with kinds that change under way
local cos = {}
for i = 1, 200 do
  cos[i] = create(function(x)
    local acc = i
    while true do
      acc = acc + x
      if type(acc) == "number" and acc > 1e6 then acc = acc % 1000 end
      x = yield(acc)
    end
  end)
end
for round = 1, 12 do
  local total, failed = 0, 0
  for i = 1, #cos do
    local x = round < 5 and i or round < 8 and i + 0.5 or round < 10 and tostring(i) or (i % 50 == 0 and {} or 1)
    local ok, v = resume(cos[i], x)
    if ok then total = total + v else failed = failed + 1 end
  end
  print(round, total, failed)
end

-- symmetric transfer through a scheduler, mailbox style
local function schedule(count, rounds)
  local queue, mail, trace = {}, {}, 0
  local function spawn(f, ...) queue[#queue + 1] = { create(f), ... } end
  for id = 1, count do
    mail[id] = {}
    spawn(function(me)
      for r = 1, rounds do
        local to = me % count + 1
        mail[to][#mail[to] + 1] = me * r
        while #mail[me] == 0 do yield() end
        trace = (trace * 31 + table.remove(mail[me], 1)) % 1000003
      end
    end, id)
  end
  while #queue > 0 do
    local task = table.remove(queue, 1)
    assert(resume(table.unpack(task)))
    if status(task[1]) ~= "dead" then queue[#queue + 1] = { task[1] } end
  end
  return trace
end
print(schedule(10, 30), schedule(3, 100))
