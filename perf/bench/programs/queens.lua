-- Queens on a chess board: backtracking with three occupancy arrays, and again with closures.
local size = tonumber(arg and arg[1]) or 100

local function count_solutions(n)
  local column, rising, falling = {}, {}, {}
  for i = 1, 2 * n do
    column[i], rising[i], falling[i] = false, false, false
  end
  local function place(row)
    if row > n then
      return 1
    end
    local found = 0
    for c = 1, n do
      local r, f = row + c - 1, row - c + n
      if not (column[c] or rising[r] or falling[f]) then
        column[c], rising[r], falling[f] = true, true, true
        found = found + place(row + 1)
        column[c], rising[r], falling[f] = false, false, false
      end
    end
    return found
  end
  return place(1)
end

local function attacked(board, row, c)
  for i = 1, row - 1 do
    local other = board[i]
    if other == c or other - i == c - row or other + i == c + row then
      return true
    end
  end
  return false
end

local function first_solution(board, n, row, first)
  if row > n then
    return true
  end
  for step = 0, n - 1 do
    local c = (first + step) % n + 1
    if not attacked(board, row, c) then
      board[row] = c
      if first_solution(board, n, row + 1, first) then
        return true
      end
    end
  end
  return false
end

local check = 0
for round = 1, size * 7 do
  check = check + count_solutions(7)
  local board = {}
  if first_solution(board, 12, 1, round % 12) then
    for i = 1, #board do
      check = (check * 3 + board[i]) % 1000000007
    end
  end
  check = (check * 3 + count_solutions(6)) % 1000000007
end
print(string.format("%d", check))
