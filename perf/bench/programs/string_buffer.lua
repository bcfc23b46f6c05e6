-- Building strings: repeated concatenation, table.concat, tostring of integers, string.rep.
local size = tonumber(arg and arg[1]) or 100

local function checksum(text)
  local sum = 0
  for i = 1, #text, 11 do
    sum = (sum * 31 + text:byte(i)) % 65521
  end
  return sum
end

local function short_lines(count)
  local buffer = {}
  for i = 1, count do
    buffer[#buffer + 1] = "line " .. i .. ": " .. (i * i % 997) .. ";"
  end
  return table.concat(buffer, "\n")
end

local function grow(count)
  local text = ""
  for i = 1, count do
    text = text .. string.char(97 + i % 26)
  end
  return text
end

local function doubled(levels)
  local parts = { "ab", "cd" }
  for i = 1, levels do
    parts[#parts + 1] = parts[i] .. "-" .. parts[i + 1]
  end
  return table.concat(parts, ",")
end

local function table_of(rows, columns)
  local lines = {}
  for i = 1, rows do
    local cells = {}
    for j = 1, columns do
      cells[j] = tostring(i * j)
    end
    lines[i] = table.concat(cells, "\t")
  end
  return table.concat(lines, "\n") .. string.rep("=", columns)
end

local check = 0
for round = 1, size do
  check = check + checksum(short_lines(4000 + round % 7)) + checksum(grow(3500))
  check = check + checksum(doubled(16)) + checksum(table_of(50, 60))
end
print(string.format("%d", check))
