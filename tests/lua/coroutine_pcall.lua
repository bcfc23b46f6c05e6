-- Coroutines across pcall, xpcall, error, dofile-like calls, metamethods of C functions, nested
-- coroutines, errors thrown after resumes; yields through pcall in hot loops.
local hot = require "support.hot"
local yield, resume, create, wrap, status = coroutine.yield, coroutine.resume, coroutine.create, coroutine.wrap, coroutine.status

local function drive(f, ...)
  local co = create(f)
  local out = { hot.texts(resume(co, ...)) }
  for i = 1, 20 do if status(co) == "dead" then break end out[#out + 1] = hot.texts(resume(co, i)) end
  return table.concat(out, " | ")
end
local function show(name, f, ...) hot.show(name, drive, f, ...) end

show("pcall yield", function() return pcall(function(...) return yield(...), "end" end, 1, 2) end)
show("pcall yield error", function() local ok, e = pcall(function() yield "y"; error("E", 0) end); return ok, e, yield "after" end)
show("pcall yield runtime error", function() return pcall(function() local v = yield "y"; return v.x end) end)
show("nested pcalls", function() return pcall(pcall, pcall, function() return yield(1) + {} end) end)
show("xpcall", function() return xpcall(function() yield(1); error("E", 0) end, function(m) return m .. " handled" end) end)
show("xpcall args", function() return xpcall(function(...) return select("#", ...), yield(...) end, print, nil, 2) end)
show("pcall of yield", function() return pcall(yield, 1, 2) end)
show("pcall of wrap", function() return pcall(wrap(function() yield "inner"; error("never") end)) end)
show("pcall in loop", function() local s = 0 for i = 1, 5 do local ok, v = pcall(function() local x = yield(i); if i % 2 == 0 then error(x) end return x end); s = s + v end return s end)
show("error after pcall", function() pcall(yield, 1); local t = nil; return t.x end)
show("yield in nested coroutine", function() local inner = wrap(function() local a = yield "a"; local b = yield(a .. "b"); return b .. "c" end); local x = inner(); x = x .. yield(x); x = inner(x); return inner(x .. yield "mid") end)
show("inner dies", function() local inner = create(function() yield(1); error { tag = "inner" } end); resume(inner); return resume(inner) end)
show("error through coroutines", function() return pcall(function() wrap(function() wrap(function() error "deep" end)() end)() end) end)
show("dofile", function() return select("#", pcall(dofile, "support/nosuchfile.lua")) end)
show("require", function() return pcall(require, "support.none") == false end)
show("table.unpack", function() return table.unpack { yield(1), (yield(2)) } end)
show("select", function() return select(2, yield(1), "b", "c") end)
show("tail yield", function() return yield "tail" end)
show("assert yield", function() return assert(yield(1), "message") end)
show("close", function() local c <close> = setmetatable({}, { __close = function() yield "closing" end }); return pcall(error, "E", 0) end)
show("goto", function() local i = 0 ::top:: i = i + yield(i); if i < 6 then goto top end return i end)
show("upvalues", function() local x = 0; local function inc() x = x + yield(x) end; for _ = 1, 4 do pcall(inc) end return x end)

-- a hot loop with a yield in a pcall, in a coroutine; the error comes late and at many places
local function worker(n, bad)
  local sum, errors = 0, 0
  for i = 1, n do
    local ok, v = pcall(function(a, b)
      local x = yield(a)
      if i == bad then return x .. nil end
      return x + b
    end, i, i * 2)
    if ok then sum = sum + v else errors = errors + 1 end
  end
  return sum, errors
end
for _, bad in ipairs { 0, 1, 100, 300 } do
  local co = create(worker)
  local ok, v, e = resume(co, 300, bad)
  while status(co) == "suspended" do ok, v, e = resume(co, v) end
  print("worker", bad, ok, v, e)
end

-- the main loop is hot, the coroutine is created anew each time and abandoned in many states
local function churn(n)
  local live, sum = {}, 0
  for i = 1, n do
    local co = create(function(a) local b = yield(a + 1); local ok, c = pcall(yield, b * 2); if i % 5 == 0 then error "five" end return c, ok end)
    local _, v = resume(co, i)
    sum = sum + v
    if i % 2 == 0 then _, v = resume(co, i); sum = sum + v end
    if i % 3 == 0 then live[#live + 1] = co end
    if #live > 20 then
      for _, c in ipairs(live) do
        local ok, w = resume(c, 1)
        sum = sum + (ok and tonumber(w) or 7)
      end
      live = {}
    end
  end
  return sum
end
print(churn(600))

-- deep stacks inside coroutines, resumed again and again at depth
local function deepyield(n, rounds) if n == 0 then local s = 0 for i = 1, rounds do s = s + yield(i) end return s end local r = deepyield(n - 1, rounds) return r + 1 end
for _, depth in ipairs { 1, 10, 180, 5000 } do
  local co = create(deepyield)
  local ok, v = resume(co, depth, 100)
  while status(co) == "suspended" do ok, v = resume(co, v) end
  print("deep", depth, ok, v)
end
local function nest(n) if n == 0 then return yield "bottom" end return (wrap(function() return nest(n - 1) end)()) end
hot.show("nest", function() return wrap(nest)(0), wrap(nest)(3) end)

-- kinds that change across a yield
local kinds = wrap(function(x)
  local s, n = x, 0
  while true do
    local y = yield(s)
    local ok, r = pcall(function() return s + y end)
    s = ok and r or 0
    n = n + (ok and 0 or 1)
    if n == 3 then return "finished", s end
  end
end)
kinds(1)
for i = 1, 400 do
  local v = hot.texts(kinds(i <= 100 and i or i <= 200 and 0.5 or i <= 300 and "2" or i % 40 == 0 and {} or 1))
  if i % 40 == 0 or v:find "fin" then print(i, v) end
  if v:find "fin" then break end
end
print(pcall(kinds))
