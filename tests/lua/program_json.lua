-- A JSON encoder and decoder: recursive descent over strings, tables of many shapes, errors with
-- positions; encodes and decodes generated documents until everything is hot.
local hot = require "support.hot"

local null = setmetatable({ tag = "null" }, { __tostring = function() return "null" end })
local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local encode
local function quote(s) return '"' .. s:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"' end
local function number(v)
  if v ~= v or v == 1 / 0 or v == -1 / 0 then error("not a JSON number: " .. hot.text(v), 0) end
  return math.type(v) == "integer" and ("%d"):format(v) or ("%.14g"):format(v)
end
local encoders = {
  ["nil"] = function() return "null" end, boolean = tostring, number = number, string = quote,
  table = function(t, seen)
    if t == null then return "null" end
    if seen[t] then error("a table contains itself", 0) end
    seen[t] = true
    local out = {}
    if #t > 0 or next(t) == nil then
      for i = 1, #t do out[i] = encode(t[i], seen) end
      seen[t] = nil
      return "[" .. table.concat(out, ",") .. "]"
    end
    for _, k in ipairs(hot.keys(t)) do out[#out + 1] = quote(tostring(k)) .. ":" .. encode(t[k], seen) end
    seen[t] = nil
    return "{" .. table.concat(out, ",") .. "}"
  end,
}
function encode(v, seen)
  local f = encoders[type(v)]
  if not f then error("cannot encode a " .. type(v), 0) end
  return f(v, seen or {})
end

local function decode(s)
  local at = 1
  local value
  local function fail(what) error(("%s at %d near %q"):format(what, at, s:sub(at, at + 5)), 0) end
  local function space() at = s:find("[^ \t\r\n]", at) or #s + 1 end
  local function text()
    local out = {}
    at = at + 1
    while true do
      local from, to = s:find('^[^"\\%c]+', at)
      if from then out[#out + 1] = s:sub(from, to); at = to + 1 end
      local c = s:sub(at, at)
      if c == '"' then at = at + 1 return table.concat(out) end
      if c ~= "\\" then fail "bad string" end
      local e = s:sub(at + 1, at + 1)
      if e == "u" then
        local code = s:match("^%x%x%x%x", at + 2) or fail "bad escape"
        out[#out + 1] = utf8.char(tonumber(code, 16))
        at = at + 6
      else
        out[#out + 1] = ({ b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" })[e] or fail "bad escape"
        at = at + 2
      end
    end
  end
  local function list(close, item)
    local out = {}
    at = at + 1
    space()
    if s:sub(at, at) == close then at = at + 1 return out end
    while true do
      item(out)
      space()
      local c = s:sub(at, at)
      at = at + 1
      if c == close then return out elseif c ~= "," then at = at - 1 fail("expected , or " .. close) end
    end
  end
  function value()
    space()
    local c = s:sub(at, at)
    if c == "{" then
      return list("}", function(out)
        space()
        if s:sub(at, at) ~= '"' then fail "expected a key" end
        local k = text()
        space()
        if s:sub(at, at) ~= ":" then fail "expected :" end
        at = at + 1
        out[k] = value()
      end)
    elseif c == "[" then return list("]", function(out) out[#out + 1] = value() end)
    elseif c == '"' then return text() end
    for word, v in pairs { ["true"] = true, ["null"] = null } do if s:sub(at, at + #word - 1) == word then at = at + #word return v end end
    if s:sub(at, at + 4) == "false" then at = at + 5 return false end
    local n = s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at) or fail "unexpected character"
    at = at + #n
    return tonumber(n) or fail "bad number"
  end
  local v = value()
  space()
  if at <= #s then fail "trailing text" end
  return v
end

local function document(i)
  return { id = i, name = "item " .. i, tags = { "a", "b" .. i % 3, '"quoted"\n' }, price = i / 8, ok = i % 2 == 0, none = null,
    nested = { { x = i }, { x = -i, y = { 1, 2.5, { deep = { deeper = i } } } } }, empty = {} }
end
local sum, wrong, total = hot.sum(), 0, 0
for i = 1, 150 do
  local text = encode(document(i))
  local again = encode(decode(text))
  if text ~= again then wrong = wrong + 1 end
  total = total + #text
  sum(text)
end
print("documents", wrong, total, sum())
print(encode(document(7)))
hot.surprise("decode", function(s) return encode(decode(s)) end, { { "[1, 2.5, -3e2, true, false, null]" }, { '{"a": {"b": [[], {}]}}' }, { '"\\u20ac\\n\\/"' }, { " 1 " }, { "[1, 2" }, { "[1 2]" }, { '{"a" 1}' }, { "{a: 1}" }, { '"abc' }, { '"\\x"' }, { "tru" }, { "[1],2" }, { "" }, { "01x" }, { "-" }, { '"\1"' } })
local loop = {}
loop.self = loop
hot.surprise("encode", encode, { { { 1, "x" } }, { loop }, { { 0 / 0 } }, { print }, { { f = print } }, { "\0\1\127" }, { null }, { 1e300 } })
