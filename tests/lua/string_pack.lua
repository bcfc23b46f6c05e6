-- string.pack, unpack and packsize with every option, sizes, alignment, endianness and errors.
local hot = require "support.hot"

local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local formats = {
  { "b", -128 }, { "b", 127 }, { "b", 128 }, { "B", 255 }, { "B", -1 }, { "B", 256 }, { "h", -2 }, { "H", 65535 }, { "i", -3 }, { "I", 7 }, { "l", 1 << 40 }, { "L", -1 }, { "j", math.mininteger }, { "J", -1 }, { "T", 5 },
  { "i1", -1 }, { "i2", 300 }, { "i3", -70000 }, { "i4", 1 << 31 }, { "i5", 1 << 33 }, { "i7", -1 }, { "i8", -1 }, { "i16", -5 }, { "I16", 5 }, { "I3", 1 << 24 }, { "i17", 1 }, { "i0", 1 }, { "f", 1.5 }, { "d", -0.0 }, { "n", 1 / 3 }, { "f", 1e300 }, { "d", 7 }, { "d", "2.5" },
  { "<i4", 1 }, { ">i4", 1 }, { "=i4", 1 }, { ">i3 <i3", 1, 2 }, { ">d", 1.0 }, { "z", "text" }, { "z", "a\0b" }, { "s", "len" }, { "s1", "len" }, { "s2", "" }, { "s1", ("x"):rep(300) }, { "c5", "abc" }, { "c2", "abc" }, { "c0", "" }, { "c", "x" },
  { "x" }, { "bxxb", 1, 2 }, { "!8 b d", 1, 2.5 }, { "!4 b d", 1, 2.5 }, { "!b Xi8 b", 1, 2 }, { "! b i8", 1, 2 }, { "!2 b i4 b i2", 1, 2, 3, 4 }, { "Xi3", 1 }, { "X" }, { "Xz" }, { "!3 i3", 1 }, { "!17", 1 }, { "q", 1 }, { "i4" }, { "i4", 1.5 }, { "i4", "7" }, { "i4", "x" }, { "z", 12 }, { "" },
  { " < i2 > i2 = i2 ", 1, 1, 1 },
}
local function round(f, ...)
  local s = string.pack(f, ...)
  return hex(s), #s, string.unpack(f, s)
end
for _, f in ipairs(formats) do hot.show(f[1], round, table.unpack(f)) end
for _, f in ipairs { "b", "!8 b d", "i3 i3", "<!4 b i4 f d j T", "c10 x", "s", "z", "i17", "!4 i8 Xi8", "", "c2147483647 c2147483647", "q" } do hot.show("size " .. f, string.packsize, f) end

hot.surprise("unpack", string.unpack, { { "<i2", "\1\0\2\0" }, { "<i2", "\1\0\2\0", 3 }, { "<i2", "\1\0\2\0", -2 }, { "<i2", "\1\0\2\0", 4 }, { "<i2", "\1\0\2\0", 5 }, { "<i2", "\1\0\2\0", 6 }, { "<i2", "x", 1 }, { "i2", "abc", -10 },
  { "s1", "\5ab" }, { "z", "no end" }, { "<i9", ("\255"):rep(9) }, { "<i9", ("\1"):rep(9) }, { "<I16", ("\0"):rep(16) }, { "b", "" }, { "c3", "ab" }, { "<d", ("\0"):rep(7) }, { "bbb", "abc" }, { "i2", {} }, { "<i2", "\1\0", 1.5 } })

-- serialisation in a loop whose values change their kinds
local function encode(v)
  local t = math.type(v) or type(v)
  if t == "integer" then return string.pack(">Bj", 1, v) elseif t == "float" then return string.pack(">Bn", 2, v) elseif t == "string" then return string.pack(">Bs4", 3, v)
  elseif t == "boolean" then return string.pack("BB", 4, v and 1 or 0) elseif t == "nil" then return "\0" elseif t == "table" then
    local parts = {}
    for i = 1, #v do parts[i] = encode(v[i]) end
    return string.pack(">BI2", 5, #v) .. table.concat(parts)
  end
  error("cannot encode " .. t)
end
local function decode(s, at)
  local tag
  tag, at = s:byte(at), at + 1
  if tag == 0 then return nil, at elseif tag == 1 then return string.unpack(">j", s, at) elseif tag == 2 then return string.unpack(">n", s, at) elseif tag == 3 then return string.unpack(">s4", s, at)
  elseif tag == 4 then return s:byte(at) == 1, at + 1 elseif tag == 5 then
    local n, out = nil, {}
    n, at = string.unpack(">I2", s, at)
    for i = 1, n do out[i], at = decode(s, at) end
    return out, at
  end
  error("bad tag " .. tostring(tag))
end
local function flat(v) if type(v) ~= "table" then return hot.text(v) end local out = {} for i = 1, #v do out[i] = flat(v[i]) end return "[" .. table.concat(out, ",") .. "]" end
local value = { 1, 2.5, "str", true, { false, -7, { 1e100, "" } }, math.mininteger }
hot.show("serialise", function(v) local s = encode(v); local back, at = decode(s, 1); return #s, at, flat(back), flat(back) == flat(v) end, value)
hot.show("serialise error", function(v) return encode(v) end, { 1, print })
hot.show("decode error", function() return decode("\5\0\3\1", 1) end)
hot.show("decode tag", function() return decode("\9", 1) end)
local sum = hot.sum()
local last
for i = 1, 400 do
  local v = i % 4 == 0 and i or i % 4 == 1 and i / 3 or i % 4 == 2 and ("s"):rep(i % 9) or { i, tostring(i), i * 0.5 }
  local s = encode(v)
  last = sum(s, flat((decode(s, 1))))
end
print(last)
