-- require, package.loaded, preload, searchers, searchpath, cpath errors, modules that return values,
-- fail, load each other in circles, and modules written to temporary files while code is hot.
local hot = require "support.hot"

print(package.config)
print(type(package.path), type(package.cpath), package.loaded.string == string, package.loaded._G == _G, #package.searchers)
print(require "string" == string, select("#", require "string"), select(2, require "support.hot"))
for i = 1, 100 do if require "support.hot" ~= hot then print "another instance" end end

-- preload
local loads = 0
package.preload["made.up"] = function(...) loads = loads + 1; return { name = ..., extra = select(2, ...) } end
local m, where = require "made.up"
print(m.name, m.extra, where, require "made.up" == m, loads)
package.loaded["made.up"] = nil
print(require "made.up" ~= m, loads)
package.preload.nothing = function() end
print(require "nothing", package.loaded.nothing)
package.preload.no = function() return false end
print(require "no", package.loaded.no)
package.preload.setsitself = function(n) package.loaded[n] = "by itself" end
print(require "setsitself")
package.preload.fails = function() error "cannot start" end
hot.show("fails", require, "fails")
package.preload.fails0 = function() error({ tag = "object" }) end
hot.show("fails with object", require, "fails0")
package.preload.a = function() return { a = true, b = require "b" } end
package.preload.b = function() return { b = true, again = pcall(require, "c") } end
package.preload.c = function() local t = { c = true }; package.loaded.c = t; t.self = require "c" == t; return t end
print(require "a".b.again, require "c".self)

-- files
local name = os.tmpname()
os.remove(name)
os.execute("mkdir " .. name)
local function clean(s) return (tostring(s):gsub(name:gsub("%p", "%%%0"), "DIR"):gsub("/usr[^\n]*", "SYSTEM"):gsub("(SYSTEM\n?%s*)+", "%1")) end
local function write(file, text) local f = assert(io.open(name .. "/" .. file, "w")); f:write(text); f:close() end
write("m1.lua", "local n, file = ...; return { name = n, file = file ~= nil, f = function(x) return x * 2 end }")
write("m2.lua", "local m1 = require 'm1'; local M = {}; function M.g(n) local s = 0 for i = 1, n do s = s + m1.f(i) end return s end return M")
write("bad.lua", "return = 1")
write("err.lua", "local x = nil; return x.y")
write("notlua.so", "this is no library")
os.execute("mkdir " .. name .. "/sub")
write("sub/init.lua", "return 'init of ' .. ...")
write("sub/leaf.lua", "return 'leaf ' .. (...)")
package.path = name .. "/?.lua;" .. name .. "/?/init.lua"
package.cpath = name .. "/?.so"
print(require "m2".g(100), require "m1".name, require "m1".file, require "sub", (require "sub.leaf"))
hot.show("hot module function", require "m2".g, 200)
print(clean(package.searchpath("m1", package.path)), clean(package.searchpath("sub.leaf", package.path)), clean(package.searchpath("sub/leaf", package.path, "")), clean(select(2, package.searchpath("none.such", "?.x;./?.y"))))
print(clean(select(2, pcall(require, "bad"))))
print(clean(select(2, pcall(require, "err"))))
print((clean(select(2, pcall(require, "notlua"))):gsub("^(.-)\n.*", "%1")))
print(clean(select(2, pcall(require, "none.such"))))
print(clean(select(2, pcall(package.loadlib, name .. "/nothing.so", "f"))):find "cannot open" ~= nil, select(3, package.loadlib(name .. "/nothing.so", "*")))
-- reloading a module whose functions are hot
for i = 1, 40 do
  write("m1.lua", "return { f = function(x) return x * " .. i .. " end }")
  package.loaded.m1, package.loaded.m2 = nil, nil
  local s = require "m2".g(70)
  if i % 10 == 0 then print("reloaded", i, s); collectgarbage() end
end
-- searchers
table.insert(package.searchers, 2, function(n) if n:match "^virtual%." then return function(...) return table.concat({ ... }, "|") end, "extra data" end return "\n\tno virtual '" .. n .. "'" end)
print(require "virtual.thing")
print(clean(select(2, pcall(require, "neither"))))
table.remove(package.searchers, 2)
package.searchers[2] = nil
hot.show("no searchers", function() return select(2, pcall(require, "m9")) end)
local saved = package.path
package.path = nil
hot.show("no path", require, "m9")
package.path = saved
package.searchers = nil
hot.show("searchers gone", require, "m9")
hot.show("no name", require)
os.execute("rm -r " .. name)
