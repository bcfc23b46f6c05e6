-- string.format in every conversion, flag and argument kind, tostring and tonumber of numbers, and
-- coercions in both directions, in hot code.
local hot = require "support.hot"
local inf = 1 / 0

local formats = { "%d", "%5d|%-5d|%05d|%+d|% d", "%i", "%u", "%c", "%x", "%X", "%#x", "%o", "%#o", "%08.3d", "%e", "%E", "%.0e", "%f", "%.3f", "%10.2f|%-10.2f|%+.1f", "%g", "%G", "%.3g", "%#g", "%a", "%.1a",
  "%s", "%10s|%-10s|%.2s", "%q", "%%", "%5%", "%", "%z", "%10", "%123d", "%.123f", "%-+ #0d", "%--d", "%p", "%.3q", "%i%i" }
local values = { 0, 1, -1, 65, math.maxinteger, math.mininteger, 0.0, 1.5, -2.75, 3.0, 1e15, 1e300, 1e-5, inf, -inf, 2 ^ 53, "12", "0x10", "1e2", "text", "3.7" }
for _, f in ipairs(formats) do
  local sum, row = hot.sum(), {}
  for round = 1, 4 do
    for i, v in ipairs(values) do
      local text = hot.try(string.format, f, v)
      if not f:find "p" then sum(text) end
      if round == 4 and i % 4 == 2 and not f:find "p" then row[#row + 1] = text end
    end
  end
  print(f, sum(), table.concat(row, " "))
end
hot.show("nan", function() return (("%f %g %.1f"):format(0 / 0, 0 / 0, 0 / 0):gsub("-", "")) end)
hot.show("pointer", function() return ("%p"):format(1), ("%p"):format(nil), ("%10p"):format(true) end)
hot.show("same pointer", function() local t = {}; return ("%p"):format(t) == ("%p"):format(t), ("%p"):format(t) ~= ("%p"):format({}), ("%p"):format("a") == ("%p"):format("a") end)
hot.show("q", function() return ("%q"):format("a\n\0001\r\"\\\200"), ("%q %q %q"):format(1, 1.5, math.mininteger), ("%q"):format(1 / 3), ("%q %q"):format(inf, -inf), ("%q %q %q"):format(nil, true, false) end)
hot.show("q table", string.format, "%q", {})
hot.show("q width", string.format, "%5q", "x")
hot.show("many", function(a, b, c) return ("%s=%d, %s=%5.2f, %s"):format("a", a, "b", b, c) end, 1, 2.5, "z")
hot.show("s of anything", function() return ("%s %s %s %s"):format(nil, true, 1.0, setmetatable({}, { __tostring = function() return "custom" end })) end)
hot.show("s long", function() return #("%s"):format(("x"):rep(1000)), #("%.20s"):format(("x"):rep(1000)), #("%200s"):format "x" end)
hot.show("s zero", string.format, "%s|%.3s", "a\0b", "abcdef")
hot.show("s zero width", string.format, "%10s", "a\0b")
hot.show("missing", string.format, "%d %d", 1)
hot.show("not number", string.format, "%d", {})
hot.show("not integer", string.format, "%d", 1.5)
hot.show("not integer string", string.format, "%d", "1.5")
hot.show("huge float", string.format, "%d", 2 ^ 63)
hot.show("99 digits", function() return #("%.99f"):format(1 / 3), #("%99.99f"):format(1e300) end)
hot.show("not string", string.format, {})

-- tostring of numbers, and back
local numbers = { 0, -0.0, 1, 1.0, -1.5, 1e14, 1e15, 1e16, 123456789012345, 1e100, 1e-10, 0.1, 1 / 3, 2 ^ 31, 2 ^ 53, 2 ^ 63, -2 ^ 63, math.maxinteger, math.mininteger, 5e-324, 1.7976931348623157e308, 3.14159265358979, 100, 1e2, inf, -inf }
local function round(v) local t = tostring(v); return t, tonumber(t) == v, v .. "", math.type(tonumber(t)) end
for _, v in ipairs(numbers) do
  local text
  for _ = 1, 40 do text = hot.texts(round(v)) end
  print(text)
end

-- tonumber
local strings = { "0", "10", "-7", "+7", " 12 ", "\t5\n", "1.", ".5", ".", "", " ", "1e5", "1E+2", "1e-2", "1e", "0x10", "-0xff", "0x.8p1", "0x1p-2", "0xA.8", "0x", "0xg", "1 2", "12a", "inf", "nan", "1_000", "9223372036854775807",
  "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "0xffffffffffffffff", "0x1ffffffffffffffff", "1e400", "1e-400", "١", "1\0", "--1", "- 1", "0b1", "1f", "1L", ("9"):rep(30), "0." .. ("0"):rep(300) .. "1" }
for _, s in ipairs(strings) do
  local text
  for _ = 1, 40 do text = hot.texts(tonumber(s), math.tointeger(tonumber(s)), (hot.try(function() return s + 0 end)):find "error" and "error" or s + 0) end
  print(("%q"):format(s:sub(1, 30)), text)
end
local bases = { { "ff", 16 }, { "FF", 16 }, { "zz", 36 }, { "ZZ", 36 }, { "777", 8 }, { "8", 8 }, { "1010", 2 }, { "-1010", 2 }, { " 11 ", 2 }, { "1.5", 10 }, { "", 10 }, { "9", 10.0 }, { "7fffffffffffffff", 16 }, { "ffffffffffffffff", 16 }, { "1ffffffffffffffff", 16 },
  { "1", 1 }, { "1", 37 }, { 10, 16 }, { "1e1", 16 }, { "1e1", 10 }, { nil, 10, n = 2 }, { "1", "x" } }
hot.surprise("base", tonumber, bases)
hot.surprise("tonumber", tonumber, { { "5" }, { 5 }, { 5.5 }, { {} }, { nil, n = 1 }, { true }, {}, { "x" } })

-- coercions in arithmetic, loops and indexing
local function coerce(a, b) return a + b, a * b, a - b, -a, a .. b, a // 1, a % 7, a ^ 1 end
hot.surprise("coerce", coerce, { { 3, 4 }, { "3", 4 }, { "3.0", "4" }, { "0x10", "1e1" }, { " 5 ", 1 }, { "5x", 1 }, { "", 1 }, { 10, "-3" }, { "9223372036854775807", 1 }, { "9223372036854775808", 1 } })
local function keys(t, k) return t[k], t[k + 0], t[tostring(k)] end
hot.surprise("keys", keys, { { { "a", "b", ["1"] = "s" }, 1 }, { { "a", ["1"] = "s" }, "1" }, { { "a", ["1.0"] = "f" }, 1.0 }, { { "a" }, "x" } })
