-- Loops of generated control-flow graphs: depth-first numbering, dominators, nesting by union-find.
local size = tonumber(arg and arg[1]) or 100

local Block = {}
Block.__index = Block
function Block.new(id)
  return setmetatable({ id = id, successors = {}, predecessors = {}, number = 0 }, Block)
end
function Block:link(to)
  table.insert(self.successors, to)
  table.insert(to.predecessors, self)
end

local Graph = {}
Graph.__index = Graph
function Graph:block()
  local block = Block.new(#self.blocks + 1)
  self.blocks[block.id] = block
  return block
end
function Graph:diamond(from)
  local left, right, join = self:block(), self:block(), self:block()
  from:link(left)
  from:link(right)
  left:link(join)
  right:link(join)
  return join
end
function Graph:loop(from, depth)
  local head = self:block()
  from:link(head)
  local body = self:diamond(head)
  if depth > 0 then
    body = self:loop(body, depth - 1)
    body = self:loop(body, depth - 2)
  end
  body:link(head)
  local exit = self:block()
  body:link(exit)
  return exit
end

local function number(graph)
  local order, active = {}, {}
  local function visit(block)
    active[block] = true
    for _, to in ipairs(block.successors) do
      if not active[to] then
        visit(to)
      end
    end
    order[#order + 1] = block
    block.number = #order
  end
  visit(graph.blocks[1])
  return order
end

local function dominators(order)
  local idom, root = {}, order[#order]
  idom[root] = root
  local function meet(a, b)
    while a ~= b do
      while a.number < b.number do
        a = idom[a]
      end
      while b.number < a.number do
        b = idom[b]
      end
    end
    return a
  end
  local changed = true
  while changed do
    changed = false
    for i = #order - 1, 1, -1 do
      local block, new = order[i], nil
      for _, from in ipairs(block.predecessors) do
        if idom[from] then
          new = new and meet(from, new) or from
        end
      end
      if idom[block] ~= new then
        idom[block] = new
        changed = true
      end
    end
  end
  return idom
end

local function find(group, block)
  while group[block] ~= block do
    group[block] = group[group[block]]
    block = group[block]
  end
  return block
end

local function dominates(idom, a, b)
  while b.number < a.number do
    b = idom[b]
  end
  return a == b
end

local function loops(order, idom)
  local group, found, members = {}, 0, 0
  for i = 1, #order do
    group[order[i]] = order[i]
  end
  for i = 1, #order do
    local head, work = order[i], {}
    for _, from in ipairs(head.predecessors) do
      if dominates(idom, head, from) then
        work[#work + 1] = find(group, from)
      end
    end
    if #work > 0 then
      found = found + 1
      while #work > 0 do
        local block = table.remove(work)
        if block ~= head and group[block] == block then
          group[block] = head
          members = members + 1
          for _, from in ipairs(block.predecessors) do
            work[#work + 1] = find(group, from)
          end
        end
      end
    end
  end
  return found, members
end

local check = 0
for round = 1, size * 4 do
  local graph = setmetatable({ blocks = {} }, Graph)
  local at = graph:block()
  for part = 1, 4 do
    at = graph:diamond(graph:loop(at, 4 + (round + part) % 2))
  end
  local order = number(graph)
  local idom = dominators(order)
  local found, members = loops(order, idom)
  check = (check * 3 + found * 1000 + members + #graph.blocks) % 1000000007
end
print(string.format("%d", check))
