-- The table library: insert, remove, concat, unpack, pack, move in all forms, on plain tables, on
-- tables with metamethods and on wrong arguments.
local hot = require "support.hot"

local function list(t) local out = {} for i = 1, #t do out[i] = hot.text(t[i]) end return "[" .. table.concat(out, ",") .. "]" end
hot.show("insert end", function() local t = {}; for i = 1, 5 do table.insert(t, i) end return list(t) end)
hot.show("insert middle", function() local t = { 1, 2, 3 }; table.insert(t, 2, "x"); table.insert(t, 1, "first"); table.insert(t, 6, "last"); return list(t) end)
hot.show("insert string position", function() local t = { 1, 2, 3 }; table.insert(t, "2", "x"); table.insert(t, 3.0, "y"); return list(t) end)
hot.show("insert bad position", function() table.insert({ 1, 2 }, 4, "x") end)
hot.show("insert position 0", function() table.insert({ 1, 2 }, 0, "x") end)
hot.show("insert fraction", function() table.insert({ 1, 2 }, 1.5, "x") end)
hot.show("insert arguments", function() table.insert({ 1 }) end)
hot.show("insert four", function() table.insert({ 1 }, 1, 2, 3) end)
hot.show("insert nil", function() local t = { 1 }; table.insert(t, nil); return #t end)
hot.show("insert into nil", function() table.insert(nil, 1) end)
hot.show("remove", function() local t = { 1, 2, 3, 4 }; local a = table.remove(t); local b = table.remove(t, 1); return a, b, list(t) end)
hot.show("remove empty", function() return table.remove {}, table.remove({}, 0), #{} end)
hot.show("remove size + 1", function() local t = { 1, 2, n = 1 }; return table.remove(t, 3), list(t) end)
hot.show("remove bad", function() return table.remove({ 1, 2, 3 }, 7) end)
hot.show("remove 0", function() local t = { [0] = "zero" }; return table.remove(t, 0), t[0] end)
hot.show("remove from string", function() table.remove "x" end)
hot.show("concat", function() return table.concat { 1, 2.5, "x" }, table.concat({ 1, 2, 3 }, ", "), table.concat({ 1, 2, 3 }, "-", 2), table.concat({ 1, 2, 3 }, "-", 2, 2), table.concat({ 1, 2, 3 }, "-", 3, 2), table.concat {} end)
hot.show("concat number sep", table.concat, { 1, 2 }, 0)
hot.show("concat nil", table.concat, { 1, nil, 3 }, ",", 1, 3)
hot.show("concat table", table.concat, { 1, {}, 3 })
hot.show("concat range", table.concat, { 1 }, ",", 1, 2)
hot.show("concat extreme", function() return table.concat({ [math.maxinteger] = "a" }, "x", math.maxinteger, math.maxinteger), table.concat({ [math.mininteger] = "b", [math.mininteger + 1] = "c" }, "", math.mininteger, math.mininteger + 1) end)
hot.show("unpack", function() return table.unpack({ 1, 2, 3 }), (table.unpack { 1, 2 }), table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2, 3 }, -1, 1) end)
hot.show("unpack none", function() return select("#", table.unpack({}, 1, 0)), select("#", table.unpack({}, 1, 3)), select("#", table.unpack({}, 5, 1)) end)
hot.show("unpack extreme", function() return table.unpack({ [math.maxinteger] = 7 }, math.maxinteger, math.maxinteger), table.unpack({}, math.maxinteger, math.mininteger) end)
hot.show("unpack too many", table.unpack, {}, 0, math.maxinteger)
hot.show("unpack all", table.unpack, {}, math.mininteger, math.maxinteger)
hot.show("unpack string", function() return pcall(table.unpack, "abc") end)
hot.show("unpack number", table.unpack, 5)
hot.show("pack", function() local t = table.pack(1, nil, 3, nil); return t.n, t[1], t[3], #table.pack(), table.pack().n end)
hot.show("move", function() local t = { 1, 2, 3, 4, 5 }; table.move(t, 1, 3, 2); return list(t), list(table.move({ 1, 2, 3, 4 }, 2, 4, 1)), list(table.move({ 1, 2, 3 }, 1, 3, 1, {})), list(table.move({ 1, 2 }, 1, 0, 5)) end)
hot.show("move overlap", function() local a, b = {}, {}; for i = 1, 10 do a[i], b[i] = i, i end return list(table.move(a, 1, 8, 3)), list(table.move(b, 3, 10, 1)) end)
hot.show("move negative", function() local t = table.move({ [-2] = "a", [-1] = "b", [0] = "c" }, -2, 0, 1); return list(t), t[-2] end)
hot.show("move too many", table.move, {}, 1, math.maxinteger, 2)
hot.show("move too many elements", table.move, {}, math.mininteger, 5, 1)
hot.show("move wrap", table.move, {}, 1, 2, math.maxinteger)
hot.show("move bad", table.move, { 1 }, 1, 2)
hot.show("move to number", table.move, { 1 }, 1, 1, 1, 5)
hot.show("next", function() return next {}, next { 10 }, next({ 10, 20 }, 1), next({ 10, 20 }, 2), next({ x = 1 }) end)
hot.show("next bad", next, {}, 1)
hot.show("next nil", next)
hot.show("length", function() return #{ 1, 2, 3 }, #{ n = 1 }, #{ 1, 2, nil }, #"abc" end)

-- with metamethods
local log
local function proxy(t) return setmetatable({}, { __index = function(_, k) log[#log + 1] = "r" .. hot.text(k); return t[k] end, __newindex = function(_, k, v) log[#log + 1] = "w" .. hot.text(k); t[k] = v end, __len = function() log[#log + 1] = "#"; return #t end }) end
local function logged(f, ...) log = {}; local r = hot.try(f, ...); return r, table.concat(log, " ") end
hot.show("proxy insert", function() local t = { 1, 2 }; local r, l = logged(table.insert, proxy(t), 2, "x"); return r, l, list(t) end)
hot.show("proxy remove", function() local t = { 1, 2, 3 }; local r, l = logged(table.remove, proxy(t), 1); return r, l, list(t) end)
hot.show("proxy concat", function() return logged(table.concat, proxy { "a", "b" }, ",") end)
hot.show("proxy unpack", function() return logged(table.unpack, proxy { "a", "b" }) end)
hot.show("proxy move", function() local t = { 1, 2 }; local r, l = logged(table.move, proxy(t), 1, 2, 2); return l, list(t) end)
hot.show("proxy sort", function() local t = { 3, 1, 2 }; local r, l = logged(table.sort, proxy(t)); return l, list(t) end)
hot.show("index only", function() return table.concat(setmetatable({}, { __index = function(_, i) return i end, __len = function() return 3 end })) end)
hot.show("no newindex needed", function() return pcall(table.insert, setmetatable({}, { __len = function() return 2 end }), "x") end)
hot.show("no metamethods", function() return pcall(table.insert, io.stdout, "x") end)
hot.show("length not integer", table.insert, setmetatable({}, { __len = function() return 1.5 end }), 1)

-- stacks, queues, buffers in hot loops
local function stack(n) local t, s = {}, 0 for i = 1, n do t[#t + 1] = i; if i % 3 == 0 then s = s + table.remove(t) * 2 end end while #t > 0 do s = s + table.remove(t) end return s end
local function queue(n) local t, s = {}, 0 for i = 1, n do table.insert(t, 1, i); if #t > 5 then s = s * 3 % 1009 + table.remove(t) end end return s, #t end
local function buffer(n) local t = {} for i = 1, n do t[#t + 1] = i % 2 == 0 and i or "s" .. i end return #table.concat(t), #table.concat(t, ", ") end
local function reverse(n) local t = {} for i = 1, n do t[i] = i end local i, j = 1, #t while i < j do t[i], t[j] = t[j], t[i]; i, j = i + 1, j - 1 end return t[1], t[n], t[n // 2] end
local function matrix(n) local a, b = {}, {} for i = 1, n do a[i], b[i] = {}, {} for j = 1, n do a[i][j], b[i][j] = i + j, i == j and 1 or j * 0.5 end end local s = 0
  for i = 1, n do for j = 1, n do local c = 0 for k = 1, n do c = c + a[i][k] * b[k][j] end s = s + c end end return s end
hot.show("stack", stack, 60)
hot.show("queue", queue, 60)
hot.show("buffer", buffer, 60)
hot.show("reverse", reverse, 50)
hot.show("matrix", matrix, 8)
