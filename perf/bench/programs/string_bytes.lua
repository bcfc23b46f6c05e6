-- Strings character by character: byte, char, sub, reverse, upper; a cipher, palindromes, a hash.
local size = tonumber(arg and arg[1]) or 100

local function rotate(text, shift)
  local out = {}
  for i = 1, #text do
    local b = text:byte(i)
    if b >= 97 and b <= 122 then
      b = (b - 97 + shift) % 26 + 97
    elseif b >= 65 and b <= 90 then
      b = (b - 65 + shift) % 26 + 65
    end
    out[i] = string.char(b)
  end
  return table.concat(out)
end

local function hash(text)
  local h = 5381
  for i = 1, #text do
    h = (h * 33 + string.byte(text, i)) % 4294967291
  end
  return h
end

local function longest_palindrome(text)
  local best = ""
  for centre = 1, #text do
    for odd = 0, 1 do
      local i, j = centre - odd, centre + 1
      while i >= 1 and j <= #text and text:sub(i, i) == text:sub(j, j) do
        i, j = i - 1, j + 1
      end
      if j - i - 1 > #best then
        best = text:sub(i + 1, j - 1)
      end
    end
  end
  return best
end

local function is_mirror(text)
  return text == text:reverse() and text:upper():lower() == text
end

local base = "The brown fox saw a racecar level with a kayak; never odd or even, it said. "
local text = base:rep(27)
local check = 0
for round = 1, size * 4 do
  local secret = rotate(text, round % 25 + 1)
  local plain = rotate(secret, 26 - (round % 25 + 1))
  if plain ~= text then
    error("the cipher does not invert")
  end
  local found = longest_palindrome(text:sub(1, 900))
  check = (check * 3 + hash(secret) + hash(plain) + #found) % 1000000007
  if is_mirror(found) then
    check = check + 1
  end
end
print(string.format("%d", check))
