-- The io library: reading in every format, writing, seeking, buffering, lines, popen, tmpfile, types,
-- closed files, errors; standard input from the test runner; files as to-be-closed variables.
-- stdin: first line
-- stdin: 12 0x1F -3.5e2 nan 7
-- stdin: third line with\ttab
-- stdin: 
-- stdin: a b c
-- stdin: rest of\nthe input without newline\c
local hot = require "support.hot"

print(io.read())
print(io.read("n", "n", "n"))
print(io.read("n"))
print(io.read("l"))
print(io.read("L"))
print(io.read(0), io.read("l"), io.read(0))
print(io.read(1, 2, 1))
print(io.read("a"))
print(io.read("a"), io.read("l"), io.read("n"), io.read(0), io.read(5))

local name = os.tmpname()
local function clean(...) local t = table.pack(...) for i = 1, t.n do if type(t[i]) == "string" then t[i] = t[i]:gsub(name:gsub("%p", "%%%0"), "FILE"):gsub("0x%x+", "ADDR") else t[i] = t[i] == nil and "nil" or tostring(t[i]):gsub("0x%x+", "ADDR") end end return table.concat(t, " ", 1, t.n) end
local f = assert(io.open(name, "w"))
print(io.type(f), io.type(io.stdout), io.type "x", clean(f))
print(f:write("line 1\n", 2, " ", 3.5, "\n", "0x10 077 1e1 .5 -.5e-1 +4\n") == f, f:seek("cur"), f:seek("set", 3), f:seek("end"))
for i = 1, 200 do f:write(i, i % 10 == 0 and "\n" or " ") end
print(f:close(), io.type(f), clean(f))
print(pcall(f.write, f, "x"))
print(pcall(function() f:read() end))
print(pcall(io.close, f))

f = io.open(name)
print(f:read "l", f:read "n", f:read "n", f:read "l")
print(f:read("n", "n", "n", "n", "n", "n"))
local sum = 0
while true do local n = f:read "n"; if not n then break end sum = sum + n end
print(sum, f:read "a")
f:close()

-- lines, with formats, with errors, until the end, left early
local count, bytes = 0, 0
for line in io.lines(name) do count = count + 1; bytes = bytes + #line end
print(count, bytes)
for line, char in io.lines(name, "l", 1) do if count == 0 then break end count = count - 1; if count % 10 == 0 then print(line, char) end end
for a, b in io.lines(name, 3, "L") do print(a, b); break end
print(clean(pcall(io.lines, name, "x")))
print(clean(pcall(io.lines, "/nonexistent/file")))
print(clean(pcall(function() for _ in io.lines(name, "n") do error("left", 0) end end)))
f = io.open(name)
local n = 0
for _ in f:lines() do n = n + 1 end
print(n, f:read(), io.type(f))
f:close()
print(pcall(f.lines, f))
hot.show("lines", function() local s = 0 for l in io.lines(name) do s = s + #l end return s end)
hot.show("read all", function() local h <close> = io.open(name, "rb"); local a = h:read "a"; return #a, h:seek("set"), #h:read(10), h:seek("cur"), h:seek("end", -5), h:read "a" end)
hot.show("closed", function() local h; do local c <close> = io.open(name); h = c end return io.type(h) end)

-- modes and positions
for _, mode in ipairs { "r", "w", "a", "r+", "w+", "a+", "rb", "r+b", "rw", "x", "", "rb+" } do
  local ok, h = pcall(io.open, name, mode)
  if ok and h then print(mode, clean(h:write("ab")), h:seek("set", 0), h:read(1), h:close()) else print(mode, clean(h)) end
end
f = io.open(name, "w+")
print(f:setvbuf "no", f:setvbuf("full", 100), f:setvbuf "line", pcall(f.setvbuf, f, "x"))
for i = 1, 300 do f:write(("%03d"):format(i)); if i % 50 == 0 then f:flush(); f:seek("set", i); f:write "#"; f:seek "end" end end
f:seek "set"
local text = f:read "a"
print(#text, (select(2, text:gsub("#", ""))), text:sub(45, 60))
print(f:seek("set", -1), pcall(f.seek, f, "nowhere"), pcall(f.seek, f, "set", 1.5))
print(pcall(f.read, f, "*l"), f:read "*a", pcall(f.read, f, "q"), pcall(f.read, f, {}))
f:close()

-- default files
io.output(name)
print(io.output() ~= io.stdout, clean(io.write("to the file\n", 1, "\n", 2.5, "\n")))
io.close()
print(pcall(io.write, "x"))
io.output(io.stdout)
io.input(name)
print(io.read("L", "n", "n"))
for l in io.lines() do print("rest", l) end
io.close(io.input())
print(pcall(io.read))
io.input(io.stdin)
print(clean(pcall(io.input, "/nonexistent")), clean(pcall(io.output, "/nonexistent/x")))
print(clean(io.open("/nonexistent")))
print(io.stderr:write() == io.stderr, io.stdout.seek ~= nil)
f = io.tmpfile()
f:write(("x"):rep(100000))
f:seek "set"
print(#f:read(65536), #f:read "a", f:close())

-- popen
local p = io.popen("printf 'one\\ntwo\\n'; exit 5")
print(io.type(p), p:read "l", p:read "a")
print(p:close())
p = io.popen("cat", "w")
io.stdout:flush()
p:write("through cat\n")
print(p:close())
print(pcall(io.popen, "true", "x"))
for l in io.popen("echo a; echo b"):lines() do print(l) end
os.remove(name)
print(io.write("") == io.stdout, pcall(io.write, {}), pcall(io.write, nil))
print(getmetatable(io.stdout).__name, clean(io.stdout), pcall(getmetatable(io.stdout).__index.write))
