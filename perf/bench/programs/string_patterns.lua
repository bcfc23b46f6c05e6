-- The pattern library: find, match, gmatch, gsub with every kind of replacement, format.
local size = tonumber(arg and arg[1]) or 100

local log_lines = {}
for i = 1, 60 do
  log_lines[i] = string.format("2024-%02d-%02d %02d:%02d host%d [%s] user=%s bytes=%d",
    i % 12 + 1, i % 28 + 1, i % 24, i * 7 % 60, i % 5,
    i % 3 == 0 and "warn" or "info", "name" .. i % 9, i * 1733 % 9001)
end

local function parse(lines)
  local bytes, users = 0, {}
  for i = 1, #lines do
    local line = lines[i]
    local year, month, day = line:match("^(%d+)%-(%d+)%-(%d+)")
    local user, count = line:match("user=(%w+) bytes=(%d+)")
    bytes = bytes + tonumber(count) + tonumber(year) % 7 + tonumber(month) * tonumber(day)
    users[user] = true
    if line:find("[warn]", 1, true) then
      bytes = bytes + 1
    end
  end
  local seen = 0
  for _ in pairs(users) do
    seen = seen + 1
  end
  return bytes * 10 + seen
end

local template = "Dear $name, your $thing of $day is ready; bring $name's $card. <b>%d</b> & done"
local values = { name = "Ada", thing = "parcel", day = "Monday", card = "ticket" }
local escapes = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;" }

local function fill(count)
  local length = 0
  for i = 1, count do
    local text = template:gsub("%$(%w+)", values)
    text = text:gsub("[<>&]", escapes)
    text = text:gsub("(%w+) of (%w+)", "%2: %1")
    text = text:gsub("%u%l+", function(word)
      return word:upper()
    end)
    length = length + #text:gsub("%%d", tostring(i))
  end
  return length
end

local function formats(count)
  local sum = 0
  for i = 1, count do
    local text = string.format("%5d|%-8s|%08.3f|%x|%q", i, "n" .. i % 13, i / 8, i * 255, "a\"b")
    sum = sum + #text + text:byte(5)
  end
  return sum
end

local check = 0
for round = 1, size * 2 do
  check = (check * 3 + parse(log_lines) * 5 + fill(150) + formats(400 + round)) % 1000000007
  for word in template:gmatch("%a+") do
    check = check + #word
  end
end
print(string.format("%d", check))
