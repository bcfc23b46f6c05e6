-- Line numbers in errors and in debug.getinfo: statements over many lines, calls, operators, loops,
-- closures, generated code with hundreds of lines, lines far apart, in hot code.
local hot = require "support.hot"

local function lines(source, ...)
  local f = hot.compile("return function(a, b, t) " .. source .. " end")
  local text
  for _ = 1, 100 do text = hot.try(f, ...) end
  print(text)
end
lines("local x = a\n+\nb\nreturn x", 1, {})
lines("local x =\na\n..\nb\n..\na", "x", {})
lines("return a\n.x\n.y\n.z", { x = {} })
lines("return a.x(\n1,\n2\n)", {})
lines("return a(\n1,\nb()\n)", print)
lines("a.x = {\n1,\n2,\nb.y\n}", {})
lines("for i = 1,\na,\nb\ndo end", 1, "x")
lines("for k, v\nin\na\ndo end", 5)
lines("if a <\nb\nthen return 1 end", 1, {})
lines("while a\n<\nb do end", {}, 1)
lines("repeat\nlocal x = a\nuntil x\n>\nb", {}, 1)
lines("return -\na", {})
lines("return (function()\n\n\nreturn a.b.c\nend)()", {})
lines("local t = {\n[a] =\n1 }", nil)
lines("t[\na\n]\n=\nb", nil, 1, {})
lines("a\n:\nmethod\n(\n)", {})
lines("goto x\n::x::\nlocal y <close> =\na", {})
lines("return a\n//\nb", 1, 0)
lines("error(\n'with position'\n)")
lines("error('level 2'\n, 2)")
lines("\n\n\nerror('no position', 0)")
lines("assert(\na ==\nb, 'assertion text')", 1, 2)

-- a function of hundreds of lines that fails on any of them
local text = { "return function(n, v)" }
for i = 2, 400 do text[i] = ("if n == %d then v = v + %d; return v.x end"):format(i, i) end
text[#text + 1] = "end"
local f = hot.compile(table.concat(text, "\n"))
local wrong = 0
for i = 2, 400 do
  local ok, m = pcall(f, i, {})
  if m ~= ("gen:%d: attempt to perform arithmetic on a table value (local 'v')"):format(i) then wrong = wrong + 1 end
  ok, m = pcall(f, i, 1)
  if m ~= ("gen:%d: attempt to index a number value (local 'v')"):format(i) then wrong = wrong + 1 end
end
print("wrong", wrong)

-- lines that are hundreds apart need absolute line information
text = { "return function(n, v)" }
for i = 1, 30 do text[#text + 1] = ("\n"):rep(i * 17 % 300) .. ("if n == %d then return v + nil end"):format(i) end
text[#text + 1] = "end"
f = hot.compile(table.concat(text, "\n"))
for i = 1, 30 do
  local m
  for _ = 1, 30 do m = select(2, pcall(f, i, 1)) end
  if i % 5 == 0 then print(m) end
end
local far = hot.compile("return function(v)" .. ("\n"):rep(100000) .. "return v.x end")
hot.show("far", far)
local oneline = hot.compile("return function(n, v) " .. ("if n < 0 then v = v + 1 end "):rep(500) .. "\nreturn v.x end")
hot.show("one line", oneline, 1)

-- current lines of all active functions
local function where(level) return debug.getinfo(level + 1, "l").currentline end
local function outer()
  local a = where(1)
  local b = where(2)
  local function inner()
    return where(1),
      where(2)
  end
  local c, d =
    inner()
  return a, b, c, d,
    (inner())
end
hot.show("where", outer)
local function walk(n)
  if n == 0 then
    local out = {}
    for level = 1, 12 do
      local i = debug.getinfo(level, "Slnt")
      if not i then break end
      out[#out + 1] = ("%s:%d:%s:%s"):format(i.short_src, i.currentline, i.name or "?", i.namewhat)
    end
    return table.concat(out, " ")
  end
  local r = walk(n - 1) -- not a tail call
  return r
end
hot.show("walk", walk, 6)
hot.show("activelines", function()
  local i = debug.getinfo(outer, "L")
  local l = hot.keys(i.activelines)
  return #l, l[1], l[#l]
end)

-- error with levels from hot functions
local function check(v, level) if v > 90 then error("too big " .. v, level) end return v end
local function caller(v, level) local r = check(v, level); return r end
local function outermost(n, level)
  local s = 0
  for i = 1, n do s = s + caller(i, level) end
  return s
end
for level = 0, 5 do hot.show("level " .. level, outermost, 100, level) end
