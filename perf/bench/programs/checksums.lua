-- Bit arithmetic: a table-driven cyclic redundancy check, a Fletcher sum, a bitwise hash.
-- Lua 5.4 has operators, LuaJIT a library: only the text that suits the engine is compiled.
local size = tonumber(arg and arg[1]) or 100

local kernel_for_operators = [[
  local byte = string.byte
  local function make_table()
    local t = {}
    for i = 0, 255 do
      local c = i
      for _ = 1, 8 do
        if c & 1 == 1 then c = (c >> 1) ~ 0xEDB88320 else c = c >> 1 end
      end
      t[i] = c
    end
    return t
  end
  local function crc(text, t)
    local c = 0xFFFFFFFF
    for i = 1, #text do c = t[(c ~ byte(text, i)) & 255] ~ (c >> 8) end
    return c ~ 0xFFFFFFFF
  end
  local function mix(text)
    local h = 2166136261
    for i = 1, #text do
      h = h ~ byte(text, i)
      h = (h + (h << 5) + (h << 13)) & 0xFFFFFFFF
      h = h ~ (h >> 7)
    end
    return h
  end
  return make_table, crc, mix
]]

local kernel_for_library = [[
  local bit, byte = require("bit"), string.byte
  local band, bxor, lshift, rshift, tobit = bit.band, bit.bxor, bit.lshift, bit.rshift, bit.tobit
  local function make_table()
    local t = {}
    for i = 0, 255 do
      local c = i
      for _ = 1, 8 do
        if band(c, 1) == 1 then c = bxor(rshift(c, 1), 0xEDB88320) else c = rshift(c, 1) end
      end
      t[i] = c
    end
    return t
  end
  local function crc(text, t)
    local c = -1
    for i = 1, #text do c = bxor(t[band(bxor(c, byte(text, i)), 255)], rshift(c, 8)) end
    return bxor(c, -1) % 4294967296
  end
  local function mix(text)
    local h = tobit(2166136261)
    for i = 1, #text do
      h = bxor(h, byte(text, i))
      h = tobit(h + lshift(h, 5) + lshift(h, 13))
      h = bxor(h, rshift(h, 7))
    end
    return h % 4294967296
  end
  return make_table, crc, mix
]]

local compile = loadstring or load
local kernel = rawget(_G, "jit") and kernel_for_library or kernel_for_operators
local make_table, crc, mix = assert(compile(kernel, "=kernel"))()

local function fletcher(text)
  local a, b = 0, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65535
    b = (b + a) % 65535
  end
  return b * 65536 + a
end

local parts = {}
for i = 1, 400 do
  parts[i] = string.char(i * 7 % 256, i * 31 % 256, i % 256) .. "packet" .. i
end
local text = table.concat(parts)

local check = 0
for round = 1, size * 5 do
  local input = text .. round
  check = (check * 3 + crc(input, make_table())) % 1000000007
  check = (check * 3 + mix(input) + fletcher(input)) % 1000000007
end
print(string.format("%d", check))
