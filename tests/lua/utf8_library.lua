-- The utf8 library: char, codepoint, len, offset, codes, charpattern, strict and lax, invalid bytes
-- and every edge of the positions.
local hot = require "support.hot"

local strings = { "", "abc", "héllo", "€uro", "日本語", "\u{10FFFF}", "\u{7FFFFFFF}", "a\u{D800}b", "\xff", "a\x80", "\xC0\x80", "\xE2\x82", "\xF4\x90\x80\x80", "mixed é€😀\0end", ("é"):rep(50) }
for _, s in ipairs(strings) do
  local sum = hot.sum()
  local name = ("%q"):format(s:sub(1, 12)):gsub("\n", "n")
  for round = 1, 5 do
    for _, lax in ipairs { false, true } do
      sum(hot.try(utf8.len, s, 1, -1, lax), hot.try(utf8.codepoint, s, 1, -1, lax))
      sum(hot.try(function() local out = {} for p, c in utf8.codes(s, lax) do out[#out + 1] = p .. ":" .. c end return table.concat(out, " ") end))
    end
    for i = -4, 6 do
      sum(hot.try(utf8.len, s, i), hot.try(utf8.codepoint, s, i), hot.try(utf8.len, s, 1, i), hot.try(utf8.offset, s, i))
      for j = -3, 4 do sum(hot.try(utf8.offset, s, j, i)) end
    end
  end
  print(name, sum(), hot.try(utf8.len, s), hot.try(utf8.codepoint, s, 1), hot.try(utf8.offset, s, 2), hot.try(utf8.offset, s, -1),
    hot.try(function() local n = 0 for _, c in utf8.codes(s) do n = n + c end return n end))
end
hot.show("char", function() return utf8.char(), utf8.char(72, 228, 8364, 128512), utf8.char(0), utf8.char(0x7FFFFFFF) == "\u{7FFFFFFF}" end)
hot.show("char bad", utf8.char, -1)
hot.show("char too large", utf8.char, 1 << 31)
hot.show("char text", utf8.char, "65", 66.0)
hot.show("charpattern", function() return #utf8.charpattern, select(2, ("héé€"):gsub(utf8.charpattern, "")) end)
hot.show("len position", utf8.len, "abc", 5)
hot.show("len final", utf8.len, "abc", 1, 4)
hot.show("offset position", utf8.offset, "abc", 1, 5)
hot.show("offset continuation", utf8.offset, "é", 1, 2)
hot.show("codepoint range", utf8.codepoint, "abc", 1, 4)
hot.show("codepoint empty", function() return select("#", utf8.codepoint("abc", 3, 2)) end)
hot.show("codes invalid", function() for _ in utf8.codes "a\xffb" do end end)
hot.show("codes not string", function() for _ in utf8.codes {} do end end)
hot.show("codes number", function() local n = 0 for p, c in utf8.codes(123) do n = n + p * c end return n end)

local function reverse(s) local out = {} for _, c in utf8.codes(s) do table.insert(out, 1, utf8.char(c)) end return table.concat(out) end
local function sub(s, i, j) return s:sub(utf8.offset(s, i), (utf8.offset(s, j + 1) or #s + 1) - 1) end
local function upper(s) local out = {} for _, c in utf8.codes(s) do out[#out + 1] = (c >= 97 and c <= 122 or c >= 224 and c <= 254) and c - 32 or c end return utf8.char(table.unpack(out)) end
hot.surprise("reverse", reverse, { { "añb€" }, { "" }, { "abc" }, { "x\xff" }, { 12 } })
hot.surprise("sub", sub, { { "añb€c", 2, 4 }, { "abc", 1, 1 }, { "añ", 1, 2 }, { "a", 3, 3 } })
hot.surprise("upper", upper, { { "straße é ü" }, { "abc" }, { "" } })
