-- The Mandelbrot set on a small grid: a float loop with an early exit.
local size = tonumber(arg and arg[1]) or 100

local function escape(cr, ci, limit)
  local zr, zi, count = 0.0, 0.0, 0
  while count < limit do
    local rr, ii = zr * zr, zi * zi
    if rr + ii > 4.0 then
      return count
    end
    zi = 2.0 * zr * zi + ci
    zr = rr - ii + cr
    count = count + 1
  end
  return count
end

local function render(width, height, shift)
  local total, inside = 0, 0
  for row = 0, height - 1 do
    local ci = 2.4 * row / height - 1.2
    for column = 0, width - 1 do
      local steps = escape(3.0 * column / width - 2.1 + shift, ci, 60)
      total = total + steps
      if steps == 60 then
        inside = inside + 1
      end
    end
  end
  return total * 10 + inside
end

local check = 0
for round = 1, size do
  check = (check * 3 + render(112, 64, round / 1000.0)) % 1000000007
end
print(string.format("%d", check))
