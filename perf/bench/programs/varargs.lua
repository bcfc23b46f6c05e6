-- Variable arguments: select, packing and unpacking, forwarding, multiple results.
local size = tonumber(arg and arg[1]) or 100
local unpack = table.unpack or unpack

local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do
    total = total + (select(i, ...))
  end
  return total
end

local function sum_packed(...)
  local total, values = 0, { ... }
  for i = 1, #values do
    total = total + values[i]
  end
  return total
end

local function sum_recursive(first, ...)
  if first == nil then
    return 0
  end
  return first + sum_recursive(...)
end

local function forward(f, ...)
  return f(...)
end

local function bind(f, ...)
  local count, bound = select("#", ...), { ... }
  return function(...)
    if count == 1 then
      return f(bound[1], ...)
    end
    return f(bound[1], bound[2], ...)
  end
end

local function divide(a, b)
  local rest = a % b
  return (a - rest) / b, rest
end

local function rotate(a, b, c, d)
  return b, c, d, a
end

local check = 0
for round = 1, size * 3 do
  for i = 1, 900 do
    check = check + sum(i, 2, 3, round) + sum_packed(i, i, 4) + sum_recursive(i, 5, 6, 7)
    check = check + forward(sum, i, forward(rotate, 1, 2, 3, i))
    local quotient, rest = divide(i * 13, 7)
    check = check + quotient * 2 + rest
    check = check + math.max(rotate(i, quotient, rest, 5)) + math.min(i, 3, rest)
  end
  local three = bind(sum, 3)
  local four_five = bind(sum_packed, 4, 5)
  local list = {}
  for i = 1, 20 do
    list[i] = i * round % 31
  end
  for i = 1, 300 do
    check = check + three(i, i) + four_five(i) + sum(unpack(list, 1, i % 12 + 1))
  end
  check = check % 1000000007
end
print(string.format("%d", check))
