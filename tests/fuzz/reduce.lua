-- Makes a failing program smaller: `lua5.4 reduce.lua PROGRAM COMMAND [RESULT]`. COMMAND is a shell
-- command that gets the path of a candidate appended and exits with status 0 where that candidate
-- still fails in the same way. Statements are deleted by lines: runs of lines of shrinking length, and
-- whole blocks (from an opening line to its `end` at the same indentation); also a block's
-- frame without its contents. Candidates that do not compile are not tried. Writes RESULT (default:
-- PROGRAM with the ending .reduced) after each success, so that it may be interrupted at any time.

local path, command, result = arg[1], arg[2], arg[3]
if not command then error("usage: reduce.lua PROGRAM COMMAND [RESULT]", 0) end
result = result or path .. ".reduced"

local lines, tries = {}, 0
for line in io.lines(path) do lines[#lines + 1] = line end

local function write(file, list)
  local f = assert(io.open(file, "w"))
  f:write(table.concat(list, "\n"), "\n")
  f:close()
end

local candidate = result .. ".try"
local function fails(list)
  if not load(table.concat(list, "\n")) then return false end
  tries = tries + 1
  write(candidate, list)
  return (os.execute(command .. " " .. candidate .. " >/dev/null 2>&1"))
end

local function without(from, to, also)
  local out = {}
  for i, line in ipairs(lines) do
    if (i < from or i > to) and i ~= also then out[#out + 1] = line end
  end
  return out
end

local function keep(list)
  lines = list
  write(result, lines)
  io.stderr:write(#lines, " lines after ", tries, " tries\n")
end

local function indentation(line) return #line:match "^ *" end

-- The last line of the block that line i opens, or nil.
local function block_end(i)
  local indent = indentation(lines[i])
  for j = i + 1, #lines do
    if lines[j]:match "%S" and indentation(lines[j]) <= indent then
      if lines[j]:match "^ *end" or lines[j]:match "^ *until" then return j end
      if not lines[j]:match "^ *else" then return nil end
    end
  end
end

local function runs()
  local changed = false
  local size = #lines // 2
  while size >= 1 do
    local i = 1
    while i + size - 1 <= #lines do
      local list = without(i, i + size - 1)
      if fails(list) then
        keep(list)
        changed = true
      else
        i = i + (size > 4 and size // 2 or 1)
      end
    end
    size = size // 2
  end
  return changed
end

local function blocks()
  local changed = false
  local i = 1
  while i <= #lines do
    local last = block_end(i)
    if last then
      local whole, frame = without(i, last), without(i, i, last)
      if fails(whole) then
        keep(whole)
        changed = true
        goto continue
      elseif fails(frame) then
        keep(frame)
        changed = true
      end
    end
    i = i + 1
    ::continue::
  end
  return changed
end

if not fails(lines) then os.remove(candidate) error("the program does not fail", 0) end
repeat
  local a = blocks()
  local b = runs()
until not a and not b
os.remove(candidate)
print(("%s: %d lines"):format(result, #lines))
