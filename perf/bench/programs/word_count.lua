-- Splitting and counting words of a generated text: gmatch, find and sub, string keys, sorting.
local size = tonumber(arg and arg[1]) or 100

local syllables = { "ka", "lo", "mi", "ter", "un", "va", "sol", "en", "dri", "pa", "qu" }
local function make_text(words)
  local seed, parts = 12345, {}
  for i = 1, words do
    local word = ""
    seed = seed * 16807 % 2147483647
    for _ = 1, seed % 3 + 1 do
      seed = seed * 16807 % 2147483647
      word = word .. syllables[seed % #syllables + 1]
    end
    if i % 9 == 0 then
      word = word:upper() .. ","
    elseif i % 13 == 0 then
      word = word .. ".\n"
    end
    parts[i] = word
  end
  return table.concat(parts, " ")
end

local function split(text, separator)
  local fields, from = {}, 1
  while true do
    local at, to = text:find(separator, from, true)
    if not at then
      fields[#fields + 1] = text:sub(from)
      return fields
    end
    fields[#fields + 1] = text:sub(from, at - 1)
    from = to + 1
  end
end

local function count_words(text)
  local counts, order = {}, {}
  for word in text:gmatch("%a+") do
    word = word:lower()
    local count = counts[word]
    if not count then
      order[#order + 1] = word
    end
    counts[word] = (count or 0) + 1
  end
  table.sort(order, function(a, b)
    if counts[a] ~= counts[b] then
      return counts[a] > counts[b]
    end
    return a < b
  end)
  return counts, order
end

local text = make_text(3200)
local check = 0
for round = 1, size * 2 do
  local counts, order = count_words(text:sub(round))
  check = check + #order + counts[order[1]] * 3 + counts[order[#order]]
  check = check + order[round % #order + 1]:byte(1)
  local fields, longest = split(text, " "), 0
  for i = 1, #fields do
    if #fields[i] > longest then
      longest = #fields[i]
    end
  end
  check = (check * 3 + longest + #fields + #split(text, "\n")) % 1000000007
end
print(string.format("%d", check))
