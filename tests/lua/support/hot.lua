-- Shared by the programs of this folder: deterministic printing of values, and ways to call a
-- function so often that every threshold of the JIT is passed, with all distinct outcomes printed.
-- Nothing here prints addresses, the order of pairs, or the sign of a NaN.
local hot = {}

hot.times = 150 -- more than the default threshold

local tostring, mtype, format, pcall, select = tostring, math.type, string.format, pcall, select
local concat, pack, unpack, rawtype = table.concat, table.pack, table.unpack, type

-- One value as text: integers as they are, floats exactly, strings quoted, tables by their `tag`.
function hot.text(v)
  local kind = mtype(v)
  if kind == "integer" then
    return format("%d", v)
  elseif kind == "float" then
    if v ~= v then return "nan" end
    if v == 1 / 0 then return "inf" elseif v == -1 / 0 then return "-inf" end
    if v == 0 then return 1 / v < 0 and "-0.0" or "0.0" end
    return (v % 1 == 0 and v > -1e15 and v < 1e15) and format("%.1f", v) or format("%.17g", v)
  elseif rawtype(v) == "string" then
    return (format("%q", v):gsub("\\?\n", "\\n"))
  elseif rawtype(v) == "table" then
    local tag = rawget(v, "tag")
    return tag and "<" .. tostring(tag) .. ">" or "table"
  elseif v == nil or rawtype(v) == "boolean" then
    return tostring(v)
  end
  return rawtype(v)
end

-- All arguments as text.
function hot.texts(...)
  local out = {}
  for i = 1, select("#", ...) do out[i] = hot.text((select(i, ...))) end
  return concat(out, " ")
end

function hot.print(...) print(hot.texts(...)) end

local function outcome(ok, ...)
  return (ok and "" or "error ") .. hot.texts(...)
end

-- Lua 5.4.4 has a bug that no test may depend on: where a __concat metamethod makes the stack move,
-- luaV_concat goes on with the old one. So tests that may run one do it in a coroutine or a protected
-- call that has made room on its stack before, and keeps a wide frame there, which the collector
-- respects when it shrinks stacks. `hot.roomy` makes such a caller of f(...).
local nils = ("nil, "):rep(240) .. "nil"
local roomy = assert(load(([[
  local grow, pcall = ...
  return function(f)
    return function(...)
      if not pcall then f(NILS) end
      grow()
      local function pass(...) return ... end
      return pass(f(...))
    end
  end]]):gsub("NILS", nils), "=roomy"))
hot.roomy = roomy(load("return " .. nils), pcall)

-- The result of one protected call as text.
local protected = hot.roomy(pcall)
function hot.try(f, ...) return outcome(protected(f, ...)) end

-- Calls f(...) `hot.times` times, protected; prints each stretch of equal outcomes on a line.
function hot.show(name, f, ...)
  local last, from = nil, 1
  for i = 1, hot.times do
    local now = hot.try(f, ...)
    if now ~= last then
      if last then print(format("%s [%d-%d] %s", name, from, i - 1, last)) end
      last, from = now, i
    end
  end
  if from == 1 then print(name, last) else print(format("%s [%d-] %s", name, from, last)) end
end

-- Calls f once with each of the argument lists, after warming it up with the first of them, so that
-- compiled code meets every later list as a surprise; then the first again.
function hot.surprise(name, f, lists)
  local first = lists[1]
  for _ = 1, hot.times do pcall(f, unpack(first, 1, first.n or #first)) end
  for i = 1, #lists do
    local list = lists[i]
    print(name, i, hot.try(f, unpack(list, 1, list.n or #list)))
  end
  print(name, "again", hot.try(f, unpack(first, 1, first.n or #first)))
end

-- Keys of a table in a fixed order: numbers, then strings, then the rest by type.
function hot.keys(t)
  local keys = {}
  for k in next, t do keys[#keys + 1] = k end
  table.sort(keys, function(a, b)
    local x, y = rawtype(a), rawtype(b)
    if x ~= y then return x < y end
    if x == "number" or x == "string" then return a < b end
    return hot.text(a) < hot.text(b)
  end)
  return keys
end

-- A checksum of a stream of values, for programs whose whole output would be long.
function hot.sum()
  local h, n = 0x12345678, 0
  return function(...)
    for i = 1, select("#", ...) do
      local s = hot.text((select(i, ...)))
      for j = 1, #s do h = (h ~ s:byte(j)) * 0x100000001b3 end
      n = n + 1
    end
    return format("%016x of %d values", h, n)
  end
end

-- A compiled chunk from text; the text is part of the message where it is wrong.
function hot.compile(source, ...)
  local f, message = load(source, "=gen", "t")
  if not f then error(message .. " in: " .. source:sub(1, 200)) end
  return f(...)
end

-- Lua functions of our own: a C function that two loaded modules hold has two names in error messages,
-- and which one is found depends on the order of pairs.
function hot.pack(...) return pack(...) end
function hot.unpack(t, i, j) return unpack(t, i, j) end

return hot
