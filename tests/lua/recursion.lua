-- Deep recursion that succeeds: tens of thousands of Lua frames, growing the stack while frames are
-- hot, with open upvalues, varargs, pcall, coroutines and metamethods on the way.
local hot = require "support.hot"

local function down(n) if n == 0 then return 0 end return 1 + down(n - 1) end
for _, n in ipairs { 10, 100, 1000, 10000, 60000, 100 } do print(n, down(n)) end
local function sumdown(n, t) if n == 0 then return t[1] end local r = sumdown(n - 1, t) + n; t[n % 10 + 1] = n; return r end
print(sumdown(30000, { 5 }), sumdown(3000.0, { 0.5 }))

-- frames with many registers and with varargs
local function wide(n, a, b, c, d, e, f, g, h)
  if n == 0 then return a, b, c, d, e, f, g, h end
  local x1, x2, x3, x4, x5, x6, x7, x8, x9 = n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8
  local r1, r2, r3, r4, r5, r6, r7, r8 = wide(n - 1, h, a, b, c, d, e, f, g)
  return r2, r3, r4, r5, r6, r7, r8, x1 + x9 - x2 - x3 + x4 + x5 - x6 + x7 - x8 + (r1 and 0 or 1)
end
print(wide(7000, 1, 2, 3, 4, 5, 6, 7, 8))
local function variadic(n, ...) if n == 0 then return select("#", ...) end if n % 100 == 0 then return variadic(n - 1, n, ...) end return (variadic(n - 1, ...)) end
print(variadic(12000))

-- open upvalues must follow the stack when it moves
local function moving(n, f)
  local v = n
  local function g() v = v + 1; return v + (f and f() or 0) end
  if n == 0 then return g() end
  local r = moving(n - 1, n % 500 == 0 and g or f)
  return r + v - n
end
print(moving(20000))

-- recursion through pcall, metamethods, sort and gsub stays below the limit on C levels
local function viapcall(n) if n == 0 then return "bottom" end local ok, v = pcall(viapcall, n - 1); return v end
print(viapcall(150))
local mt = {}
mt.__index = function(t, k) if k == 0 then return "zero" end return t[k - 1] end
mt.__add = function(a, b) if b == 0 then return "sum" end return a + (b - 1) end
mt.__call = function(self, n) if n == 0 then return "called" end return self(n - 1) end
mt.__concat = function(a, b) if #b > 100 then return "joined" end return a .. (b .. "x") end
local o = setmetatable({}, mt)
print(o[150], o + 150, o(150), o(100000), o .. "x")
local function viagsub(n) if n == 0 then return "g" end return (("x"):gsub("x", function() return viagsub(n - 1) .. n end)) end
print(viagsub(40))
local function viasort(n) if n == 0 then return 0 end local t = { 3, 1, 2 }; local d; table.sort(t, function(a, b) d = d or viasort(n - 1); return a < b end); return d + t[1] end
print(viasort(60))
local function viacoroutine(n) if n == 0 then return "co" end return coroutine.wrap(function() return viacoroutine(n - 1) .. n % 10 end)() end
print(viacoroutine(100))

-- recursive data structures
local function tree(d) if d == 0 then return { v = 1 } end return { tree(d - 1), tree(d - 1), v = d } end
local function weigh(t) local s = t.v for i = 1, #t do s = s + weigh(t[i]) end return s end
local function mirror(t) if #t == 0 then return t end t[1], t[2] = mirror(t[2]), mirror(t[1]); return t end
local t = tree(9)
print(weigh(t), weigh(mirror(t)))
local list
for i = 1, 20000 do list = { i, list } end
local function length(l) if not l then return 0 end return 1 + length(l[2]) end
print(length(list))
local function permute(a, n, visit) if n == 0 then visit(a) else for i = 1, n do a[i], a[n] = a[n], a[i]; permute(a, n - 1, visit); a[i], a[n] = a[n], a[i] end end end
local sum = hot.sum()
local last
permute({ 1, 2, 3, 4, 5, 6 }, 6, function(a) last = sum(table.concat(a)) end)
print(last)
local function queens(n)
  local cols, d1, d2, count = {}, {}, {}, 0
  local function place(r)
    if r > n then count = count + 1; return end
    for c = 1, n do
      if not (cols[c] or d1[r + c] or d2[r - c]) then
        cols[c], d1[r + c], d2[r - c] = true, true, true
        place(r + 1)
        cols[c], d1[r + c], d2[r - c] = nil, nil, nil
      end
    end
  end
  place(1)
  return count
end
print(queens(6), queens(7))
