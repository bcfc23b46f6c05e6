-- Compression: a sliding-window matcher (LZ77 family) and a growing dictionary (LZ78 family).
local size = tonumber(arg and arg[1]) or 100

local phrases = {
  "the cat ", "sat on ", "a mat ", "and saw ", "another ", "dog; ", "rain fell. ", "12 ",
}
local function make_text(count, seed)
  local parts = {}
  for i = 1, count do
    seed = seed * 16807 % 2147483647
    parts[i] = phrases[seed % #phrases + 1]
  end
  return table.concat(parts)
end

local function window_pack(text)
  local bytes = { text:byte(1, #text) }
  local count, at, latest, out = #bytes, 1, {}, {}
  while at <= count do
    local length, from = 0, 0
    if at + 2 <= count then
      local key = (bytes[at] * 256 + bytes[at + 1]) * 256 + bytes[at + 2]
      from = latest[key] or 0
      latest[key] = at
      local limit = from > 0 and math.min(255, count - at + 1) or 0
      while length < limit and bytes[from + length] == bytes[at + length] do
        length = length + 1
      end
    end
    if length >= 3 then
      out[#out + 1] = -(at - from) * 256 - length
      at = at + length
    else
      out[#out + 1] = bytes[at]
      at = at + 1
    end
  end
  return out
end

local function window_unpack(codes)
  local out = {}
  for i = 1, #codes do
    local code = codes[i]
    if code >= 0 then
      out[#out + 1] = code
    else
      local length = -code % 256
      local from = #out + 1 - (-code - length) / 256
      for k = 0, length - 1 do
        out[#out + 1] = out[from + k]
      end
    end
  end
  local parts = {}
  for i = 1, #out do
    parts[i] = string.char(out[i])
  end
  return table.concat(parts)
end

local function dictionary_pack(text)
  local codes, next_code, out = {}, 256, {}
  for b = 0, 255 do
    codes[string.char(b)] = b
  end
  local prefix = text:sub(1, 1)
  for i = 2, #text do
    local letter = text:sub(i, i)
    local longer = prefix .. letter
    if codes[longer] then
      prefix = longer
    else
      out[#out + 1] = codes[prefix]
      codes[longer] = next_code
      next_code = next_code + 1
      prefix = letter
    end
  end
  out[#out + 1] = codes[prefix]
  return out
end

local function dictionary_unpack(codes)
  local entries, out = {}, {}
  for b = 0, 255 do
    entries[b] = string.char(b)
  end
  local next_code, last = 256, entries[codes[1]]
  out[1] = last
  for i = 2, #codes do
    local entry = entries[codes[i]] or last .. last:sub(1, 1)
    out[i] = entry
    entries[next_code] = last .. entry:sub(1, 1)
    next_code = next_code + 1
    last = entry
  end
  return table.concat(out)
end

local check = 0
for round = 1, size * 2 do
  local text = make_text(800, round + 3)
  local part = text:sub(1, 4000)
  local window, dictionary = window_pack(part), dictionary_pack(text)
  if window_unpack(window) ~= part or dictionary_unpack(dictionary) ~= text then
    error("unpacking does not give the text back")
  end
  check = (check * 3 + #window * 1000 + #dictionary) % 1000000007
end
print(string.format("%d", check))
