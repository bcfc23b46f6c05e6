-- Operators with a constant or an immediate operand on either side (the K and I forms of the
-- instructions), each compiled from text, run over operands whose kinds change.
local hot = require "support.hot"

local meta = {}
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor",
                         "shl", "shr", "concat" } do
  meta["__" .. event] = function(a, b) return event .. ":" .. hot.text(a) .. ":" .. hot.text(b) end
end
local object = setmetatable({ tag = "object" }, meta)

local constants = { "0", "1", "-1", "2", "3", "127", "128", "-127", "-128", "255", "65536", "-65537",
                    "0x7fffffffffffffff", "0.0", "1.0", "-3.0", "2.5", "1e300", "'7'", "'x'", "nil" }
local operators = { "+", "-", "*", "/", "%", "^", "//", "&", "|", "~", "<<", ">>", ".." }
local operands = { 5, -5, 0, math.maxinteger, math.mininteger, 2.5, -0.0, 4.0, 1e100, 1 / 0, 0 / 0, "12",
                   "0x10", "1e1", "zz", object, false, print }

for _, op in ipairs(operators) do
  for _, k in ipairs(constants) do
    local right = hot.compile("return function(a) return a " .. op .. " " .. k .. " end")
    local left = hot.compile("return function(a) return " .. k .. " " .. op .. " a end")
    local sum = hot.sum()
    for round = 1, 5 do
      for i = 1, #operands do
        local r, l = hot.try(right, operands[i]), hot.try(left, operands[i])
        sum(r, l)
        if round == 5 and i % 4 == 1 then print(op, k, hot.text(operands[i]), r, l) end
      end
    end
    print(op, k, sum())
  end
end

-- The same forms inside a loop of one activation: the operand changes its kind on the way.
for _, op in ipairs(operators) do
  for _, k in ipairs { "3", "-2", "100000", "1.5", "'3'" } do
    local loop = hot.compile(([[
      return function(values, times)
        local last
        for i = 1, times do
          local v = values[i * #values // times + (i < times and 1 or 0)]
          last = v %s %s
          last = %s %s v
        end
        return last
      end]]):format(op, k, k, op))
    print("loop", op, k,
          hot.try(loop, { 7, 8 }, 100),
          hot.try(loop, { 7, 8.25 }, 100),
          hot.try(loop, { 6, 8.0, 3, "9", 5 }, 200),
          hot.try(loop, { 6, 8.0, object, 11, object }, 200),
          hot.try(loop, { 6, 7, {}, 8 }, 200))
  end
end

-- Operations that the compiler could fold, and those it must not.
local function folded()
  return 3 + 4, 7 // 2, 7.0 // 2, -7 // 2, 7 % -3, 2 ^ 10, 1 << 62, 1 << 63, 1 << 64, ~0, -(-3), 5 // 0.0,
    -5 % math.huge, 3 | 4.0, "a" .. "b" .. 1, 0x7fffffffffffffff + 1, not nil, #"abc"
end
hot.show("folded", folded)
hot.show("by zero", function() return 1 // 0 end)
hot.show("mod zero", function() return 1 % 0 end)
hot.show("minus zero", function() return -0.0, 0.0, 0 // -1, -0.0 + 0, 0.0 * -1 end)
hot.show("no integer", function() return 1.5 | 1 end)
hot.show("no integer k", function() return 2 ^ 70 & 1 end)
hot.show("string shift", function() return "3" << 1, 1 << "3", "0x10" >> 2 end)
hot.show("string band", function() return "3" & "6", "7.0" | 0 end)
hot.show("bad string band", function() return "3.5" & 1 end)
