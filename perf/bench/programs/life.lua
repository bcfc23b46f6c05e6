-- Conway's game of life: on a torus of arrays, and sparse on a hash of cells.
local size = tonumber(arg and arg[1]) or 100

local function make(width, height, seed)
  local board = {}
  for y = 1, height do
    local row = {}
    for x = 1, width do
      seed = seed * 16807 % 2147483647
      row[x] = seed % 3 == 0 and 1 or 0
    end
    board[y] = row
  end
  return board
end

local function step(board, width, height)
  local next_board = {}
  for y = 1, height do
    local above = board[y > 1 and y - 1 or height]
    local here = board[y]
    local below = board[y < height and y + 1 or 1]
    local row = {}
    for x = 1, width do
      local l = x > 1 and x - 1 or width
      local r = x < width and x + 1 or 1
      local sum = above[l] + above[x] + above[r] + here[l] + here[r]
        + below[l] + below[x] + below[r]
      if sum == 3 or (sum == 2 and here[x] == 1) then
        row[x] = 1
      else
        row[x] = 0
      end
    end
    next_board[y] = row
  end
  return next_board
end

local function sparse_step(cells)
  local neighbours = {}
  for cell in pairs(cells) do
    for dy = -1, 1 do
      for dx = -1, 1 do
        if dx ~= 0 or dy ~= 0 then
          local at = cell + dy * 1000 + dx
          neighbours[at] = (neighbours[at] or 0) + 1
        end
      end
    end
  end
  local alive = {}
  for cell, count in pairs(neighbours) do
    if count == 3 or (count == 2 and cells[cell]) then
      alive[cell] = true
    end
  end
  return alive
end

local check = 0
for round = 1, size * 2 do
  local board = make(40, 30, round + 1)
  for _ = 1, 15 do
    board = step(board, 40, 30)
  end
  for y = 1, 30 do
    for x = 1, 40 do
      check = check + board[y][x] * (x + y)
    end
  end
  -- The R-pentomino.
  local cells = {}
  for _, cell in ipairs({ 500501, 500502, 501500, 501501, 502501 }) do
    cells[cell] = true
  end
  for _ = 1, 25 do
    cells = sparse_step(cells)
  end
  for cell in pairs(cells) do
    check = (check + cell) % 1000000007
  end
end
print(string.format("%d", check))
