-- dkjson, with and without lpeg, and the C module cjson: each other's output.
local cjson = require "cjson"
local cjson_safe = require "cjson.safe"
local dkjson = require "dkjson"
local with_lpeg = dkjson.use_lpeg()

-- A pseudo-random value; the same sequence in every run.
local seed = 12345
local function random(n)
   seed = (seed * 16807) % 2147483647
   return seed % n + 1
end
local function value(depth)
   local kind = random(depth > 0 and 7 or 5)
   if kind == 1 then return random(2) == 1
   elseif kind == 2 then return random(1000000) - 500000
   elseif kind == 3 then return (random(4000) - 2000) / 16
   elseif kind == 4 then
      local s = {}
      for i = 1, random(12) do s[i] = utf8.char(random(0x250)) end
      return table.concat(s)
   elseif kind == 5 then return "plain \"quoted\" \\ / \n\t" .. random(99)
   elseif kind == 6 then
      local t = {}
      for i = 1, random(6) do t[i] = value(depth - 1) end
      return t
   end
   local t = {}
   for _ = 1, random(6) do t["key" .. random(20)] = value(depth - 1) end
   return t
end

describe("dkjson", function()
   it("reads back what it writes", function()
      for _ = 1, 150 do
         local v = value(3)
         local text = dkjson.encode(v)
         assert.same(v, (dkjson.decode(text)))
         assert.same(v, (with_lpeg.decode(text)))
         assert.same(v, (dkjson.decode(dkjson.encode(v, { indent = true }))))
      end
   end)
   it("orders keys, knows null and metatables", function()
      local t = setmetatable({ b = 1, a = 2, c = dkjson.null }, { __jsonorder = { "c", "b", "a" } })
      assert.equal('{"c":null,"b":1,"a":2}', dkjson.encode(t))
      assert.equal("[]", dkjson.encode(setmetatable({}, { __jsontype = "array" })))
      assert.equal("{}", dkjson.encode(setmetatable({}, { __jsontype = "object" })))
      assert.equal('"made"', dkjson.encode(setmetatable({}, { __tojson = function() return '"made"' end })))
      assert.equal("object", getmetatable(dkjson.decode "{}").__jsontype)
   end)
   it("says where the text is wrong", function()
      local bad = { "{", "[1,", '{"a" 1}', '"abc', "[1 2]", "nul", "", "{1:2}", '["\\u12"]', "[1]]" }
      for round = 1, 20 do
         for _, text in ipairs(bad) do
            local v, where, message = dkjson.decode(text)
            local v2, where2, message2 = with_lpeg.decode(text)
            if round == 1 then print(text, type(v), where, message, type(v2), where2, message2) end
         end
      end
   end)
   it("refuses cycles and functions", function()
      local cycle = {}
      cycle.cycle = cycle
      print(pcall(dkjson.encode, cycle))
      print(pcall(dkjson.encode, { print }))
      assert.equal('["<function>"]', dkjson.encode({ print }, { exception = function() return '"<function>"' end }))
   end)
end)

describe("cjson", function()
   it("agrees with dkjson", function()
      for _ = 1, 200 do
         local v = value(3)
         local text = cjson.encode(v)
         local back = dkjson.decode(text, 1, cjson.null)
         assert.same(cjson.decode(text), back)
         assert.same(cjson.decode(dkjson.encode(v)), back)
      end
   end)
   it("has states of its own", function()
      local one = cjson.new()
      one.encode_sparse_array(true)
      one.encode_number_precision(3)
      assert.equal("0.333", one.encode(1 / 3))
      assert.equal("0.33333333333333", cjson.encode(1 / 3))
      for i = 20, 60 do assert.is_string(one.encode { [i] = i }) end
      assert.has_error(function() cjson.encode { [1000000] = 1 } end)
   end)
   it("raises errors, or returns them", function()
      for _, text in ipairs { "{", "[1,]", "[nope]", '{"a":}', "[1e]" } do
         print(text, pcall(cjson.decode, text))
         print(text, cjson_safe.decode(text))
      end
      print(pcall(cjson.encode, { print }))
      local deep = {}
      for _ = 1, 1100 do deep = { deep } end
      print(pcall(cjson.encode, deep))
      for _ = 1, 100 do assert.is_false((pcall(cjson.decode, "[1, 2, x]"))) end
   end)
end)
