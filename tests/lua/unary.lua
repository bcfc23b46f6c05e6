-- Unary minus, not, length and bitwise not on every kind of operand; tests and their values.
local hot = require "support.hot"

local rich = setmetatable({ tag = "rich" }, {
  __unm = function(a, b) return "unm", rawequal(a, b) end,
  __len = function(a) return "len of " .. hot.text(a) end,
  __bnot = function() return "bnot" end,
})
local counted = setmetatable({ 1, 2, 3, tag = "counted" }, { __len = function(t) return rawlen(t) * 10 end })
local values = { n = 22, 0, 1, -1, math.mininteger, math.maxinteger, 0.0, -0.0, 1.5, 1 / 0, "12", "0x7fffffffffffffff", "1e2", " -3 ",
  "text", "", nil, true, false, { 1, 2, 3, tag = "array" }, rich, counted, print }

local unary = {
  { "-", function(a) return -a end }, { "~", function(a) return ~a end },
  { "#", function(a) return #a end }, { "not", function(a) return not a end },
  { "- -", function(a) return - -a end }, { "not not", function(a) return not not a end },
  { "#..", function(a) return #a .. "" end },
}
for _, u in ipairs(unary) do
  for round = 1, 8 do
    for i = 1, values.n do
      local text = hot.try(u[2], values[i])
      if round == 8 then print(u[1], hot.text(values[i]), text) end
    end
  end
end

-- truth in every position
local function truth(v)
  local a = v and 1
  local b = v or 2
  local c = not v and 3
  local d = v and v or 4
  local e = (v == nil) and "nil" or (v == false) and "false" or "true"
  local f = 0
  if v then f = f + 1 end
  if not v then f = f + 2 end
  while not v do f = f + 4; break end
  repeat f = f + 8 until v or f > 20
  local g = not (v and f) == (not v or not f)
  return a, b, c, d, e, f, g
end
for round = 1, 20 do
  for i = 1, values.n do
    local text = hot.try(truth, values[i])
    if round == 20 then print("truth", hot.text(values[i]), text) end
  end
end

-- length while tables and strings grow
local function grow(n)
  local t, s, sum = {}, "", 0
  for i = 1, n do
    t[#t + 1] = i
    s = s .. (i % 10)
    sum = sum + #t * #s
  end
  for _ = 1, n // 2 do t[#t] = nil; sum = sum - #t end
  return sum, #t, #s
end
hot.show("grow", grow, 60)

-- negation chains in a loop whose operand changes its kind
local function flip(v, n)
  for i = 1, n do
    v = -v
    if i == n // 2 and math.type(v) == "integer" then v = v + 0.0 end
  end
  return v
end
hot.surprise("flip", flip, { { 5, 100 }, { 5.5, 101 }, { "6", 7 }, { math.mininteger, 3 }, { "z", 3 }, { nil, 3, n = 2 }, { 0, 4 }, { 0.0, 5 } })

hot.show("len error", function() local n = 5; return #n end)
hot.show("len error field", function() local t = { x = true }; return #t.x end)
hot.show("unm error", function() local s = "abc"; return -s end)
hot.show("unm nil global", function() return -undefinedglobal end)
hot.show("unm nil upvalue", function() return -rich.nothing end)
