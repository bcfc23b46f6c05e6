-- Yields inside every metamethod and inside iterators, called from hot code in a coroutine: the
-- interrupted instruction must be finished after the resume, with the right registers.
local hot = require "support.hot"
local yield = coroutine.yield

local mt = {}
local function new(v) return setmetatable({ v = v, tag = "o" .. v }, mt) end
local function val(x) return type(x) == "table" and x.v or x end
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr" } do
  local op = hot.compile("return function(a, b) return a " .. ({ add = "+", sub = "-", mul = "*", div = "/", mod = "%", pow = "^", idiv = "//", band = "&", bor = "|", bxor = "~", shl = "<<", shr = ">>" })[event] .. " b end")
  mt["__" .. event] = function(a, b) local x = yield(event); return new(op(val(a), val(b)) + (x or 0)) end
end
mt.__unm = function(a) yield "unm"; return new(-a.v) end
mt.__bnot = function(a) yield "bnot"; return new(~a.v) end
mt.__len = function(a) yield "len"; return a.v end
mt.__concat = function(a, b) yield "concat"; return val(a) .. "&" .. val(b) end
mt.__eq = function(a, b) yield "eq"; return a.v == b.v end
mt.__lt = function(a, b) yield "lt"; return val(a) < val(b) end
mt.__le = function(a, b) yield "le"; return val(a) <= val(b) end
mt.__index = function(_, k) yield("index"); return "got " .. hot.text(k) end
mt.__newindex = function(t, k, v) yield("newindex"); rawset(t, k, v) end
mt.__call = function(self, ...) yield("call"); return self.v, ... end
mt.__close = function(self) yield("close") end

local function run(f, ...)
  local co = coroutine.create(hot.roomy(f))
  local args = hot.pack(...)
  local ok, v = coroutine.resume(co, hot.unpack(args, 1, args.n))
  local events = {}
  while coroutine.status(co) == "suspended" do
    events[#events + 1] = hot.text(v)
    if #events > 300 then return "too many" end
    ok, v = coroutine.resume(co)
  end
  return (ok and hot.text(v) or "error " .. hot.text(v)) .. " after " .. #events .. " " .. table.concat(events, ",", 1, math.min(#events, 12))
end
local function show(name, f, ...) hot.show(name, run, f, ...) end

show("arith", function(a, b) return (a + b - 1) * 2 end, new(3), new(4))
show("arith constant", function(a) return hot.texts(a + 1, 1 + a, a - 1, 10 - a, a * 2, a / 2, a % 2, a // 2, a ^ 2) end, new(8))
show("bitwise", function(a, b) return hot.texts(a & b, a | 1, 1 ~ a, a << 1, 1 << a, a >> b, ~a) end, new(6), new(2))
show("unary", function(a) return hot.texts(-a, #a, not a) end, new(5))
show("compare", function(a, b) return hot.texts(a < b, a <= b, a > b, a >= b, a == b, a ~= b, a < 5, a >= 2, 3 < a) end, new(3), new(4))
show("compare jump", function(a, b)
  local s = ""
  if a < b then s = s .. "lt" end
  if not (a <= b) then s = s .. "gt" else s = s .. "le" end
  if a == b then s = s .. "eq" elseif a ~= b then s = s .. "ne" end
  if a < 4 then s = s .. "lt4" end
  if 4 <= a then s = s .. "ge4" end
  while a < b do a = new(a.v + 1); s = s .. "w" end
  return s .. (a < b and "and" or "or")
end, new(1), new(3))
show("concat", function(a, b) return "x" .. a .. "y" end, new(1))
show("concat many", function(a, b) return 1 .. a .. 2 .. b .. 3 end, new(5), new(6))
show("concat ends", function(a) return a .. "m" .. a end, new(7))
show("index", function(a) return a.name .. a[1] .. a[2.5] .. a["x" .. 1] end, new(1))
show("newindex", function(a) a.x = 1; a[1] = "one"; a["k" .. 1] = a.x; local r = rawget(a, "x") .. rawget(a, 1) .. rawget(a, "k1"); rawset(a, "x", nil); rawset(a, 1, nil); rawset(a, "k1", nil); return r end, new(1))
show("self", function(a) local t = setmetatable({}, { __index = function(_, k) yield "method"; return function(_, v) return k .. v end end }); return t:foo(1) .. t:bar(2) end)
show("call", function(a) local x, y, z = a(1, nil, 3); return hot.texts(x, y, z, a(), (a(9))) end, new(2))
show("tailcall", function(a) return a(5) end, new(4))
show("call in call", function(a, b) return hot.texts(a(b(a(1)))) end, new(4), new(5))
show("close", function(a) for i = 1, 3 do local c <close> = a; if i == 2 then break end end return "closed" end, new(1))
show("env", function(a) local _ENV = a; global = other; local r = v; return r end, new(1))
show("mixed loop", function(a)
  local s = 0
  for i = 1, 8 do
    local t = i % 2 == 0 and new(i) or i
    s = s + t
    s = val(s)
    if t < 6 then s = s + 1 end
    s = (s .. "") + 0
  end
  return s
end)
show("for iterator", function() local s = "" for i, v in function(_, i) i = i + 1; yield("it" .. i); if i < 4 then return i, i * i end end, nil, 0 do s = s .. i .. v .. " " end return s end)
show("for callable", function(a) local s = 0 for i in setmetatable({}, { __call = function(_, n, i) i = (i or 0) + 1; yield(i); if i <= n then return i end end }), 3 do s = s + i end return s end)
show("pairs", function() local s = "" for k, v in pairs(setmetatable({}, { __pairs = function(t) yield "pairs"; return next, { 5 } end })) do s = s .. k .. v end return s end)
show("vararg", function(...) local a = ...; return hot.texts(a + select("#", ...), ...) end, new(1), 2, nil, 4)
show("error after yield", function(a) local t = setmetatable({}, { __index = function() yield "then"; error("failed", 0) end }); return t.x end)
show("pcall", function(a) return hot.texts(pcall(function() return a + a end)) end, new(1))
show("pcall error", function(a) return hot.texts(pcall(function() local r = a + 1; return r.v + {} end)) end, new(1))
show("deep", function(a) local function f(n) if n == 0 then return a + 1 end local r = f(n - 1) return r + 1 end return f(10) end, new(0))
show("tostring", function() return tostring(setmetatable({}, { __tostring = function() yield "C boundary"; return "x" end })) end)
show("sort", function(a, b, c) local t = { a, b, c }; table.sort(t); return "sorted" end, new(3), new(1), new(2))
show("table.concat", function() return table.concat(setmetatable({}, { __index = function(_, i) yield(i); return "v" .. i end, __len = function() return 2 end })) end)

-- the same from one coroutine that lives through hundreds of yields, values given by the resumer
local co = coroutine.wrap(hot.roomy(function(a)
  local s = 0
  while true do
    s = (s + a.v) % 1000
    local r = a + s
    s = r.v % 1000
    if a < s then s = s + 1 end
    a = new(#(a .. s) + s % 7)
  end
end))
local counts = {}
local e = co(new(1))
for i = 1, 900 do
  counts[e] = (counts[e] or 0) + 1
  e = co(i % 11)
end
for _, k in ipairs(hot.keys(counts)) do print(k, counts[k]) end
