-- A loop with a branch and a call, and errors that leave it.
local function step(i, sum)
  if i % 3 == 0 then
    return sum + i
  end
  return sum - 1
end

local function run(count, bad)
  local sum = 0
  for i = 1, count do
    sum = step(i, sum)
    if i == bad then
      error("at " .. i)
    end
  end
  return sum
end

print(run(200))
for bad = 1, 30 do
  print(pcall(run, 30, bad))
end
print(run(200, 150 + 100))
