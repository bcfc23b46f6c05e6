-- Recursion with three arguments (Takeuchi's function) and a tail-recursive companion.
local size = tonumber(arg and arg[1]) or 100

local function tak(x, y, z)
  if y >= x then
    return z
  end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function count_down(n, total)
  if n == 0 then
    return total
  end
  return count_down(n - 1, (total + n) % 65521)
end

local check = 0
for round = 1, size * 6 do
  check = check + tak(14 + round % 2, 9, 4) + tak(12, 8, 3)
  check = (check * 3 + count_down(10000, round)) % 1000000007
end
print(string.format("%d", check))
