-- The string library without patterns: byte, char, sub, rep, reverse, upper, lower, len, comparison
-- and every index edge, in hot code and on subjects of other types.
local hot = require "support.hot"

local s = "Hello, World"
local positions = { -100, -13, -12, -3, -1, 0, 1, 2, 11, 12, 13, 100, math.maxinteger, math.mininteger }
local sum = hot.sum()
for round = 1, 2 do
  for _, i in ipairs(positions) do
    for _, j in ipairs(positions) do
      sum(s:sub(i, j), (s:sub(i)), ("x"):sub(i, j), (""):sub(i, j))
      sum(hot.try(string.byte, s, i, j))
    end
    if round == 2 then print(i, hot.texts(s:sub(i, 5), s:sub(3, i), s:sub(i), s:byte(i))) end
  end
end
print(sum())
hot.show("sub float", string.sub, s, 2.0, 4)
hot.show("sub string", string.sub, s, "2", "0x4")
hot.show("sub fraction", string.sub, s, 1.5)
hot.show("sub nil", string.sub, s)
hot.show("sub number", function(n) return n:sub(2, 3) end, "12345")
hot.show("number subject", string.sub, 12345.5, 3)
hot.show("byte many", function() return ("abc"):byte(1, -1) end)
hot.show("byte none", function() return select("#", ("abc"):byte(10)) end)
hot.show("char", string.char, 72, 105, 0, 255)
hot.show("char none", string.char)
hot.show("char range", string.char, 65, -1)
hot.show("char float", string.char, 65.0, "66")
for _, n in ipairs { 0, 1, 3, -1, 3.0, "2" } do hot.show("rep " .. hot.text(n), string.rep, "ab", n) end
hot.show("rep sep", string.rep, "ab", 3, ", ")
hot.show("rep sep 1", string.rep, "ab", 1, ", ")
hot.show("rep empty", function() return #(""):rep(1000) end)
hot.show("rep large", string.rep, "x", math.maxinteger)
hot.show("rep fraction", string.rep, "x", 2.5)
hot.show("case", function(x) return x:upper(), x:lower(), x:reverse(), x:len(), #x end, "MiXed \xe4\xc4 123\0z")
hot.show("len types", function() return #"", #"\0\0", ("\u{20AC}"):len(), string.len(12.5) end)
hot.show("method on number literal", function() return (5):rep(2) end)
hot.show("equality", function(a, b) return a == b, a < b, a <= b, a .. "" == b .. "" end, "abc", "abd")

-- literals
hot.show("escapes", function() return "\a\b\f\n\r\t\v\\\"\'", "\65\066\x41\u{48}\u{7FFFFFFF}", "a\z
    b", 'single "quotes"', [[long
string]], [==[with ]] inside]==], "line\
continued" end)

-- loops over characters in the usual ways
local function ways(x)
  local a, b, c, d = {}, {}, {}, 0
  for i = 1, #x do a[i] = x:sub(i, i) end
  for ch in x:gmatch "." do b[#b + 1] = ch end
  x:gsub(".", function(ch) c[#c + 1] = ch end)
  for i = 1, #x do d = (d * 31 + x:byte(i)) % 65521 end
  return table.concat(a) == x, table.concat(b) == x, table.concat(c) == x, d
end
hot.surprise("ways", ways, { { s }, { "" }, { ("long "):rep(40) }, { "\0\1\2" }, { 123 }, { nil, n = 1 } })
local function palindrome(x) for i = 1, #x // 2 do if x:byte(i) ~= x:byte(-i) then return false end end return true end
hot.surprise("palindrome", palindrome, { { "abcba" }, { "abca" }, { "" }, { "aa" }, { s } })
local function caesar(x, k) return (x:gsub("%a", function(c) local base = c:byte() >= 97 and 97 or 65; return string.char((c:byte() - base + k) % 26 + base) end)) end
hot.surprise("caesar", caesar, { { s, 3 }, { "Khoor, Zruog", -3 }, { "xyz", 1.0 }, { "abc", 0.5 } })
local function split(x, sep) local out, at = {}, 1 while true do local i, j = x:find(sep, at, true); if not i then out[#out + 1] = x:sub(at); return out end out[#out + 1] = x:sub(at, i - 1); at = j + 1 end end
hot.surprise("split", function(x, sep) local t = split(x, sep) return #t, table.concat(t, "|") end, { { "a,b,,c", "," }, { "", "," }, { "abc", "," }, { "a::b::", "::" }, { 1.5, "." } })
local function levenshtein(a, b)
  local prev = {}
  for j = 0, #b do prev[j] = j end
  for i = 1, #a do
    local cur = { [0] = i }
    for j = 1, #b do cur[j] = math.min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + (a:byte(i) == b:byte(j) and 0 or 1)) end
    prev = cur
  end
  return prev[#b]
end
hot.surprise("levenshtein", levenshtein, { { "kitten", "sitting" }, { "", "abc" }, { "saturday", "sunday" }, { "same", "same" } })
local function base64(x)
  local alphabet, out = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", {}
  for i = 1, #x, 3 do
    local a, b, c = x:byte(i, i + 2)
    local v = a << 16 | (b or 0) << 8 | (c or 0)
    for k = 18, 0, -6 do out[#out + 1] = alphabet:sub((v >> k & 63) + 1, (v >> k & 63) + 1) end
    if not b then out[#out - 1] = "=" end
    if not c then out[#out] = "=" end
  end
  return table.concat(out)
end
hot.surprise("base64", base64, { { "Man" }, { "Ma" }, { "M" }, { "" }, { ("\0\255"):rep(10) } })
