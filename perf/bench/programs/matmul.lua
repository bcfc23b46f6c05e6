-- Matrices as arrays of arrays: product, transposition, Gaussian elimination.
local size = tonumber(arg and arg[1]) or 100

local function make(order, scale)
  local m = {}
  for i = 1, order do
    local row = {}
    for j = 1, order do
      row[j] = ((i * 13 + j * 7) % 17 - 8) * scale
    end
    row[i] = row[i] + order * scale
    m[i] = row
  end
  return m
end

local function transpose(a)
  local t = {}
  for j = 1, #a[1] do
    local row = {}
    for i = 1, #a do
      row[i] = a[i][j]
    end
    t[j] = row
  end
  return t
end

local function multiply(a, b)
  local columns = transpose(b)
  local c = {}
  for i = 1, #a do
    local ai, ci = a[i], {}
    for j = 1, #columns do
      local bj, sum = columns[j], 0.0
      for k = 1, #ai do
        sum = sum + ai[k] * bj[k]
      end
      ci[j] = sum
    end
    c[i] = ci
  end
  return c
end

local function determinant(m)
  local order, result = #m, 1.0
  for column = 1, order do
    local pivot = column
    for row = column + 1, order do
      if math.abs(m[row][column]) > math.abs(m[pivot][column]) then
        pivot = row
      end
    end
    if pivot ~= column then
      m[pivot], m[column] = m[column], m[pivot]
      result = -result
    end
    local top = m[column]
    result = result * top[column]
    for row = column + 1, order do
      local line = m[row]
      local factor = line[column] / top[column]
      for k = column, order do
        line[k] = line[k] - factor * top[k]
      end
    end
  end
  return result
end

local check = 0.0
for round = 1, size * 3 do
  local a, b = make(44, 0.25 + round * 0.001), make(44, 0.5)
  local c = multiply(a, b)
  for i = 1, #c do
    check = check + c[i][i]
  end
  local d = determinant(make(30, 0.03))
  check = check + d / (1.0 + math.abs(d))
end
print(string.format("%.6f", check))
