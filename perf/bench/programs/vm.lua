-- A register machine with its dispatch loop in Lua: branch chain over opcodes, and a handler table.
local size = tonumber(arg and arg[1]) or 100

local LOAD, MOVE, ADD, SUB, MUL, MOD, JUMP, JUMP_LESS, JUMP_ZERO, STORE, FETCH, HALT =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

-- Counts primes by trial division below r1; squares of them go to memory.
local program = {
  { LOAD, 2, 2 }, { LOAD, 3, 0 }, { LOAD, 8, 1 },
  { JUMP_LESS, 2, 1, 6 }, { MOVE, 0, 3 }, { HALT, 0, 0 },
  { LOAD, 4, 2 },
  { MUL, 5, 4, 4 }, { JUMP_LESS, 2, 5, 14 },
  { MOD, 6, 2, 4 }, { JUMP_ZERO, 6, 17 },
  { ADD, 4, 4, 8 }, { JUMP, 7 }, { HALT, 0, 0 },
  { MUL, 7, 2, 2 }, { STORE, 3, 7 }, { ADD, 3, 3, 8 },
  { ADD, 2, 2, 8 }, { JUMP, 3 },
}

local function run(limit)
  local r = { [0] = 0, limit, 0, 0, 0, 0, 0, 0, 0 }
  local memory, pc, steps = {}, 1, 0
  while true do
    local instruction = program[pc]
    local op, a = instruction[1], instruction[2]
    pc, steps = pc + 1, steps + 1
    if op == LOAD then
      r[a] = instruction[3]
    elseif op == MOVE then
      r[a] = r[instruction[3]]
    elseif op == ADD then
      r[a] = r[instruction[3]] + r[instruction[4]]
    elseif op == SUB then
      r[a] = r[instruction[3]] - r[instruction[4]]
    elseif op == MUL then
      r[a] = r[instruction[3]] * r[instruction[4]]
    elseif op == MOD then
      r[a] = r[instruction[3]] % r[instruction[4]]
    elseif op == JUMP then
      pc = a + 1
    elseif op == JUMP_LESS then
      if r[a] < r[instruction[3]] then
        pc = instruction[4] + 1
      end
    elseif op == JUMP_ZERO then
      if r[a] == 0 then
        pc = instruction[3] + 1
      end
    elseif op == STORE then
      memory[r[a]] = r[instruction[3]]
    elseif op == FETCH then
      r[a] = memory[r[instruction[3]]]
    else
      return r[0], steps, memory
    end
  end
end

-- The same machine; each instruction becomes a closure chosen from a table.
local handlers = {
  [LOAD] = function(r, i) r[i[2]] = i[3] end,
  [MOVE] = function(r, i) r[i[2]] = r[i[3]] end,
  [ADD] = function(r, i) r[i[2]] = r[i[3]] + r[i[4]] end,
  [SUB] = function(r, i) r[i[2]] = r[i[3]] - r[i[4]] end,
  [MUL] = function(r, i) r[i[2]] = r[i[3]] * r[i[4]] end,
  [MOD] = function(r, i) r[i[2]] = r[i[3]] % r[i[4]] end,
  [JUMP] = function(_, i) return i[2] + 1 end,
  [JUMP_LESS] = function(r, i) return r[i[2]] < r[i[3]] and i[4] + 1 or nil end,
  [JUMP_ZERO] = function(r, i) return r[i[2]] == 0 and i[3] + 1 or nil end,
  [STORE] = function(r, i) r.memory[r[i[2]]] = r[i[3]] end,
  [FETCH] = function(r, i) r[i[2]] = r.memory[r[i[3]]] end,
  [HALT] = function() return 0 end,
}

local function run_table(limit)
  local r = { [0] = 0, limit, 0, 0, 0, 0, 0, 0, 0, memory = {} }
  local pc, steps = 1, 0
  while pc ~= 0 do
    local instruction = program[pc]
    steps = steps + 1
    pc = handlers[instruction[1]](r, instruction) or pc + 1
  end
  return r[0], steps
end

local check = 0
for round = 1, size * 2 do
  local count, steps, memory = run(750 + round % 50)
  check = (check * 3 + count + steps + memory[count - 1]) % 1000000007
  count, steps = run_table(500)
  check = (check * 3 + count + steps) % 1000000007
end
print(string.format("%d", check))
