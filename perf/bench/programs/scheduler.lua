-- An operating system in small: tasks of several classes, priorities, message queues, devices.
local size = tonumber(arg and arg[1]) or 100

local Task = {}
Task.__index = Task
function Task.extend(parent)
  local class = setmetatable({}, parent)
  class.__index = class
  return class
end
function Task.create(class, kernel, name, priority)
  local task = setmetatable({ kernel = kernel, name = name, priority = priority }, class)
  task.ready, task.inbox_head, task.inbox_tail, task.runs = true, nil, nil, 0
  kernel:add(task)
  return task
end
function Task:send(message)
  message.next = nil
  if self.inbox_tail then
    self.inbox_tail.next = message
  else
    self.inbox_head = message
  end
  self.inbox_tail = message
  self.ready = true
end
function Task:receive()
  local message = self.inbox_head
  if message then
    self.inbox_head = message.next
    if not message.next then
      self.inbox_tail = nil
    end
  end
  return message
end
function Task:run()
  self.runs = self.runs + 1
  if not self:step() then
    self.ready = false
  end
end

local Kernel = {}
Kernel.__index = Kernel
function Kernel.new()
  return setmetatable({ tasks = {}, clock = 0, delivered = 0 }, Kernel)
end
function Kernel:add(task)
  local tasks = self.tasks
  local at = #tasks + 1
  while at > 1 and tasks[at - 1].priority < task.priority do
    tasks[at] = tasks[at - 1]
    at = at - 1
  end
  tasks[at] = task
end
function Kernel:pick()
  for i = 1, #self.tasks do
    local task = self.tasks[i]
    if task.ready then
      return task
    end
  end
end
function Kernel:loop(limit)
  while self.clock < limit do
    local task = self:pick()
    if not task then
      return
    end
    self.clock = self.clock + 1
    task:run()
  end
end

local Idle = Task:extend()
function Idle:step()
  self.seed = (self.seed or 1) * 16807 % 2147483647
  local device = self.devices[self.seed % #self.devices + 1]
  device:interrupt()
  return true
end

local Device = Task:extend()
function Device:interrupt()
  self.pending = (self.pending or 0) + 1
  self.ready = true
end
function Device:step()
  if (self.pending or 0) == 0 then
    return false
  end
  self.pending = self.pending - 1
  local message = self:receive()
  if message then
    message.data = (message.data * 5 + #self.name) % 4093
    message.source:send(message)
    self.kernel.delivered = self.kernel.delivered + 1
  end
  return self.pending > 0
end

local Handler = Task:extend()
function Handler:step()
  local message = self:receive()
  if not message then
    return false
  end
  message.hops = message.hops + 1
  if message.hops % 3 == 0 then
    self.device:send(message)
    message.source = self
  else
    self.partner:send(message)
  end
  return self.inbox_head ~= nil
end

local Worker = Task:extend()
function Worker:step()
  local message = self:receive()
  if not message then
    return false
  end
  local data = message.data
  for i = 1, 4 do
    data = (data * 3 + i) % 4093
  end
  message.data = data
  message.hops = message.hops + 1
  self.total = (self.total or 0) + data
  self.handler:send(message)
  return self.inbox_head ~= nil
end

local function simulate(limit, seed)
  local kernel = Kernel.new()
  local idle = Idle:create(kernel, "idle", 0)
  local disk, net = Device:create(kernel, "disk", 50), Device:create(kernel, "network", 40)
  local handler_a, handler_b = Handler:create(kernel, "a", 30), Handler:create(kernel, "b", 25)
  local worker = Worker:create(kernel, "worker", 10)
  idle.devices, idle.seed = { disk, net }, seed
  handler_a.device, handler_a.partner = disk, worker
  handler_b.device, handler_b.partner = net, worker
  worker.handler = handler_b
  for i = 1, 8 do
    local target = i % 2 == 0 and handler_a or handler_b
    target:send({ data = i * 7, hops = i, source = target })
  end
  kernel:loop(limit)
  return kernel.delivered * 100 + (worker.total or 0) + idle.runs
end

local check = 0
for round = 1, size * 2 do
  check = (check * 3 + simulate(6000, round + 10)) % 1000000007
end
print(string.format("%d", check))
