-- Largest singular value of an implicit matrix by power iteration: float calls and array reads.
local size = tonumber(arg and arg[1]) or 100

local function entry(i, j)
  return 1.0 / ((i + j) * (i + j + 1) * 0.5 + i + 1)
end

local function multiply(order, input, output)
  for i = 1, order do
    local sum = 0.0
    for j = 1, order do
      sum = sum + entry(i - 1, j - 1) * input[j]
    end
    output[i] = sum
  end
end

local function multiply_transposed(order, input, output)
  for i = 1, order do
    local sum = 0.0
    for j = 1, order do
      sum = sum + entry(j - 1, i - 1) * input[j]
    end
    output[i] = sum
  end
end

local function largest(order, iterations)
  local v, w, image = {}, {}, {}
  for i = 1, order do
    v[i] = 1.0
  end
  for _ = 1, iterations do
    multiply(order, v, image)
    multiply_transposed(order, image, w)
    v, w = w, v
  end
  multiply(order, v, image)
  multiply_transposed(order, image, w)
  local vw, vv = 0.0, 0.0
  for i = 1, order do
    vw = vw + v[i] * w[i]
    vv = vv + v[i] * v[i]
  end
  return math.sqrt(vw / vv)
end

local check = 0.0
for round = 1, size * 2 do
  check = check + largest(50 + round % 4, 7)
end
print(string.format("%.6f", check))
