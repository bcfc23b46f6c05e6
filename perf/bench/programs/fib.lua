-- Plain recursion: a local function that calls itself twice.
local size = tonumber(arg and arg[1]) or 100

local function fib(n)
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

local check = 0
for round = 1, size * 6 do
  check = (check * 3 + fib(19 + round % 3)) % 1000000007
end
print(string.format("%d", check))
