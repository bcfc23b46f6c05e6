-- Deoptimisation: a loop calls a function of one parameter, and once in PERIOD iterations, or never,
-- one of two. Then a guard fails in the middle of the bytecode OP_CALL, in luaD_precall, which is
-- inlined: the resume clones run the bytecode to its end. PERIOD is such that the loop is not
-- suspended for being left too often. Prints the nanoseconds of an iteration, those that a call of
-- the other function adds, and how often the trace must have been left.
local BLOCKS, PERIODS, PERIOD = 501, 100, 1024

local function one(a)
  return a
end
local function two(a, _)
  return a
end
local functions = {}
for i = 1, PERIOD do
  functions[i] = one
end

local function loop()
  local sum = 0
  for i = 1, PERIODS * PERIOD do
    sum = (sum + functions[i % PERIOD + 1](i)) * 3 & 0xffff
  end
  return sum
end

-- Of a period.
local function nanoseconds(last)
  functions[PERIOD] = last
  local start = os.clock()
  loop()
  return (os.clock() - start) / PERIODS * 1e9
end

for _ = 1, 20 do
  nanoseconds(one)
end
local stays, added = {}, {}
for block = 1, BLOCKS do
  stays[block] = nanoseconds(one)
  added[block] = nanoseconds(two) - stays[block]
end
table.sort(stays)
table.sort(added)
local middle = BLOCKS // 2 + 1
print(string.format("%.3f %.3f %d", stays[middle] / PERIOD, added[middle], BLOCKS * PERIODS))
