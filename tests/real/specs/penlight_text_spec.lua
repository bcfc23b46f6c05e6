-- Penlight: strings, lexers, templates, formats.
local config = require "pl.config"
local data = require "pl.data"
local lapp = require "pl.lapp"
local lexer = require "pl.lexer"
local luabalanced = require "pl.luabalanced"
local sip = require "pl.sip"
local stringio = require "pl.stringio"
local stringx = require "pl.stringx"
local template = require "pl.template"
local text = require "pl.text"
local url = require "pl.url"
local xml = require "pl.xml"

describe("pl.stringx", function()
   it("does what Python's strings do", function()
      for i = 1, 100 do
         local s = ("  item %d  "):format(i)
         assert.equal("item " .. i, stringx.strip(s))
         assert.equal(#s, #stringx.center(stringx.strip(s), #s))
         assert.is_true(stringx.startswith(stringx.lstrip(s), "item"))
         assert.same({ "item", tostring(i) }, { table.unpack(stringx.split(s)) })
         assert.equal(tostring(i), select(3, stringx.partition(stringx.strip(s), " ")))
      end
      assert.equal("a, b, c", stringx.join(", ", { "a", "b", "c" }))
      assert.equal("xxaxx", stringx.center("a", 5, "x"))
      assert.equal(3, stringx.count("ababab", "ab"))
      assert.equal(5, stringx.rfind("ababab", "ab"))
      assert.equal("XbXb", stringx.replace("abab", "a", "X"))
      assert.same({ "one", "two", "three" }, { table.unpack(stringx.splitlines "one\ntwo\r\nthree") })
      assert.equal("Hello World", stringx.title "hello world")
      assert.equal("abc...", stringx.shorten("abcdefghij", 6))
      assert.is_true(stringx.isalpha "abc" and stringx.isdigit "12" and not stringx.isupper "aB")
      assert.equal("a" .. (" "):rep(7) .. "b", stringx.expandtabs "a\tb")
   end)
end)

describe("pl.text and pl.template", function()
   it("wraps, indents and substitutes", function()
      local para = ("lorem ipsum dolor sit amet "):rep(12)
      for _, line in ipairs(text.wrap(para, 40)) do assert.is_true(#line <= 40) end
      assert.equal("  a\n  b\n", text.indent("a\nb", 2))
      assert.equal("a\n  b\n", text.dedent "  a\n    b\n")
      local t = text.Template "${name} is $age;"
      for age = 1, 80 do assert.equal("Bob is " .. age .. ";", t:substitute { name = "Bob", age = age }) end
      assert.has_error(function() t:substitute { name = "Bob" } end)
   end)
   it("runs templates with code", function()
      local source = "# for i, v in ipairs(list) do\n$(i): $(v:upper())\n# end\n"
      local list, expected = {}, {}
      for i = 1, 90 do
         list[i] = "v" .. i
         expected[i] = i .. ": V" .. i .. "\n"
      end
      local out = assert(template.substitute(source, { ipairs = ipairs, list = list, string = string }))
      assert.equal(table.concat(expected), out)
      local bad, message = template.substitute("# for", {})
      assert.is_nil(bad)
      assert.is_string(message)
      local compiled = assert(template.compile("$(x) + $(x) = $(x + x)\n"))
      for x = 1, 70 do assert.equal(("%d + %d = %d\n"):format(x, x, x + x), compiled:render { x = x }) end
   end)
end)

describe("pl.lexer and pl.luabalanced", function()
   it("reads its own source", function()
      local path = assert(package.searchpath("pl.lexer", package.path))
      local file = assert(io.open(path))
      local source = file:read "a"
      file:close()
      local kinds, length = {}, 0
      for kind, value in lexer.lua(source, {}, {}) do
         kinds[kind] = (kinds[kind] or 0) + 1
         length = length + #tostring(value)
      end
      assert.is_true(kinds.keyword > 200 and kinds.iden > 400 and kinds.comment > 20)
      assert.is_true(length > #source // 2)
   end)
   it("reads C, numbers and strings", function()
      local seen = {}
      for kind, value in lexer.cpp [[int main(void) { return 0x1F + 1.5e3; /* end */ } "s"]] do
         seen[#seen + 1] = kind .. ":" .. tostring(value)
      end
      assert.equal("keyword:int iden:main (:( keyword:void ):) {:{ keyword:return number:31 +:+ number:1500.0 ;:; }:} string:s",
         table.concat(seen, " "))
   end)
   it("finds balanced code", function()
      for i = 1, 60 do
         local inner = ("f(%d, {a = ')'})"):format(i)
         assert.equal("(" .. inner .. ")", (luabalanced.match_bracketed("(" .. inner .. ") + 1", 1)))
         assert.equal("x + f(y)[1]", (luabalanced.match_expression("x + f(y)[1] end", 1)):gsub("%s+$", ""))
      end
   end)
end)

describe("pl.sip", function()
   it("extracts by patterns", function()
      local matcher = sip.compile "$v{name} = $d{value}; ($i{a},$i{b}) '$r{rest}"
      for i = 1, 100 do
         local into = {}
         assert.is_true(matcher(("key = %d; (%d,%d) 'tail %d"):format(i, i + 1, -i, i), into))
         assert.same({ name = "key", value = i, a = i + 1, b = -i, rest = "tail " .. i }, into)
      end
      assert.is_false(matcher("nothing", {}))
   end)
end)

describe("pl.data, pl.config, pl.stringio", function()
   it("reads columns and queries them", function()
      local lines = { "id,score,name" }
      for i = 1, 120 do lines[#lines + 1] = ("%d,%g,n%d"):format(i, (i * 7) % 31 + 0.5, i % 10) end
      local d = assert(data.read(stringio.open(table.concat(lines, "\n") .. "\n")))
      assert.equal(120, #d)
      local total = 0
      for score in d:select "score where id > 60" do total = total + score end
      assert.is_true(total > 60)
      assert.same({ "id", "score", "name" }, { table.unpack(d.fieldnames) })
   end)
   it("reads configuration files", function()
      local file = stringio.open "# comment\ntitle = some text\n[limits]\nsize = 10\nlist = 1,2,3\non = true\n"
      local c = assert(config.read(file))
      assert.same({ title = "some text", limits = { size = 10, list = { 1, 2, 3 }, on = "true" } }, c)
   end)
   it("reads and writes strings as files", function()
      local out = stringio.create()
      for i = 1, 100 do out:writef("%d %s\n", i, ("x"):rep(i % 4)) end
      local n = 0
      for line in stringio.open(out:value()):lines() do
         n = n + 1
         assert.equal(n, tonumber(line:match "^%d+"))
      end
      assert.equal(100, n)
      local f = stringio.open "12 0x10 rest"
      assert.equal(12, f:read "*n")
   end)
end)

describe("pl.lapp and pl.url", function()
   it("parses command lines from their usage", function()
      local usage = [[
Does something
  -v,--verbose      talk
  -n (default 10)   number
  <file> (string)   name
]]
      for i = 1, 70 do
         local args = lapp(usage, { "-v", "-n", tostring(i), "name" .. i })
         assert.is_true(args.verbose)
         assert.equal(i, args.n)
         assert.equal("name" .. i, args.file)
      end
   end)
   it("quotes and unquotes", function()
      local all = {}
      for i = 0, 255 do all[#all + 1] = string.char(i) end
      local s = table.concat(all)
      assert.equal(s, url.unquote(url.quote(s)))
      assert.equal("a%20b%3Fc", url.quote "a b?c")
      assert.equal("a b", url.unquote("a+b", true))
   end)
end)

describe("pl.xml", function()
   local source = [[<list count="3"><item id="1">one</item><item id="2">two &amp; more</item>]]
      .. [[<!-- note --><group><item id="3"/></group></list>]]
   it("parses, searches and prints", function()
      for _ = 1, 70 do
         local doc = assert(xml.parse(source, false, true))
         assert.equal("3", doc:get_attribs().count)
         local items = doc:get_elements_with_name "item"
         assert.equal(3, #items)
         assert.equal("two & more", items[2]:get_text())
         assert.is_true(xml.compare(doc, assert(xml.parse(tostring(doc), false, true))))
      end
   end)
   it("matches templates", function()
      local doc = assert(xml.parse(source, false, true))
      local res = doc:match [[<list count="$n">{{<item id="$id">$text</item>}}</list>]]
      assert.equal("3", res.n)
      assert.equal("two & more", res[2].text)
   end)
   it("builds documents", function()
      local people, person, name = xml.tags "people,person,name"
      local doc = people { person { name "A" }, person { name "B" } }
      assert.equal("<people><person><name>A</name></person><person><name>B</name></person></people>", tostring(doc))
      assert.has_error(function() xml.parse("<a><b></a>", false, true) end)
   end)
end)
