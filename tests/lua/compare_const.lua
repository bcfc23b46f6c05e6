-- Comparisons with immediates and constants on either side (EQI, EQK, LTI, LEI, GTI, GEI), in value
-- and jump form, on changing kinds; the boundary between immediate and register forms.
local hot = require "support.hot"

local meta = { __lt = function(a, b) return hot.text(a) < hot.text(b) end, __le = function(a, b) return hot.text(a) <= hot.text(b) end,
  __eq = function() return true end }
local object = setmetatable({ tag = "object" }, meta)
local operands = { n = 24, -129, -128, -127, -1, 0, 1, 126, 127, 128, 5, 5.0, 5.5, -0.0, 0 / 0, 1 / 0, -1 / 0, math.maxinteger,
  math.mininteger, 2 ^ 63, "5", "x", object, nil, true }
local constants = { "0", "1", "-1", "5", "127", "128", "-127", "-128", "-129", "1000000", "5.0", "-0.0", "5.5", "127.0", "128.0",
  "0x7fffffffffffffff", "2^63", "'5'", "'x'", "nil", "true", "false" }
local operators = { "<", "<=", ">", ">=", "==", "~=" }

for _, op in ipairs(operators) do
  for _, k in ipairs(constants) do
    local f = hot.compile(([[
      return function(a)
        local r = a %s %s
        local s = %s %s a
        local t = 0
        if a %s %s then t = t + 1 end
        if not (%s %s a) then t = t + 2 end
        return r, s, t
      end]]):format(op, k, k, op, op, k, k, op))
    local sum = hot.sum()
    for round = 1, 4 do
      for i = 1, operands.n do
        local text = hot.try(f, operands[i])
        sum(text)
        if round == 4 and (i % 6 == 0 or text:find("error")) and #k < 5 then print(op, k, hot.text(operands[i]), text) end
      end
    end
    print(op, k, sum())
  end
end

-- loops that end by such comparisons, whose variable changes its kind on the way
local function climb(v, step)
  local n = 0
  while v < 100 do v = v + step; n = n + 1 end
  while v >= 10 do v = v - step; n = n + 1 end
  while not (v == 9) and n < 1000 do v = v + 1; n = n + 1 end
  repeat v = v - 1; n = n + 1 until v <= -5
  return n, v
end
hot.surprise("climb", climb, { { 0, 1 }, { 0.0, 1 }, { 0, 1.0 }, { 0.5, 3 }, { "0", 1 }, { 0, "2" }, { "x", 1 }, { nil, 1, n = 2 }, { -50, 7 } })

local function classify(v)
  if v == nil then return "nil" elseif v == true then return "true" elseif v == false then return "false"
  elseif v == 0 then return "zero" elseif v == 1.0 then return "one" elseif v == "s" then return "s"
  elseif v == "a long string constant, which is not interned, of more than forty characters" then return "long"
  elseif v == 1e100 then return "big" elseif v == 12345678901 then return "K" end
  return "other"
end
local long = "a long string constant, which is not interned, "
local inputs = { n = 13, nil, true, false, 0, 0.0, -0.0, 1, "s", long .. "of more than forty characters", 1e100, 12345678901, 12345678901.0, {} }
for round = 1, 30 do
  local row = {}
  for i = 1, inputs.n do row[i] = classify(inputs[i]) end
  if round % 10 == 0 then print(table.concat(row, " ")) end
end

-- names in the messages of the constant forms
local up
hot.show("local", function() local x; return x < 1 end)
hot.show("upvalue", function() return up >= 1.0 end)
hot.show("field", function() local t = {}; return 1 < t.f end)
hot.show("table", function() return {} < 1 end)
hot.show("two tables", function() return {} <= {} end)
hot.show("string number", function() return "1" < 1 end)
hot.show("number string", function() return 1 > "1" end)
