-- The rest of the base library: assert, select, next, ipairs, pairs, rawX, tostring, type, print,
-- dofile, loadfile, require of the neighbours, collectgarbage options, _VERSION, warn.
-- stderr: any
local hot = require "support.hot"

hot.show("type", function() return type(1), type "x", type(nil), type(true), type {}, type(print), type(io.stdout), type(coroutine.create(print)) end)
hot.show("type none", type)
hot.show("tostring none", tostring)
hot.show("print", function() return select("#", print == nil), _VERSION, _G._G == _G, _ENV == _G end)
for i = 1, 3 do print(i, 1.0, "x", nil, true, -0.0, 1e100, 2 ^ 53, setmetatable({}, { __tostring = function() return "custom" .. i end })) end
print()
print("", "")
print(pcall(print, setmetatable({}, { __tostring = function() return {} end })))
print(pcall(print, setmetatable({}, { __name = "N", __tostring = function() error("in tostring", 0) end })))

hot.show("rawequal", function() return rawequal(1, 1.0), rawequal("a", "a"), rawequal({}, {}), rawequal(nil, false) end)
hot.show("rawequal one", rawequal, 1)
hot.show("rawset", function() local t = rawset({}, "k", 1); return t.k end)
hot.show("rawset nil", rawset, {}, nil, 1)
hot.show("rawset nan", rawset, {}, 0 / 0, 1)
hot.show("rawget two", rawget, {})
hot.show("getmetatable", function() return getmetatable({}), getmetatable("x") == getmetatable("y"), getmetatable(1) end)
hot.show("ipairs any", function() local n = 0 for i, v in ipairs("abc") do n = n + i end return n end)
hot.show("ipairs nil", ipairs, nil)
hot.show("pairs nil", pairs, nil)
hot.show("next order", function() local t = { 1, 2, 3 }; local out = {} local k, v = next(t) while k do out[#out + 1] = k * v; k, v = next(t, k) end return table.concat(out, ",") end)

-- collectgarbage: kinds of results, not amounts
hot.show("collectgarbage", function() return collectgarbage(), collectgarbage "collect", math.type(collectgarbage "count"), collectgarbage "count" > 0, collectgarbage "isrunning" end)
hot.show("collectgarbage bad", collectgarbage, "nonsense")
hot.show("collectgarbage number", collectgarbage, 5)
collectgarbage "stop"
print(collectgarbage "isrunning")
collectgarbage "restart"
print(collectgarbage "isrunning")
print(collectgarbage "generational", collectgarbage "generational", collectgarbage "incremental", collectgarbage "incremental")

-- files with code
local name = os.tmpname()
local function write(text) local f = assert(io.open(name, "wb")); f:write(text); f:close() end
local function clean(...) local t = table.pack(...); for i = 1, t.n do if type(t[i]) == "string" then t[i] = t[i]:gsub(name:gsub("%p", "%%%0"), "FILE") end end return table.unpack(t, 1, t.n) end
write "local a, b = ... ; return a, b, 'end'"
print(dofile(name))
print(loadfile(name)(1, 2))
for i = 1, 100 do local f = loadfile(name); if select("#", f(i)) ~= 3 then print "wrong" end end
write "#!/usr/bin/lua\nreturn 'after the first line', debug.getinfo(1, 'l').currentline"
print(dofile(name))
write "# only a comment"
print(dofile(name))
write "\xEF\xBB\xBFreturn 'byte order mark'"
print(dofile(name))
write "return x, _ENV.y"
print(loadfile(name, "t", { x = 1, y = 2 })())
print(clean(loadfile(name, "b")))
write "x = = 1"
print(clean(loadfile(name)))
print(clean(pcall(dofile, name)))
write "error('in file')"
print(clean(pcall(dofile, name)))
write "error()"
print(clean(pcall(dofile, name)))
write(string.dump(function(...) local s = 0 for i = 1, 100 do s = s + i end return s, ... end))
print(dofile(name))
print(loadfile(name)(1, 2))
print(clean(loadfile(name, "t")))
write("#comment\n" .. string.dump(function() return "binary after a comment" end))
print(dofile(name))
write ""
print(dofile(name))
os.remove(name)
print(clean(loadfile(name)))
print(clean(pcall(dofile, name)))
print(pcall(dofile, {}))

-- warnings
warn "@on"
warn "one warning"
warn("in ", "three ", "pieces")
print(pcall(warn), pcall(warn, {}), pcall(warn, "a", nil))
warn "@unknown"
warn "@off"
warn "silent"
warn "@on"
for i = 1, 3 do warn("number ", i) end

-- global functions replaced while code that uses them is hot
local real = tostring
local function join(n) local s = "" for i = 1, n do s = s .. tostring(i) .. type(i):sub(1, 1) end return s end
hot.show("join", join, 10)
tostring = function(v) return "<" .. real(v) .. ">" end
hot.show("join replaced", join, 10)
tostring = setmetatable({}, { __call = function(_, v) return real(v) end })
hot.show("join callable", join, 10)
tostring = nil
hot.show("join nil", join, 10)
tostring = real
hot.show("join again", join, 10)
local realtype = type
type = function(v) return v == 5 and "five" or realtype(v) end
hot.show("join type", join, 10)
type = realtype
setmetatable(_G, { __index = function(_, k) return "global " .. k end, __newindex = function(t, k, v) rawset(t, k, v .. "!") end })
hot.show("globals", function() fresh = "v"; local r = fresh; fresh = nil; rawset(_G, "fresh", nil); return r, unknown, rawget(_G, "unknown") end)
setmetatable(_G, nil)
hot.show("globals plain", function() return unknown end)
