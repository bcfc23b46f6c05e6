-- Comparisons of every pair of kinds: value contexts, jump contexts, negated, in loops; with
-- metamethods that return anything, and errors.
local hot = require "support.hot"

local log = {}
local function note(what, r) return function(a, b) log[#log + 1] = what .. hot.text(a) .. "," .. hot.text(b); return r end end
local yes = setmetatable({ tag = "yes" }, { __lt = note("lt", 1), __le = note("le", "x"), __eq = note("eq", 0) })
local no = setmetatable({ tag = "no" }, { __lt = note("lt", nil), __le = note("le", false), __eq = note("eq", nil) })
local bare = { tag = "bare" }
local values = { n = 26, 0, 1, -1, 2, math.maxinteger, math.mininteger, 0.0, -0.0, 1.0, 1.5, -1.5, 2 ^ 53, 2 ^ 63, -2 ^ 63,
  1 / 0, -1 / 0, 0 / 0, "a", "b", "", "10", yes, no, bare, nil, true }

local forms = {
  { "<", function(a, b) return a < b end }, { "<=", function(a, b) return a <= b end },
  { ">", function(a, b) return a > b end }, { ">=", function(a, b) return a >= b end },
  { "==", function(a, b) return a == b end }, { "~=", function(a, b) return a ~= b end },
  { "if <", function(a, b) if a < b then return "then" else return "else" end end },
  { "if not <=", function(a, b) if not (a <= b) then return "then" end return "end" end },
  { "and >", function(a, b) return a > b and "and" or "or" end },
  { "or >=", function(a, b) return a >= b or "or" end },
  { "if ==", function(a, b) if a == b then return "then" end return "end" end },
  { "while ~=", function(a, b) local n = 0 while a ~= b and n < 3 do n = n + 1 end return n end },
  { "until ==", function(a, b) local n = 0 repeat n = n + 1 until a == b or n == 3 return n end },
  { "pair", function(a, b) return not (a < b) == (a >= b), a < b, b < a end },
}
for _, form in ipairs(forms) do
  local name, f = form[1], form[2]
  local sum = hot.sum()
  for i = 1, values.n do
    local row = {}
    for j = 1, values.n do
      local text = hot.try(f, values[i], values[j])
      sum(text)
      row[j] = text:find("error") and "E" or text
      if text:find("error") and (i + j) % 7 == 0 then print(name, hot.text(values[i]), hot.text(values[j]), text) end
    end
    print(name, hot.text(values[i]), table.concat(row, " "))
  end
  print(name, sum(), #log, log[#log])
  log = {}
end

-- strings: order by locale "C", embedded zeros, prefixes
local strings = { "", "\0", "a", "a\0", "a\0a", "a\0b", "aa", "ab", "B", "~", "\127", "\128", "\255", "a\255" }
local sum = hot.sum()
for round = 1, 3 do
  for _, a in ipairs(strings) do
    local row = {}
    for _, b in ipairs(strings) do row[#row + 1] = a < b and "<" or a == b and "=" or ">" end
    sum(table.concat(row))
    if round == 3 then print(("%q"):format(a), table.concat(row)) end
  end
end
print(sum())

-- kinds change between iterations of one loop
local function count(list, limit)
  local less, equal = 0, 0
  for i = 1, #list do
    if list[i] < limit then less = less + 1 end
    if list[i] == limit then equal = equal + 1 end
    if limit <= list[i] then less = less - 1 end
  end
  return less, equal
end
local list = {}
for i = 1, 120 do list[i] = i end
print("ints", count(list, 60))
for i = 61, 120 do list[i] = i + 0.5 end
print("floats late", count(list, 60), count(list, 60.5))
list[100] = yes
print("meta", hot.try(count, list, 60))
list[110] = "s"
print("string", hot.try(count, list, 60))
for i = 1, 120 do list[i] = tostring(i) end
print("strings", hot.try(count, list, "60"), hot.try(count, list, 60))
