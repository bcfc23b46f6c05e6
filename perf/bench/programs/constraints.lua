-- A network of one-way constraints (sum, scale, clamp, choose), planned once per edited input.
local size = tonumber(arg and arg[1]) or 100

local function class(parent)
  local c = setmetatable({}, parent)
  c.__index = c
  return c
end

local Variable = class()
function Variable.new(value)
  return setmetatable({ value = value, users = {}, rank = 0, mark = 0 }, Variable)
end

local Constraint = class()
function Constraint.make(kind, output, inputs)
  local self = setmetatable({ output = output, inputs = inputs }, kind)
  local rank = 0
  for _, input in ipairs(inputs) do
    input.users[#input.users + 1] = self
    if input.rank > rank then
      rank = input.rank
    end
  end
  output.rank = rank + 1
  self.rank = rank
  return self
end
function Constraint:execute()
  local value = self:compute()
  if value == self.output.value then
    return false
  end
  self.output.value = value
  return true
end

local Sum = class(Constraint)
function Sum:compute()
  local total = 0
  for i = 1, #self.inputs do
    total = total + self.inputs[i].value
  end
  return total % 100003
end

local Scale = class(Constraint)
function Scale:compute()
  return (self.inputs[1].value * self.factor + self.offset) % 100003
end

local Clamp = class(Constraint)
function Clamp:compute()
  local value = self.inputs[1].value
  if value < self.low then
    return self.low
  elseif value > self.high then
    return self.high
  end
  return value
end

local Choose = class(Constraint)
function Choose:compute()
  local inputs = self.inputs
  if inputs[1].value % 2 == 0 then
    return inputs[2].value
  end
  return inputs[3].value
end

local stamp = 0
local function plan(source)
  stamp = stamp + 1
  local order, stack = {}, { source }
  while #stack > 0 do
    local variable = table.remove(stack)
    for _, constraint in ipairs(variable.users) do
      local output = constraint.output
      if output.mark ~= stamp then
        output.mark = stamp
        order[#order + 1] = constraint
        stack[#stack + 1] = output
      end
    end
  end
  -- Insertion by rank keeps the order of constraints of the same rank.
  for i = 2, #order do
    local constraint, j = order[i], i - 1
    while j >= 1 and order[j].rank > constraint.rank do
      order[j + 1] = order[j]
      j = j - 1
    end
    order[j + 1] = constraint
  end
  return order
end

local function edit(variable, values, steps)
  local order, changes = plan(variable), 0
  for step = 1, steps do
    variable.value = values(step)
    for i = 1, #order do
      if order[i]:execute() then
        changes = changes + 1
      end
    end
  end
  return changes
end

local function network(length)
  local inputs, layer = {}, {}
  for i = 1, 4 do
    inputs[i] = Variable.new(i)
    layer[i] = inputs[i]
  end
  for level = 1, length do
    local a, b, c, d = layer[1], layer[2], layer[3], layer[4]
    local scaled = Variable.new(0)
    local scale = Scale:make(scaled, { a })
    scale.factor, scale.offset = level % 5 + 2, level
    local total = Variable.new(0)
    Sum:make(total, { scaled, b, c })
    local bounded = Variable.new(0)
    local clamp = Clamp:make(bounded, { total })
    clamp.low, clamp.high = level * 3, 90000 - level
    local chosen = Variable.new(0)
    Choose:make(chosen, { total, d, scaled })
    layer = { total, chosen, bounded, a }
  end
  return inputs, layer
end

local check = 0
for round = 1, size do
  local inputs, outputs = network(12)
  for i = 1, #inputs do
    check = check + edit(inputs[i], function(step)
      return step * 7 + round + i
    end, 150)
  end
  for i = 1, #outputs do
    check = (check * 3 + outputs[i].value) % 1000000007
  end
end
print(string.format("%d", check))
