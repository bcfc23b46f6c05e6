-- Leaving and entering a trace: a loop that is traced while all elements are true; then every other
-- one is false, and the trace is left by a guard at a merge point. Prints the nanoseconds of an
-- iteration of both kinds, and how often the trace must have been left; tier 0 executes the first
-- iteration of each loop.
local BLOCKS, ITERATIONS = 101, 100000

local function loop(list)
  local sum = 0
  for i = 1, ITERATIONS do
    if list[(i & 1) + 1] then
      sum = sum + 1
    else
      sum = sum + 2
    end
  end
  return sum
end

local function nanoseconds(list)
  local start = os.clock()
  loop(list)
  return (os.clock() - start) / ITERATIONS * 1e9
end

local all, half = { true, true }, { true, false }
for _ = 1, 20 do
  nanoseconds(all)
end
local stays, leaves = {}, {}
for block = 1, BLOCKS do
  stays[block] = nanoseconds(all)
  leaves[block] = nanoseconds(half)
end
table.sort(stays)
table.sort(leaves)
local middle = BLOCKS // 2 + 1
print(string.format("%.3f %.3f %d", stays[middle], leaves[middle], BLOCKS * (ITERATIONS // 2 - 1)))
