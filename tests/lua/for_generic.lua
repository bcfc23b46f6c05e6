-- Generic for: pairs, ipairs, next, closures, stateful and stateless iterators in Lua and C, __pairs,
-- __index under ipairs, __call as iterator, closing value, many variables, errors.
local hot = require "support.hot"

local function collect(...)
  local out = {}
  for a, b, c in ... do out[#out + 1] = hot.texts(a, b, c); if #out > 20 then break end end
  return table.concat(out, "; ")
end

local function range(n) return function(s, i) if i < s then return i + 1, i * i end end, n, 0 end
local function chars(s) local i = 0 return function() i = i + 1; if i <= #s then return s:sub(i, i), i, i % 2 == 0 end end end
local callable = setmetatable({}, { __call = function(self, s, c) c = (c or 0) + 1; if c <= s then return c, self == nil end end })
local proxy = setmetatable({}, { __pairs = function(t) return function(_, k) k = (k or 0) + 1; if k < 5 then return k, k * 10 end end, t, nil end })
local lazy = setmetatable({}, { __index = function(_, i) if i < 6 then return "v" .. i end end })

hot.show("range", function() return collect(range(6)) end)
hot.show("chars", function() return collect(chars("hello")) end)
hot.show("callable", function() return collect(callable, 4) end)
hot.show("pairs", function() return collect(pairs { 10, 20, 30 }) end)
hot.show("ipairs", function() return collect(ipairs { 10, 20, nil, 40 }) end)
hot.show("next", function() return collect(next, { "only" }) end)
hot.show("__pairs", function() return collect(pairs(proxy)) end)
hot.show("ipairs lazy", function() return collect(ipairs(lazy)) end)
hot.show("gmatch", function() return collect(("k1=v1, k2=v2"):gmatch("(%w+)=(%w+)")) end)
hot.show("codes", function() return collect(utf8.codes("aé€")) end)
hot.show("coroutine", function() return collect(coroutine.wrap(function() for i = 1, 4 do coroutine.yield(i, -i, "x") end end)) end)
hot.show("pairs string", function() return collect(pairs("x")) end)
hot.show("not callable", function() return collect(5) end)
hot.show("nil", function() for _ in nil do end end)
hot.show("nil local", function() local it; for _ in it do end end)
hot.show("table", function() for _ in {} do end end)
hot.show("error inside", function() for i in function(_, c) c = (c or 0) + 1; if c == 3 then error("third", 0) end return c end do if i > 5 then return i end end end)

-- the iterator changes while the loop function is hot
local function total(iter, s, c)
  local n, sum = 0, 0
  for k, v in iter, s, c do n = n + 1; sum = sum + (tonumber(v) or tonumber(k) or 1); if n == 100 then break end end
  return n, sum
end
local list, map = {}, {}
for i = 1, 60 do list[i] = i; map["k" .. i] = i * 2 end
hot.surprise("total", total, { { next, list }, { next, map }, { ipairs(list) }, { range(30) }, { chars("12345") }, { callable, 7 }, { next, {} },
  { nil, n = 1 }, { 3 }, { pairs(proxy) }, { coroutine.wrap(function() coroutine.yield(1, 5) end) }, { next, 5 }, { next, list } })

-- modification during traversal: assignment to existing fields, removal, growth of the list part
local function update(n)
  local t = {}
  for i = 1, n do t[i] = i; t["x" .. i] = i end
  for k, v in pairs(t) do t[k] = v + 1 end
  for k in pairs(t) do if type(k) == "string" then t[k] = nil end end
  local s = 0
  for i, v in ipairs(t) do s = s + v; if i < 3 * n and i % 2 == 0 then t[#t + 1] = 1 end end
  return s, #t
end
hot.show("update", update, 20)

-- closing value: normal end, break, return, goto, error; order of closing in nested loops
local log = {}
local function closing(name, n)
  local i = 0
  return function() i = i + 1; if i <= n then return i end end, nil, nil,
    setmetatable({}, { __close = function(_, e) log[#log + 1] = name .. ":" .. tostring(e) end })
end
local function leave(how)
  for i in closing("outer", 3) do
    for j in closing("inner", 3) do
      if i == 2 and j == 2 then
        if how == "break" then break elseif how == "return" then return i, j elseif how == "goto" then goto out elseif how == "error" then error("oops", 0) end
      end
    end
  end
  ::out::
  return how
end
for _, how in ipairs { "end", "break", "return", "goto", "error" } do
  log = {}
  hot.show(how, leave, how)
  print(#log, table.concat(log, " ", 1, 4))
end
hot.show("bad closing", function() for _ in next, {}, nil, 5 do end end)
hot.show("bad closing 2", function() for _ in next, {}, nil, {} do end end)

-- closures over the loop variables, fewer and more variables than results
local function capture()
  local fs = {}
  for k, v in range(5) do fs[#fs + 1] = function() k, v = k + 1, v + k; return k + v end end
  local s = 0
  for _, f in ipairs(fs) do s = s * 3 + f() + f() end
  return s
end
hot.show("capture", capture)
hot.show("variables", function()
  local out = {}
  for a, b, c, d, e in function(_, i) i = (i or 0) + 1; if i < 3 then return i, "b", "c" end end do out[#out + 1] = hot.texts(a, b, c, d, e) end
  for a in function(_, i) i = (i or 0) + 1; if i < 3 then return i, "b", "c" end end do out[#out + 1] = hot.text(a) end
  return table.concat(out, "; ")
end)
