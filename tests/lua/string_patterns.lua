-- find, match, gmatch with every pattern item: classes, sets, quantifiers, anchors, captures, position
-- captures, back references, balance, frontier; init values; malformed patterns; in hot code.
local hot = require "support.hot"

local subject = "THE (quick) fox, 42 foxes & 3.14 -- foo_bar = 'x\\ty'; [end]\t\n\0 last"
local patterns = { "", "q", "fox", ".", "...", "%a+", "%d+", "%d+%.?%d*", "%s+", "%S+", "%w+", "%W+", "%p+", "%P+", "%c", "%C+", "%u+", "%U+", "%l+", "%L+", "%x+", "%X+", "%g+", "%G+", "%D+", "%A+", "[aeiou]", "[^aeiou]+",
  "[a-f0-9]+", "[%a_]+", "[%]]", "[]]", "[^]]+", "[a-]", "[-a]", "[%-x]", "[^%s%w]+", "^THE", "^quick", "last$", "end$", "^.*$", "^(.-)%s", "a*", "o+", "o-", "fo?x", "fox?e?s?", ".-fox", ".*fox", "%((%a+)%)", "(%a+)%s(%a+)", "((%a)(%a+))", "()fox()",
  "(.)%1", "(%a).-%1", "%b()", "%b[]", "%bxx", "%f[%a]%a+", "%f[%A]", "%f[%z]", "%z", "\0", "[\0]", "%%", "$", "^", "x$y", "a^b", "%.", "%(", ".-(%d+)", "(%d+)%D*(%d+)", "(a*(.)%w(%s*))", "[%g]+", "(-)", "='(.-)'", "%s*$", "^%s*", "[^\n]*\n", "%$" }
local inits = { 1, 5, -4, 0, 100, 66 }
for _, p in ipairs(patterns) do
  local sum = hot.sum()
  for round = 1, 3 do
    for _, init in ipairs(inits) do
      sum(hot.try(string.find, subject, p, init), hot.try(string.match, subject, p, init), hot.try(string.find, subject, p, init, true))
    end
    local n = 0
    for a, b in subject:gmatch(p) do n = n + 1; sum(a, b); if n > 200 then break end end
    sum(n)
  end
  print(("%q"):format(p), hot.try(string.find, subject, p), hot.try(string.match, subject, p, 10), sum())
end

-- malformed
for _, p in ipairs { "(", ")", "%", "[", "[a", "[^", "[%", "%b", "%bx", "%f", "%fa", "(()", "%1", "(%1)", "(a)%2", "[a-", "[]", "(x", "x)", "%0", "%9", "[a-%%" } do
  hot.show(p, string.find, "axbx(])", p)
end
hot.show("no pattern", string.find, "x")
hot.show("bad pattern", string.find, "x", {})
hot.show("number pattern", string.find, 12345, 34)
hot.show("float init", string.find, "abcabc", "b", 3.0)
hot.show("bad init", string.find, "abcabc", "b", 3.5)
hot.show("beyond", string.find, "abc", "", 10)
hot.show("at end", string.find, "abc", "", 4)
hot.show("gmatch init", function() local out = {} for w in ("one two three"):gmatch("%a+", 5) do out[#out + 1] = w end return table.concat(out, ",") end)
hot.show("gmatch negative", function() local out = {} for w in ("one two three"):gmatch("%a+", -5) do out[#out + 1] = w end return table.concat(out, ",") end)
hot.show("gmatch anchor", function() local n = 0 for _ in ("aaa"):gmatch "^a" do n = n + 1 end return n end)
hot.show("gmatch empty", function() local out = {} for p in ("abc"):gmatch "()" do out[#out + 1] = p end return table.concat(out, ",") end)
hot.show("gmatch pairs", function() local t = {} for k, v in ("a=1, b=2, c=x"):gmatch "(%w+)=(%w+)" do t[#t + 1] = k .. v end return table.concat(t) end)
hot.show("captures", function() return ("x"):rep(32):match(("(x)"):rep(32)) end)
hot.show("long", function() return #("a"):rep(10000):match ".-b?$", ("a"):rep(1000):find(("a"):rep(1001)) end)

-- programs made of patterns
local function tokens(src)
  local out, at = {}, 1
  while at <= #src do
    local kind, from, to, text
    for _, rule in ipairs { { "space", "^%s+" }, { "number", "^%d+%.?%d*" }, { "name", "^[%a_][%w_]*" }, { "string", '^"[^"]*"' }, { "op", "^[=~<>]=" }, { "op", "^%p" } } do
      from, to = src:find(rule[2], at)
      if from then kind, text = rule[1], src:sub(from, to) break end
    end
    if not kind then return nil, at end
    if kind ~= "space" then out[#out + 1] = kind:sub(1, 1) .. text end
    at = to + 1
  end
  return table.concat(out, " ")
end
hot.surprise("tokens", tokens, { { 'if x1 >= 10.5 then print("hi") end' }, { "" }, { "a\1b" }, { 42 }, { "a==b~=c" } })
local function url(u) return u:match "^(%a+)://([^/:]+):?(%d*)(/?[^?#]*)%??([^#]*)#?(.*)$" end
hot.surprise("url", url, { { "http://example.org:8080/a/b?x=1&y=2#top" }, { "ftp://host" }, { "nonsense" }, { "a://b/c" } })
local function csv(line) local out = {} line = line .. ","; local at = 1 repeat if line:find('^"', at) then local a, c; local i = at repeat a, i, c = line:find('"("?)', i + 1) until c ~= '"'; out[#out + 1] = line:sub(at + 1, i - 1):gsub('""', '"'); at = line:find(",", i) + 1
  else local nexti = line:find(",", at); out[#out + 1] = line:sub(at, nexti - 1); at = nexti + 1 end until at > #line return #out, table.concat(out, "|") end
hot.surprise("csv", csv, { { 'a,"b ""q"" c",d' }, { "" }, { ",,," }, { '"x,y",z' } })
local function trim(s) return s:match "^%s*(.-)%s*$" end
hot.surprise("trim", trim, { { "  both  " }, { "" }, { "   " }, { "none" }, { "\t\nx y\n" }, { 5 } })
