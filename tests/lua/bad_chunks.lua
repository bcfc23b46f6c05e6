-- Chunks that must be rejected: truncated at every byte, with a bad header field, and text with
-- syntax errors of every kind; nothing of them may stay behind, however often it is tried.
local hot = require "support.hot"

local function victim(...)
  local t = { ..., n = select("#", ...), x = 1.5, [1e10] = "string" }
  local function inner(a) t.n = t.n + a; return function() return t, a end end
  for i = 1, 3 do inner(i)() end
  return t.n
end

local function clean(m) return (tostring(m):gsub("[\128-\255]", "?")) end
for _, strip in ipairs { false, true } do
  local dump = string.dump(victim, strip)
  local messages, loaded = {}, 0
  for n = 0, #dump - 1 do
    local f, m = load(dump:sub(1, n), "=cut", "b")
    if f then loaded = loaded + 1 else messages[clean(m)] = (messages[clean(m)] or 0) + 1 end
  end
  for _, k in ipairs(hot.keys(messages)) do print(strip, k, messages[k] > 10 and "many" or messages[k]) end
  print("loaded", loaded, load(dump)(1, 2, 3))
  -- in pieces that end too early
  for n = 1, #dump - 1, 13 do
    local at = 0
    local f, m = load(function() at = at + 1; if at <= n then return dump:sub(at, at) end end, "=cut")
    if f then print("accepted", n) end
  end
end

-- every byte of the header
local dump = string.dump(victim)
for i = 1, 31 do
  local row = {}
  for _, change in ipairs { 1, 128 } do
    local bad = dump:sub(1, i - 1) .. string.char(dump:byte(i) ~ change) .. dump:sub(i + 1)
    local f, m = load(bad, "=header", "b")
    row[#row + 1] = f and "loaded" or clean(m)
  end
  print(i, table.concat(row, " / "))
end
print(load("\27", "=esc"), load("\27Lua", "=esc"))
print(load("\27Lua" .. ("\0"):rep(200), "=esc"))
print(load(dump, "=mode", "t"))

-- syntax errors
local sources = {
  "x", "x =", "= 1", "local", "local 1", "local x <", "local x <foo> = 1", "local x <const> = 1; x = 2", "local a <close>, b <close> = 1, 2", "for", "for i", "for i = 1 do end",
  "for i = 1, 2, 3, 4 do end", "for i in", "for i, in x do end", "while true", "while do end", "repeat", "repeat until", "if x", "if x then", "if x then else elseif y then end", "if then end",
  "do", "end", "do end end", "function", "function f", "function f(", "function f(a,", "function f(...,a) end", "function f.1() end", "function f:a.b() end", "function (a) end", "local function f.x() end",
  "return return", "return 1 2", "return 1; x = 1", "break", "do break end", "goto", "goto x", "goto 1", "::x", "::x:: ::x::", "do goto l end local a ::l:: print(a)", "goto l; local a ::l:: print(a)",
  "repeat goto c; local x; ::c:: until x", "x + 1", "x.y", "x:y", "x:y = 1", "x() = 1", "(x) = 1", "1 = x", "'s' = 1", "'s'.x = 1", "f{", "f(", "f(1,", "f(1,)", "f 1", "{}", "x = {", "x = {1,,2}", "x = {[1] 2}",
  "x = {a = }", "x = 1 +", "x = + 1", "x = 1 .. ", "x = not", "x = #", "x = a b", "x = (1", "x = 1)", "x = [1]", "x = 'abc", "x = \"abc\ndef\"", "x = [[abc", "x = [==[abc]=]", "x = '\\q'", "x = '\\x1'",
  "x = '\\xgg'", "x = '\\300'", "x = '\\u{110000000}'", "x = '\\u{zz}'", "x = '\\u123'", "--[[ comment", "--[==[ comment ]]", "x = 0x", "x = 1e", "x = 1e+", "x = 3x", "x = 0xep", "x = 1..2", "x = 12..", "x = 08abc",
  "x = @", "x = $", "x = !1", "x = 1 != 2", "x = a ? b : c", "x = a && b", "x += 1", "x++", "\1", "\255", "x = '\0' y", "return ...", "function f() return ... end", "local function f() return function() return ... end end",
  "a, b, c", "a, b = ", "a, f() = 1", "a, 'x' = 1, 2", "local a, 1 = 2", "x = function", "x = function(", "x = function() ", "x = function() return", "else", "until x", "then", "in", "and", "x = and", "not x",
  ("x = "):rep(3), "x" .. ("y"):rep(300) .. " 1", "local " .. ("a, "):rep(210) .. "a", "return " .. ("a or "):rep(10) , "x = '" .. ("z"):rep(200),
}
for _, s in ipairs(sources) do
  local text
  for _ = 1, 3 do local f, m = load(s, "=s"); text = f and "OK" or clean(m) end
  print((clean(s):gsub("[\0-\31]", "."):sub(1, 40)), text)
end
-- too many of something
local function big(n, item, sep) local t = {} for i = 1, n do t[i] = item:gsub("N", i) end return table.concat(t, sep) end
local up = "local " .. big(150, "aN", ",") .. "\nlocal " .. big(49, "bN", ",") .. "\nlocal function f() local " .. big(150, "cN", ",") .. "; return function() return "
print(load(up .. big(150, "aN", "+") .. "+" .. big(110, "cN", "+") .. " end end", "=up"))
print(load("local " .. big(201, "aN", ","), "=locals"))
print(load("return " .. big(260, "fN{", "") , "=levels"))
print(load("f(" .. big(300, "aN", ",") .. ")", "=registers"))
print(load("return {" .. big(300, "aN", ",") .. "}", "=items") ~= nil)
print(load("goto far; " .. big(200, "local aN", ";") .. " ::far::", "=far") ~= nil)
