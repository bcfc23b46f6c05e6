-- A JSON-like writer and reader for nested tables, round trip checked in each round.
local size = tonumber(arg and arg[1]) or 100

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }
local unescapes = { ['"'] = '"', ["\\"] = "\\", n = "\n", t = "\t" }

local write_value
local function write_string(out, text)
  out[#out + 1] = '"' .. text:gsub('["\\\n\t]', escapes) .. '"'
end
local function write_array(out, array)
  out[#out + 1] = "["
  for i = 1, #array do
    if i > 1 then
      out[#out + 1] = ","
    end
    write_value(out, array[i])
  end
  out[#out + 1] = "]"
end
local function write_object(out, object)
  local keys = {}
  for key in pairs(object) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  out[#out + 1] = "{"
  for i = 1, #keys do
    if i > 1 then
      out[#out + 1] = ","
    end
    write_string(out, keys[i])
    out[#out + 1] = ":"
    write_value(out, object[keys[i]])
  end
  out[#out + 1] = "}"
end
function write_value(out, value)
  local kind = type(value)
  if kind == "string" then
    write_string(out, value)
  elseif kind == "number" then
    out[#out + 1] = string.format("%d", value)
  elseif kind == "table" then
    if value[1] ~= nil then
      write_array(out, value)
    else
      write_object(out, value)
    end
  else
    out[#out + 1] = tostring(value)
  end
end

local read_value
local function skip(text, at)
  return text:find("[^ ]", at)
end
local function read_string(text, at)
  local out, from = {}, at + 1
  while true do
    local stop = text:find('["\\]', from)
    out[#out + 1] = text:sub(from, stop - 1)
    if text:byte(stop) == 34 then
      return table.concat(out), stop + 1
    end
    out[#out + 1] = unescapes[text:sub(stop + 1, stop + 1)]
    from = stop + 2
  end
end
local function read_list(text, at, keyed)
  local list, key, value = {}
  local close = keyed and 125 or 93
  at = skip(text, at + 1)
  while text:byte(at) ~= close do
    if keyed then
      key, at = read_string(text, at)
      at = skip(text, at) + 1
    else
      key = #list + 1
    end
    value, at = read_value(text, skip(text, at))
    list[key] = value
    at = skip(text, at)
    if text:byte(at) == 44 then
      at = skip(text, at + 1)
    end
  end
  return list, at + 1
end
function read_value(text, at)
  local b = text:byte(at)
  if b == 34 then
    return read_string(text, at)
  elseif b == 123 or b == 91 then
    return read_list(text, at, b == 123)
  elseif b == 116 then
    return true, at + 4
  elseif b == 102 then
    return false, at + 5
  end
  local digits = text:match("^-?%d+", at)
  return tonumber(digits), at + #digits
end

local function make(round)
  local items = {}
  for i = 1, 40 do
    items[i] = {
      id = i * 17 + round,
      name = "item \"" .. i .. "\"\n",
      tags = { "red", "tab\tbed", "n" .. i % 5 },
      sold = i % 3 == 0,
      place = { x = i * 3 - 50, y = -i },
    }
  end
  return { items = items, version = round, note = "back\\slash" }
end

local function total(value)
  local kind = type(value)
  if kind == "table" then
    local sum = 0
    for _, inner in pairs(value) do
      sum = sum + total(inner)
    end
    return sum
  elseif kind == "number" then
    return value
  elseif kind == "string" then
    return #value
  end
  return value and 1 or 0
end

local check = 0
for round = 1, size * 3 do
  local data = make(round)
  local first = {}
  write_value(first, data)
  local text = table.concat(first)
  local copy = read_value(text, 1)
  local second = {}
  write_value(second, copy)
  if table.concat(second) ~= text then
    error("the round trip changed the text")
  end
  check = (check * 3 + total(copy) + #text) % 1000000007
end
print(string.format("%d", check))
