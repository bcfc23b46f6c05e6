-- goto, continue, nested breaks, while and repeat in all their forms, jumps over long code.
local hot = require "support.hot"

local function continue(n)
  local s = 0
  for i = 1, n do
    if i % 3 == 0 then goto continue end
    for j = i, n do
      if j % 2 == 0 then goto next end
      if j > 2 * i then goto continue end
      s = s + j
      ::next::
    end
    s = s - i
    ::continue::
  end
  return s
end
hot.show("continue", continue, 20)

local function machine(input)
  local i, out = 0, {}
  ::start::
  i = i + 1
  local c = input:sub(i, i)
  if c == "" then goto done end
  if c:match "%d" then goto number end
  if c:match "%a" then goto word end
  out[#out + 1] = "punct " .. c
  goto start
  ::number:: do
    local v = 0
    while c:match "%d" do v = v * 10 + c; i = i + 1; c = input:sub(i, i) end
    out[#out + 1] = "number " .. v
    i = i - 1
    goto start
  end
  ::word:: do
    local from = i
    repeat i = i + 1; c = input:sub(i, i) until not c:match "%a"
    out[#out + 1] = "word " .. input:sub(from, i - 1)
    i = i - 1
    goto start
  end
  ::done::
  return table.concat(out, "; ")
end
hot.show("machine", machine, "if x1 = 42 + foo(7, bar)")

local function backward(n)
  local i, s = 0, 0
  ::top::
  i = i + 1
  if i > n then return s end
  if i % 7 == 0 then goto top end
  do
    local x <const> = i * 2
    local f = function() s = s + x end
    f()
    if x % 5 == 0 then goto top end
  end
  s = s + 1
  goto top
end
hot.show("backward", backward, 100)

local function breaks(n)
  local log = {}
  for i = 1, n do
    while true do
      for j = 1, 3 do
        if i == j then break end
        repeat
          if j == 2 then break end
          log[#log + 1] = i .. "." .. j
        until true
      end
      if i > 0 then break end
    end
  end
  return table.concat(log, " ")
end
hot.show("breaks", breaks, 5)

-- nested loops left by goto from the innermost
local function search(t, wanted)
  local x, y
  for i = 1, #t do
    for j = 1, #t[i] do
      for k = 1, #t[i][j] do
        if t[i][j][k] == wanted then x, y = i, j goto found end
      end
    end
  end
  do return "none" end
  ::found::
  return x, y
end
local cube = {}
for i = 1, 4 do cube[i] = {} for j = 1, 4 do cube[i][j] = {} for k = 1, 4 do cube[i][j][k] = i * 100 + j * 10 + k end end end
hot.surprise("search", search, { { cube, 344 }, { cube, 111 }, { cube, 0 }, { cube, 444.0 }, { cube, "444" } })

-- repeat-until that sees its locals, with closures and with continue
local function repeats(n)
  local i, fs = 0, {}
  repeat
    local j = i * 2
    fs[#fs + 1] = function() return j end
    i = i + 1
    if i % 4 == 0 then goto continue end
    fs[#fs + 1] = function() j = j + 1 return j end
    ::continue::
  until i >= n
  local s = 0
  for _, f in ipairs(fs) do s = s + f() end
  return s, #fs
end
hot.show("repeats", repeats, 10)
local function untilvalue(n) local k = 0 repeat local stop = k >= n; k = k + 1 until stop return k end
hot.surprise("until", untilvalue, { { 5 }, { 5.5 }, { -1 }, { "x" }, { 100 } })

-- while with conditions of every shape
local function whiles(a, b, n)
  local c = 0
  while a and c < n do c = c + 1; if c == 5 then a = b end end
  while not b and c < n + 5 do c = c + 1; b = c > n + 2 end
  while (a or b) and c > 0 and not (c == 3 or c == 2) do c = c - 1 end
  while c ~= 0 do c = c - 1 end
  while nil do c = 100 end
  while false do c = 100 end
  while true do c = c + 1; if c > 3 then break end end
  return c, a, b
end
hot.surprise("whiles", whiles, { { true, false, 20 }, { 1, nil, 9 }, { false, false, 9 }, { nil, 1, 9 }, { true, true, 7.5 } })

-- logical operators keep values and evaluate what they must
local trace = {}
local function t(x) trace[#trace + 1] = tostring(x); return x end
local function logic(a, b, c)
  trace = {}
  local r1 = t(a) and t(b) or t(c)
  local r2 = (t(a) or t(b)) and t(c)
  local r3 = not t(a) and not t(b)
  local r4 = t(a) == nil and t(b) or t(a) ~= t(c) and t(c) or "last"
  if t(a) and (t(b) or t(c)) then r4 = "then" .. tostring(r4) elseif t(b) then r4 = "elseif" .. tostring(r4) end
  return r1, r2, r3, r4, table.concat(trace, "")
end
for _, a in ipairs { 1, false } do for _, b in ipairs { "b", false } do for _, c in ipairs { 0, false } do
  hot.surprise("logic", logic, { { a, b, c }, { nil, b, c, n = 3 }, { a, nil, c, n = 3 } })
end end end

-- jumps over bodies of thousands of instructions, forwards and backwards
local body = {}
for i = 1, 3000 do body[i] = ("if x == %d then s = s + %d end"):format(i % 97, i % 13) end
local far = hot.compile("return function(x) local s = 0 for i = 1, 2 do if x < 0 then goto out end\n" .. table.concat(body, "\n") ..
  "\nif s % 2 == 0 then goto cont end s = s + 1 ::cont:: end ::out:: return s end")
for x = -2, 100 do if x % 17 == 0 or x < 0 then print(x, far(x)) else far(x) end end
print(hot.try(far, 3.0), hot.try(far, "3"))
