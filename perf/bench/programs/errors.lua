-- Protected calls: the path without an error, errors with values of every kind, nested handlers.
local size = tonumber(arg and arg[1]) or 100

local function checked_divide(a, b)
  if b == 0 then
    error({ code = 7, value = a })
  elseif b < 0 then
    error("negative", 0)
  end
  return a / b
end

local function quiet(count)
  local sum = 0
  for i = 1, count do
    local ok, value = pcall(checked_divide, i * 4, 4)
    if ok then
      sum = sum + value
    end
  end
  return sum
end

local function noisy(count)
  local sum = 0
  for i = 1, count do
    local ok, problem = pcall(checked_divide, i, i % 3 - 1)
    if ok then
      sum = sum + problem
    elseif type(problem) == "table" then
      sum = sum + problem.code + problem.value
    else
      sum = sum + #problem
    end
  end
  return sum
end

local function descend(depth)
  if depth == 0 then
    error("bottom", 0)
  end
  local ok, problem = pcall(descend, depth - 1)
  if not ok and depth % 2 == 0 then
    error(problem .. depth, 0)
  end
  return ok and 1 or #problem
end

local function handled(count)
  local lines = 0
  for i = 1, count do
    local _, message = xpcall(function()
      local t = i % 2 == 0 and {} or nil
      return t.field
    end, function(text)
      return type(text) == "string" and 3 or 0
    end)
    lines = lines + (message or 1)
  end
  return lines
end

local check = 0
for round = 1, size * 2 do
  check = check + quiet(9000) + noisy(3000 + round % 3)
  for depth = 1, 20 do
    local ok, value = pcall(descend, depth)
    check = check + (ok and value or #value)
  end
  check = (check * 3 + handled(900)) % 1000000007
end
print(string.format("%d", check))
