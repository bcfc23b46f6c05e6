-- Error messages that name variables: local, upvalue, global, field, method, constant, for loop,
-- metamethods; for every operation, in hot functions, in chunks with odd names and long sources.
local hot = require "support.hot"

local nilup, tableup, stringup = nil, {}, "text"
local object = { field = {}, text = "t", sub = { sub = {} } }
globaltable = {}

local tests = {
  -- calls
  { "call local", function() local f; f() end }, { "call upvalue", function() nilup() end }, { "call global", function() undefinedfunction(1) end },
  { "call field", function() object.missing() end }, { "call sub field", function() object.sub.missing(1, 2) end },
  { "call method", function() object:missing() end }, { "call method on string", function() stringup:missing() end },
  { "call string literal method", function() ("x"):nomethod() end }, { "call result", function() hot.text()() end },
  { "call index", function() object[1]() end }, { "call computed", function(k) object[k]() end, "key" }, { "call global field", function() math.nothing() end },
  { "call number", function() local n = 5; n() end }, { "call tail", function() return object.missing() end }, { "call tail upvalue", function() return nilup() end },
  { "call vararg", function(...) (...)() end, 1 }, { "call env", function() local _ENV = { x = 1 }; x() end }, { "call nested", function() object.sub.sub.x.y() end },
  -- indexing
  { "index local", function() local t; return t.x end }, { "index upvalue", function() return nilup.x end }, { "index global", function() return undefinedtable.x end },
  { "index field", function() return object.missing.x end }, { "index int", function() return object[1].x end }, { "index by upvalue", function() return object[stringup].x end },
  { "index const", function() local k <const> = "name"; return object[k].x end }, { "index by local", function(k) return object[k].x end, "key" },
  { "index number key", function() return object[1.5].x end }, { "index bool", function() local b = true; return b.x end },
  { "index method result", function() return object.text:upper().x.y end }, { "set local", function() local t; t.x = 1 end }, { "set upvalue", function() nilup.x = 1 end },
  { "set global", function() undefinedtable.x = 1 end }, { "set field", function() object.missing.x = 1 end }, { "set int", function() object.missing[1] = 1 end },
  { "set env", function() local _ENV = nil; x = 1 end }, { "get env", function() local _ENV = nil; return x end }, { "set string", function() stringup.x = 1 end },
  -- arithmetic
  { "add local", function() local a = {}; return a + 1 end }, { "add second", function(a, b) return a + b end, 1, {} }, { "add upvalue", function() return 1 + tableup end },
  { "add global", function() return globaltable + 1 end }, { "add field", function() return object.field + 1 end }, { "add string", function() return "abc" + 1 end },
  { "sub nil", function() return nilup - 1 end }, { "sub constant left", function(a) return 10 - a end, {} }, { "mul field", function() return 2 * object.missing end },
  { "div bool", function(a) return a / 2 end, true }, { "mod function", function(a) return a % 2 end, print }, { "pow nil", function(a) return 2 ^ a end },
  { "idiv string", function(a) return a // 2 end, "x" }, { "unm table", function(a) return -a end, {} }, { "band float", function(a) return a & 1 end, 1.5 },
  { "bor string", function(a) return a | 1 end, "1.5" }, { "shl nil", function(a) return a << 1 end }, { "bnot table", function() return ~object.field end },
  { "bxor huge", function(a) return a ~ 1 end, 2 ^ 80 }, { "len nil", function() return #nilup end }, { "len number", function(a) return #a end, 5 },
  { "len field", function() return #object.missing end }, { "concat local", function(a) return "x" .. a end, {} }, { "concat field", function() return object.field .. "x" end },
  { "concat upvalue", function() return stringup .. nilup end }, { "concat middle", function(a) return "x" .. a .. "y" end, true },
  { "modulo zero", function(a) return 1 % a end, 0 }, { "divide zero", function(a) return a // 0 end, 1 }, { "element arithmetic", function(t) return t[1] + t[2] end, { 1 } },
  { "loop element", function(t) local s = 0; for i = 1, 3 do s = s + t[i] end return s end, { 1, 2 } },
  -- comparisons
  { "lt nil", function(a) return a < 1 end }, { "lt mixed", function(a, b) return a < b end, 1, "2" }, { "le tables", function(a, b) return a <= b end, {}, {} },
  { "gt functions", function(a, b) return a > b end, print, 5 }, { "ge nil nil", function(a, b) return a >= b end }, { "lt bool", function(a) return 1 < a end, true },
  -- loops
  { "for initial", function() for _ = "x", 2 do end end }, { "for limit", function() for _ = 1, {} do end end }, { "for step", function() for _ = 1, 2, nilup do end end },
  { "for step zero", function() for _ = 1, 2, 0 do end end }, { "for in nil", function() for _ in nilup do end end }, { "for in table", function() for _ in object do end end },
  { "for in field", function() for _ in object.missing do end end },
  -- C functions name themselves and the argument
  { "bad argument", function() string.rep() end }, { "bad self", function() ("x"):rep({}) end }, { "bad method", function() object.text:rep(nil) end },
  { "bad global", function() setmetatable(1, {}) end }, { "bad local", function() local f = string.format; f("%d", "x") end }, { "bad upvalue", function() local f = math.floor; return (function() return f {} end)() end },
  { "bad tail", function() return ipairs() end }, { "bad pcall", function() return select(2, pcall(string.byte)) end }, { "bad integer", function() return ("x"):rep(1.5) end },
  { "bad io", function() io.open() end }, { "bad file", function() io.stdout.write(1) end }, { "bad file method", function() io.stdout:seek("nowhere") end },
  { "bad table", function() table.concat({ 1, {}, 3 }) end }, { "bad insert", function() table.insert({}, 5, 1) end }, { "bad char", function() string.char(256) end },
  { "bad select", function() select(0) end }, { "bad tonumber", function() tonumber("1", 99) end }, { "bad coroutine", function() coroutine.resume(print) end },
}
for _, t in ipairs(tests) do hot.show(t[1], t[2], t[3], t[4]) end

-- metamethods: the names of events
local broken = setmetatable({}, { __index = 5, __newindex = false, __call = {}, __add = 1, __lt = "s", __le = {}, __concat = 2, __len = 3, __unm = true, __eq = 1, __close = 4 })
for name, f in pairs { a = function(o) return o.x end } do hot.show(name, f, broken) end
for _, f in ipairs { function(o) o.x = 1 end, function(o) return o() end, function(o) return o + 1 end, function(o) return o < o end, function(o) return o <= 1 end,
  function(o) return o .. "" end, function(o) return #o end, function(o) return -o end, function(o) return o == setmetatable({}, getmetatable(o)) end,
  function(o) local c <close> = o end, function() return setmetatable({}, { __index = function(_, k) return k + 1 end }).key end } do
  hot.show("event", f, broken)
end

-- chunk names
for _, name in ipairs { "=name", "@file.lua", "code", "return 1\nmore", ("long"):rep(30), "=" .. ("n"):rep(80), "@" .. ("/dir"):rep(30), "", "=", "@", "=[C]" } do
  local f = load("local a = ... return a + nosuch", name)
  hot.show("chunk", f, 1)
end
