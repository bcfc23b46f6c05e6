-- Deep recursion through global functions: Ackermann, mutual recursion, a recursive power.
local size = tonumber(arg and arg[1]) or 100

function ackermann(m, n)
  if m == 0 then
    return n + 1
  end
  if n == 0 then
    return ackermann(m - 1, 1)
  end
  return ackermann(m - 1, ackermann(m, n - 1))
end

function is_even(n)
  if n == 0 then
    return true
  end
  return is_odd(n - 1)
end

function is_odd(n)
  if n == 0 then
    return false
  end
  return is_even(n - 1)
end

function power_sum(base, n)
  if n == 0 then
    return 1
  end
  return 1 + base * power_sum(base, n - 1) % 10007
end

local check = 0
for round = 1, size * 8 do
  check = (check * 3 + ackermann(2, 60 + round % 5)) % 1000000007
  for n = 1, 140 do
    if is_even(n) then
      check = check + n
    end
  end
  for base = 2, 40 do
    check = (check + power_sum(base, 120)) % 1000000007
  end
end
print(string.format("%d", check))
