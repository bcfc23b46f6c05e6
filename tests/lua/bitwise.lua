-- Bitwise operators: shift counts of every size and sign, floats and strings that are or are not
-- integers, immediates and constants, metamethods, names in errors.
local hot = require "support.hot"

local function shl(a, b) return a << b end
local function shr(a, b) return a >> b end
local sum = hot.sum()
for _, v in ipairs { 1, -1, 0x80, math.maxinteger, math.mininteger, 0x123456789abcdef0 } do
  for count = -70, 70 do
    local l, r = shl(v, count), shr(v, count)
    sum(l, r)
    if count % 16 == 0 or count % 16 == 15 then print(v, count, l, r) end
  end
end
print(sum())

for count = -66, 66, 6 do
  local f = hot.compile(("return function(a) return a << %d, a >> %d, %d << a, %d >> a end"):format(count, count, count, count))
  local s = hot.sum()
  for i = 1, 100 do s(f(i * 37 - 1000)) end
  for _, v in ipairs { 3.0, "5", -64.0, 1.5, "x" } do s(hot.try(f, v)) end
  print("shift by", count, s())
end

local function ops(a, b) return a & b, a | b, a ~ b, ~a, ~b end
hot.surprise("ops", ops, {
  { 12, 10 }, { -1, 255 }, { 12.0, 10 }, { 12, "10" }, { "0xff", 2.0 }, { 2 ^ 53, 1 }, { -2 ^ 63, -1 },
  { 2 ^ 63, 1 }, { 1.5, 1 }, { 1, "1.5" }, { "a", 1 }, { 1, {} }, { nil, 1, n = 2 }, { 1 / 0, 1 }, { 0 / 0, 1 }, { true, 1 },
})

local mask = setmetatable({ tag = "mask" }, {
  __band = function(a, b) return "band " .. hot.texts(a, b) end,
  __bor = function(a, b) return "bor " .. hot.texts(a, b) end,
  __bxor = function(a, b) return "bxor " .. hot.texts(a, b) end,
  __shl = function(a, b) return "shl " .. hot.texts(a, b) end,
  __shr = function(a, b) return "shr " .. hot.texts(a, b) end,
  __bnot = function(a, b) return "bnot " .. hot.texts(a, rawequal(a, b)) end,
})
hot.surprise("meta", function(a, b) return a & b, a | b, a ~ b, a << b, a >> b, ~a end,
  { { 1, 2 }, { mask, 2 }, { 1, mask }, { mask, mask }, { mask, 1.5 }, { "q", mask }, { mask, nil, n = 2 }, { 7, 1 } })
hot.surprise("meta const", function(a) return a & 3, 3 & a, a | 1.0, a ~ 9, a << 1, 1 << a, a >> 1, 1 >> a, a << 70, a & 1.5 end,
  { { 6 }, { mask }, { 2.0 }, { "2" }, { 2.5 } })

-- names of the culprits
local upvalue = 2.5
hot.show("local", function() local x = 1.5; return x | 1 end)
hot.show("upvalue", function() return upvalue & 1 end)
hot.show("field", function() local t = { f = 1.25 }; return t.f ~ 1 end)
hot.show("constant", function() local x = 1; return x & 1.5 end)
hot.show("string arithmetic", function() local x = "hello"; return x & 1 end)
hot.show("nil field", function() local t = {}; return t.mask | 1 end)
hot.show("unary", function() local t = {}; return ~t end)
hot.show("unary float", function() local x = 0.5; return ~x end)

-- hashing and packing, the usual customers
local function fnv(s)
  local h = 0xcbf29ce484222325
  for i = 1, #s do h = (h ~ s:byte(i)) * 0x100000001b3 end
  return h
end
local function xorshift(x, n)
  local acc = 0
  for _ = 1, n do
    x = x ~ (x << 13)
    x = x ~ (x >> 7)
    x = x ~ (x << 17)
    acc = acc ~ x
  end
  return x, acc
end
local function popcount(x) local n = 0 while x ~= 0 do x = x & (x - 1); n = n + 1 end return n end
local function crc(s)
  local c = 0xffffffff
  for i = 1, #s do
    c = c ~ s:byte(i)
    for _ = 1, 8 do c = (c >> 1) ~ (0xedb88320 & -(c & 1)) end
  end
  return ~c & 0xffffffff
end
print(("%x"):format(fnv(("hello world"):rep(40))), xorshift(88172645463325252, 500))
local total = 0
for i = 1, 300 do total = total + popcount(i * 0x9e3779b97f4a7c15) end
print(total, ("%08x"):format(crc(("123456789"):rep(20))), ("%08x"):format(crc("123456789")))
