-- gsub with string, table and function replacements, captures, limits, anchors, errors, yields and
-- metamethods in the callbacks; kinds of results that change in the middle.
local hot = require "support.hot"

local s = "hello world from lua"
hot.show("string", string.gsub, s, "o", "0")
hot.show("whole", string.gsub, s, "%w+", "<%0>")
hot.show("captures", string.gsub, s, "(%w+) (%w+)", "%2 %1")
hot.show("percent", string.gsub, s, "l", "%%")
hot.show("limit", string.gsub, s, "l", "L", 2)
hot.show("limit 0", string.gsub, s, "l", "L", 0)
hot.show("limit negative", string.gsub, s, "l", "L", -1)
hot.show("limit float", string.gsub, s, "l", "L", 2.0)
hot.show("anchor", string.gsub, s, "^h", "J")
hot.show("end", string.gsub, s, "a$", "A")
hot.show("empty", string.gsub, "abc", "", "-")
hot.show("empty subject", string.gsub, "", "", "x")
hot.show("star", string.gsub, "abc", "%w*", "x")
hot.show("star words", string.gsub, "a b cd", "%w*", "<%0>")
hot.show("position", string.gsub, "abc", "()", "%1")
hot.show("table", string.gsub, s, "%w+", { hello = "HI", world = 5, from = false, lua = 1.5 })
hot.show("table index", string.gsub, s, "%w+", setmetatable({}, { __index = function(_, k) return #k end }))
hot.show("table capture", string.gsub, "$a $b $c", "%$(%w)", { a = "1", b = 2 })
hot.show("table position", string.gsub, "abc", "()", { "x", "y" })
hot.show("function", string.gsub, s, "%w+", string.upper)
hot.show("function many", string.gsub, s, "(%w)(%w*)", function(a, b) return a:upper() .. b end)
hot.show("function nil", string.gsub, s, "%w+", function(w) if #w > 4 then return "long" end end)
hot.show("function false", string.gsub, s, "%w", function() return false end)
hot.show("function number", string.gsub, "a b", "%w", function() return 42 end)
hot.show("function nothing", string.gsub, "a b", "%w", function() end)
hot.show("callable is no function", string.gsub, "a b", "%w", setmetatable({}, { __call = function() return "x" end }))
hot.show("bad capture", string.gsub, s, "(o)", "%2")
hot.show("bad escape", string.gsub, s, "o", "%x")
hot.show("bad end", string.gsub, s, "o", "%")
hot.show("bad table value", string.gsub, s, "%w+", { hello = {} })
hot.show("bad function value", string.gsub, s, "%w+", function() return {} end)
hot.show("bad replacement", string.gsub, s, "o", true)
hot.show("no replacement", string.gsub, s, "o")
hot.show("number replacement", string.gsub, s, "o", 0)
hot.show("error in function", string.gsub, s, "%w+", function(w) if w == "from" then error("stop at " .. w, 0) end end)
hot.show("zeros", string.gsub, "a\0b\0", "%z", "0")
hot.show("frontier", string.gsub, "THE (quick) fox", "%f[%a]%a+", function(w) return w:lower() end)
hot.show("balance", string.gsub, "f(a(b)c) g(d)", "%b()", "[]")
hot.show("nested gsub", function() return (s:gsub("%w+", function(w) return (w:gsub(".", function(c) return c == "o" and "0" or nil end)) end)) end)

-- upvalues that callbacks change, results of another kind in the middle, one closure for many calls
local function count(text)
  local n, kinds = 0, {}
  local r = text:gsub("%w+", function(w)
    n = n + 1
    if n % 7 == 0 then return n elseif n % 11 == 0 then return nil elseif n % 13 == 0 then return n + 0.5 elseif n % 29 == 0 then return false end
    kinds[#w] = (kinds[#w] or 0) + 1
    return w:reverse()
  end)
  return n, #r, kinds[1], kinds[2], kinds[3], r:sub(-20)
end
local words = {}
for i = 1, 300 do words[i] = ("w"):rep(i % 4 + 1) .. i % 10 end
local text = table.concat(words, " ")
for _ = 1, 5 do print(hot.texts(count(text))) end

-- templates, escaping, expansion with recursion
local function expand(t, vars, depth) depth = depth or 0; if depth > 5 then error "too deep" end return (t:gsub("%${(.-)}", function(k) local v = vars[k]; if v == nil then return "?" .. k end return expand(tostring(v), vars, depth + 1) end)) end
hot.show("expand", expand, "${greeting}, ${name}! ${missing} ${n}", { greeting = "Hello ${title}", title = "Dr.", name = "X", n = 1.0 })
hot.show("expand loop", expand, "${a}", { a = "${b}", b = "${a}" })
local function html(x) return (x:gsub("[<>&\"']", { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;", ["'"] = "&#39;" })) end
hot.surprise("html", html, { { "<a href='x'>&\"" }, { "plain" }, { "" }, { 5 } })
local function urlencode(x) return (x:gsub("[^%w%-_%.~]", function(c) return ("%%%02X"):format(c:byte()) end)) end
local function urldecode(x) return (x:gsub("+", " "):gsub("%%(%x%x)", function(h) return string.char(tonumber(h, 16)) end)) end
hot.surprise("url", function(x) local e = urlencode(x); return e, urldecode(e) == x end, { { "a b&c=d/é" }, { "" }, { "\0\255" }, { "safe-_.~" } })
local function wrap(x, width) local line = 0 return (x:gsub("(%s*)(%S+)", function(sp, w) if line + #sp + #w > width then line = #w return "\n" .. w end line = line + #sp + #w return sp .. w end)) end
hot.show("wrap", wrap, text:sub(1, 120), 30)
hot.show("commas", function(n) local r, k = ("%d"):format(n) repeat r, k = r:gsub("^(-?%d+)(%d%d%d)", "%1,%2") until k == 0 return r end, -1234567890)
