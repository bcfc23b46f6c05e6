-- Integers against floats where a conversion would lose: around 2^53, 2^63, halves, infinities, NaN;
-- as for-loop limits, as table keys, in sorting and in min/max.
local hot = require "support.hot"

local ints = { 0, 1, -1, 1 << 52, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, (1 << 53) + 2, -(1 << 53), -(1 << 53) - 1,
  math.maxinteger, math.maxinteger - 1, math.maxinteger - 512, math.mininteger, math.mininteger + 1, (1 << 62) + 1 }
local floats = { 0.0, -0.0, 0.5, -0.5, 2.0 ^ 53, 2.0 ^ 53 - 1, 2.0 ^ 53 + 2, -2.0 ^ 53, 2.0 ^ 63, -2.0 ^ 63, 2.0 ^ 63 - 1024, 2.0 ^ 62,
  2.0 ^ 64, 1e308, 5e-324, 1 / 0, -1 / 0, 0 / 0, 4503599627370496.5 }

local function all(a, b)
  return (a < b and "<" or "-") .. (a <= b and "<=" or "--") .. (a > b and ">" or "-") .. (a >= b and ">=" or "--") ..
    (a == b and "=" or "-") .. (a ~= b and "~" or "-")
end
for round = 1, 2 do
  for i, a in ipairs(ints) do
    local row = {}
    for j, b in ipairs(floats) do row[j] = all(a, b) .. all(b, a) end
    for j, b in ipairs(ints) do if (i + j) % 5 == 0 then row[#row + 1] = all(a, b) end end
    if round == 2 then print(a, table.concat(row, " ")) end
  end
end
for i, a in ipairs(floats) do
  local row = {}
  for j, b in ipairs(floats) do row[j] = all(a, b) end
  if i % 3 == 0 then print(hot.text(a), table.concat(row, " ")) end
end

-- keys: floats with integer value are normalised, others are not
local function keys(n)
  local t = {}
  for i = 1, n do
    t[i + 0.0] = i
    t[i + 0.5] = -i
    t[2.0 ^ 53 + 2 * i] = i
  end
  local sum = 0
  for i = 1, n do sum = sum + t[i] + t[i + 0.5] * 2 + t[(1 << 53) + 2 * i] end
  return sum, #t, math.type(next({ [3.0] = 1 }))
end
hot.show("keys", keys, 50)
hot.show("nan key", function() local t = {}; t[0 / 0] = 1 end)
hot.show("nan read", function() local t = { 1 }; return t[0 / 0] end)
hot.show("nil key", function() local t = {}; t[nil] = 1 end)
hot.show("nil read", function() local t = { 1 }; return t[nil] end)

-- sorting a mixed list, and extremes
local function sorted(seed)
  local t = {}
  for i = 1, 120 do
    seed = (seed * 1103515245 + 12345) % 2147483648
    t[i] = i % 2 == 0 and seed or seed / 3
  end
  for _, v in ipairs(ints) do t[#t + 1] = v end
  for _, v in ipairs(floats) do if v == v then t[#t + 1] = v end end
  table.sort(t)
  local ok = true
  for i = 2, #t do ok = ok and t[i - 1] <= t[i] and not (t[i] < t[i - 1]) end
  return ok, t[1], t[2], t[#t], t[#t // 2]
end
print(hot.texts(sorted(1)))
print(hot.texts(sorted(42)))
hot.show("max", math.max, 1, 2.5, 2, -1)
hot.show("max2", math.max, 1 << 53, 2.0 ^ 53, (1 << 53) + 1)
hot.show("min", math.min, 1.0, 1, -0.0, 0)
hot.show("nan order", function(n) return n < n, n <= n, n > n, n >= n, n == n, n ~= n, not (n < 1) end, 0 / 0)

-- loops over the boundary in steps
local function walk(a, b, n)
  local s = ""
  for _ = 1, n do
    s = s .. (a < b and "l" or a == b and "e" or a > b and "g" or "u")
    a = a + 1
  end
  return s
end
hot.surprise("walk", walk, { { -5, 0, 10 }, { (1 << 53) - 3, 2.0 ^ 53, 8 }, { 2.0 ^ 53 - 3, (1 << 53) + 1, 8 },
  { math.maxinteger - 3, 2.0 ^ 63, 8 }, { math.mininteger, -2.0 ^ 63, 4 }, { 0, 0 / 0, 4 }, { 0.25, 3, 6 } })
