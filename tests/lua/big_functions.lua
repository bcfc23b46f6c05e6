-- Functions at the limits of the instruction formats: more constants than fit an operand (LOADKX), keys
-- and methods beyond the first 256 constants, 200 locals, 255 upvalues, far jumps, thousands of
-- nested functions, tens of thousands of instructions.
local hot = require "support.hot"

local function repeated(n, f, separator)
  local t = {}
  for i = 1, n do t[i] = f(i) end
  return table.concat(t, separator or "\n")
end

-- more than 2^17 constants: the last ones need LOADKX; they are used in every position
local huge = hot.compile("local t = {}\nlocal function fill() " .. "return {" .. repeated(131200, function(i) return i .. ".5" end, ",") ..
  "} end\nreturn fill, function(x) local a, b = 'past', 1234567.25; local r = a .. x; if x == 99.125 then b = b + 77.0625 end return r, b, b < 4711.5, t.field, { key = x, a } end")
local values = huge()
local sum = 0
for i = 1, #values, 997 do sum = sum + values[i] end
print(#values, values[1], values[131072], values[131073], values[131200], sum)
local one = hot.compile("return function(n) local s = 0 for i = 1, n do\n" .. repeated(131080, function(i) return i < 131075 and "" or ("s = s + %d.25"):format(i) end, " ") ..
  "\nlocal k = " .. repeated(30, function(i) return ("'%dx'"):format(i) end, " .. ") .. "; s = s + #k end return s end")
print(one(50))
local parts = { "local f = function(x) local t = {}\n" }
for i = 1, 66000 do parts[#parts + 1] = "t[1]=" .. i .. ".125 " .. "t[2]='" .. i .. "k'\n" end
parts[#parts + 1] = "local a = 999999.0625; local b = 'the last constant'; return t[1], t[2], a + x, b .. x, x < 888888.5, t.nokey end return f"
local many = hot.compile(table.concat(parts))
print(hot.try(many, 1), hot.try(many, 2.5), hot.try(many, "7"))

-- keys, methods and operands whose constant index needs a register
local wide = hot.compile("return function(o, x) local s = 0\n" .. repeated(300, function(i) return ("s = s + o.f%d"):format(i) end) ..
  "\nfor i = 1, 3 do s = s + o:method(x) + o.late; o.later = s; o[x] = o.later end s = s - 12345.678 + 12345.678; if x == 'never used elsewhere' then s = 0 end return s, o.later, nosuch == nil end")
local object = { late = 5 }
for i = 1, 300 do object["f" .. i] = i end
function object:method(x) return self.f300 + (tonumber(x) or 0) end
hot.surprise("wide", wide, { { object, 1 }, { object, 2.5 }, { object, "3" }, { object, "never used elsewhere" }, { setmetatable({}, { __index = object }), 1 }, { {}, 1 } })
object.f299 = "299"
hot.show("wide string field", wide, object, 1)
object.f299 = nil
hot.show("wide missing field", wide, object, 1)

-- all registers: 200 locals, deep expressions, calls with many arguments
local locals = hot.compile("return function(x) " .. repeated(190, function(i) return ("local l%d = x + %d"):format(i, i) end) .. "\nfor i = 1, 5 do l190 = l190 + l1; l1 = l100 end return l1, l100, l190 end")
hot.surprise("locals", locals, { { 1 }, { 0.5 }, { "1" }, { {} }, { 2 } })
local right = hot.compile("return function(x) return " .. ("(x + "):rep(60) .. "0" .. (")"):rep(60) .. " end")
local left = hot.compile("return function(x) return " .. ("x * 1 + "):rep(500) .. "0 end")
hot.surprise("expressions", function(x) return right(x), left(x) end, { { 1 }, { 1.5 }, { "2" }, { math.maxinteger }, { false } })

-- 250 upvalues
local ups = hot.compile(repeated(5, function(k) return "local " .. repeated(38, function(i) return ("u%d_%d"):format(k, i) end, ",") .. " = " .. repeated(38, function(i) return tostring(k * i) end, ",") end) ..
  "\nreturn function(x) u1_1 = u1_1 + x; u5_38 = u5_38 + u1_1; return u1_1, u5_38, " .. repeated(5, function(k) return repeated(38, function(i) return ("u%d_%d"):format(k, i) end, "+") end, "+") .. " end")
for i = 1, 100 do local a, b, c = ups(i); if i % 25 == 0 then print(a, b, c) end end

-- branches over more than 32767 instructions, in both directions, entered in the middle
local far = hot.compile("return function(n) local s, i = 0, 0 ::top:: i = i + 1 if i > n then goto out end if i % 2 == 0 then goto middle end\n" ..
  repeated(12000, function(i) return ("s = (s + %d) %% 1000003"):format(i) end) .. "\n::middle::\n" .. repeated(12000, function(i) return ("s = s ~ %d"):format(i) end) .. "\ngoto top ::out:: return s end")
print(far(0), far(1), far(2), far(7))
print(far(5.0), hot.try(far, {}))

-- many small functions in one chunk, and deep nesting
local small = hot.compile("return {" .. repeated(2500, function(i) return ("function(x) return x %s %d end"):format(({ "+", "-", "*", "//", "%" })[i % 5 + 1], i) end, ",") .. "}")
local total = 0
for round = 1, 4 do for i = 1, #small do total = (total + small[i](round * 1000)) % 1000000007 end end
print(#small, total)
local nested = load("local x = ... " .. ("return (function(...) "):rep(60) .. "x = x + 1 return x, ..." .. (" end)(...)"):rep(60))
for i = 1, 100 do if i % 50 == 0 then print(nested(i, "more")) else nested(i) end end
