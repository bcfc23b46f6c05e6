-- Every binary operator on every pair of operand kinds, through one hot function for each operator,
-- so that native code meets integers, floats, strings, metamethods and errors in any order.
local hot = require "support.hot"

local meta = {}
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor",
                         "shl", "shr", "concat" } do
  meta["__" .. event] = function(a, b) return event, hot.text(a), hot.text(b) end
end
local object = setmetatable({ tag = "object" }, meta)
local plain = { tag = "plain" }

local operands = { n = 26,
  0, 1, -1, 2, 7, -7, 63, 64, math.maxinteger, math.mininteger, 0.0, -0.0, 1.5, -2.5, 3.0, 2 ^ 53, 1e308,
  1 / 0, 0 / 0, "10", "0x1p4", " 3.5 ", "abc", object, plain, nil,
}

local operators = {
  { "+", function(a, b) return a + b end }, { "-", function(a, b) return a - b end },
  { "*", function(a, b) return a * b end }, { "/", function(a, b) return a / b end },
  { "%", function(a, b) return a % b end }, { "^", function(a, b) return a ^ b end },
  { "//", function(a, b) return a // b end }, { "&", function(a, b) return a & b end },
  { "|", function(a, b) return a | b end }, { "~", function(a, b) return a ~ b end },
  { "<<", function(a, b) return a << b end }, { ">>", function(a, b) return a >> b end },
  { "..", function(a, b) return a .. b end },
}

for _, operator in ipairs(operators) do
  local name, f = operator[1], operator[2]
  local sum = hot.sum()
  for i = 1, operands.n do
    for j = 1, operands.n do
      local a, b = operands[i], operands[j]
      local text = hot.try(f, a, b)
      print(hot.text(a), name, hot.text(b), text)
      sum(text)
    end
  end
  -- the same in the other order of types, now that everything is compiled
  for j = operands.n, 1, -1 do
    for i = 1, operands.n do sum(hot.try(f, operands[i], operands[j])) end
  end
  print(name, sum())
end

-- Operands in locals that are overwritten, in upvalues, in fields, and results that land on operands.
local up = 3
local function places(a, b, t)
  local x = a
  x = x + b
  x = x - t.f
  t.f = t.f + x
  up = up + x
  t[1] = t[1] * 2 + up % 7
  a, b = b - x, a + x
  return x, a, b, t.f, up, t[1]
end
for _, start in ipairs { 1, 1.5, "4" } do
  local t = { f = start, 5 }
  up = start
  for i = 1, 200 do
    local result = hot.texts(places(i, start, t))
    if i % 40 == 0 then print("places", i, result) end
    if math.abs(t.f) > 1e12 then t.f = start end
    if math.abs(up) > 1e12 then up = start end
    if math.abs(t[1]) > 1e12 then t[1] = 5 end
  end
end
