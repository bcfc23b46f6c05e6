-- Penlight: lists, maps, sets and what works on plain tables.
local List = require "pl.List"
local Map = require "pl.Map"
local MultiMap = require "pl.MultiMap"
local OrderedMap = require "pl.OrderedMap"
local Set = require "pl.Set"
local array2d = require "pl.array2d"
local comprehension = require "pl.comprehension".new()
local permute = require "pl.permute"
local pretty = require "pl.pretty"
local seq = require "pl.seq"
local tablex = require "pl.tablex"
local types = require "pl.types"

local function sorted(t)
   table.sort(t)
   return t
end

describe("pl.List", function()
   it("is built, sliced and joined", function()
      for n = 1, 80 do
         local l = List.range(1, n)
         assert.equal(n, #l)
         assert.equal(n * (n + 1) // 2, l:reduce("+"))
         assert.same(List { n }, l:slice(-1))
         assert.equal(l, l:clone())
         assert.equal((" "):rep(n - 1), l:join(" "):gsub("%d", ""))
         assert.same({ 1 }, { l[1] })
      end
   end)
   it("inserts, removes, sorts and reverses in place", function()
      local l = List()
      for i = 1, 200 do l:append((i * 37) % 101) end
      l:sort("<")
      for i = 2, #l do assert.is_true(l[i - 1] <= l[i]) end
      l:reverse()
      assert.equal(100, l[1])
      assert.equal(l[#l], l:pop())
      l:insert(1, -1):put(-2):extend { 7, 8, 9 }
      assert.same({ -2, -1 }, { l[1], l[2] })
      assert.equal(2, l:index(-1))
      assert.is_true(l:contains(9))
      l:remove_value(9)
      assert.equal(2, l:count(9))
      assert.equal(0, #l:clear())
   end)
   it("filters, maps and splits", function()
      local words = List.split("the quick brown fox jumps over the lazy dog")
      assert.equal(9, words:len())
      assert.equal("THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG", words:map(string.upper):concat " ")
      assert.same({ "quick", "brown", "jumps" }, { table.unpack(words:filter(function(w) return #w == 5 end)) })
      local parts = words:partition(function(w) return #w end)
      assert.same({ 3, 4, 5 }, sorted(tablex.keys(parts)))
      assert.equal("{the,quick}", tostring(words:slice(1, 2)))
      assert.equal(List { 1, 2, 3, 4 }, List { 1, 2 } .. List { 3, 4 })
      assert.same({ "b", "d" }, { table.unpack(List { "a", "b", "c", "d" }:chop(1, 1):remove(2)) })
   end)
   it("says what was wrong", function()
      assert.has_error(function() return List { 1 }:map(nil) end)
      assert.has_error(function() return List { 1 }:sort(12) end)
   end)
end)

describe("pl.Map and its kin", function()
   it("keeps keys and values", function()
      local m = Map { a = 1, b = 2, c = 3 }
      assert.same({ "a", "b", "c" }, sorted(m:keys()))
      assert.same({ 1, 2, 3 }, sorted(m:values()))
      assert.equal(2, m:get "b")
      assert.equal(10, m:setdefault("z", 10))
      assert.equal(4, m:len())
      assert.is_true(m == Map { a = 1, b = 2, c = 3, z = 10 })
      m:update { a = 5 }
      assert.same({ 5, 2 }, { table.unpack(m:getvalues { "a", "b" }) })
   end)
   it("keeps the order of insertion", function()
      local m = OrderedMap()
      for i = 100, 1, -1 do m:set("k" .. i, i) end
      local i = 100
      for k, v in m:iter() do
         assert.equal("k" .. i, k)
         assert.equal(i, v)
         i = i - 1
      end
      m:set("k50", nil)
      assert.equal(99, #m:keys())
      m:insert(1, "first", 0)
      assert.equal("first", m:keys()[1])
      m:sort()
      assert.equal("first", m:keys()[1])
      assert.equal("k99", m:keys()[#m:keys()])
   end)
   it("keeps several values", function()
      local m = MultiMap()
      for i = 1, 30 do m:set(i % 3, i) end
      assert.equal(10, #m[0])
      assert.equal(3, m[0][1])
   end)
   it("does the algebra of sets", function()
      local evens, threes = Set(seq.copy(seq.filter(seq.range(1, 60), function(x) return x % 2 == 0 end))),
         Set(seq.copy(seq.filter(seq.range(1, 60), function(x) return x % 3 == 0 end)))
      assert.equal(10, #(evens * threes))
      assert.equal(40, #(evens + threes))
      assert.equal(20, #(evens - threes))
      assert.equal(30, #(evens ^ threes))
      assert.is_true(Set { 2, 4 } < evens)
      assert.is_false(evens < threes)
      assert.is_true(Set { 1, 2 } == Set { 2, 1 })
      assert.is_true(Set.isdisjoint(Set { 1 }, Set { 2 }))
      assert.equal("[1]", tostring(Set { 1 }))
   end)
end)

describe("pl.tablex", function()
   it("compares and copies deeply", function()
      local t = { 1, 2, { a = { b = { 1.5, "x", false } } }, n = { [1] = { [2] = 3 } } }
      for _ = 1, 70 do
         local copy = tablex.deepcopy(t)
         assert.is_true(tablex.deepcompare(t, copy))
         copy[3].a.b[2] = "y"
         assert.is_false(tablex.deepcompare(t, copy))
      end
      t.self = t
      assert.equal(t, tablex.copy(t).self)
   end)
   it("maps, reduces, zips and finds", function()
      local one_to_9 = tablex.range(1, 9)
      assert.same({ 1, 4, 9, 16, 25, 36, 49, 64, 81 }, tablex.map("^", one_to_9, 2))
      assert.equal(45, tablex.reduce("+", one_to_9))
      assert.same({ { 1, "a" }, { 2, "b" } }, tablex.zip({ 1, 2 }, { "a", "b" }))
      assert.equal(3, tablex.find({ 5, 6, 7 }, 7))
      assert.equal(2, tablex.rfind({ 7, 7, 8 }, 7))
      assert.same({ 2, 4 }, tablex.filter({ 1, 2, 3, 4 }, function(x) return x % 2 == 0 end))
      assert.same({ a = 1, b = 2, c = 3 }, tablex.merge({ a = 1, b = 2 }, { b = 2, c = 3 }, true))
      assert.same({ x = 1, y = 2 }, tablex.index_map { "x", "y" })
      assert.same({ 4, 3 }, tablex.sub({ 5, 4, 3, 2 }, 2, 3))
      assert.is_true(tablex.compare_no_order({ 1, 2, 3 }, { 3, 1, 2 }))
      local seen = {}
      for k, v in tablex.sort({ c = 1, a = 3, b = 2 }) do seen[#seen + 1] = k .. v end
      assert.equal("a3 b2 c1", table.concat(seen, " "))
      assert.equal(3, tablex.size { 1, 2, x = 3 })
   end)
   it("makes read-only views", function()
      local view = tablex.readonly { 1, 2, 3 }
      assert.equal(3, #view)
      assert.has_error(function() view[1] = 0 end)
   end)
end)

describe("pl.seq, pl.comprehension, pl.permute", function()
   it("chains lazily", function()
      local sum = 0
      for round = 1, 30 do
         sum = sum + seq.sum(seq.map(function(x) return x * round end, seq.range(1, 20)))
      end
      assert.equal(210 * 465, sum)
      assert.same({ 1, 2, 3 }, seq.copy(seq.take(seq.list { 1, 2, 3, 4 }, 3)))
      assert.same({ { "a", 1 }, { "b", 2 } }, seq.copy_tuples(seq.zip({ "a", "b" }, { 1, 2 })))
      assert.same({ 1, 2, 3, 5 }, seq.copy(seq.sort { 5, 3, 2, 1 }))
      assert.same({ a = 2, b = 1 }, { a = seq.count_map { "a", "b", "a" }.a, b = seq.count_map { "a", "b", "a" }.b })
      assert.equal(6, seq { 1, 2, 3 }:reduce(function(a, b) return a + b end))
   end)
   it("writes comprehensions as code", function()
      for n = 5, 40, 5 do
         assert.equal(n, #comprehension("x for x = 1, " .. n)())
      end
      assert.same({ 4, 16 }, comprehension "x^2 for x if x % 2 == 0" { 1, 2, 3, 4 })
      assert.same({ [1] = 1, [2] = 4 }, comprehension "table(x, x * x for x = 1, 2)"())
      assert.equal(55, comprehension "sum(x for x = 1, 10)"())
   end)
   it("permutes", function()
      local count, distinct = 0, {}
      for p in permute.order_iter { 1, 2, 3, 4, 5 } do
         count = count + 1
         distinct[table.concat(p)] = true
      end
      assert.equal(120, count)
      assert.equal(120, tablex.size(distinct))
   end)
end)

describe("pl.array2d", function()
   it("handles rows and columns", function()
      local a = array2d.new(6, 5, function(i, j) return i * 10 + j end)
      assert.equal(5, select(2, array2d.size(a)))
      assert.same({ 13, 23, 33, 43, 53, 63 }, array2d.column(a, 3))
      assert.same({ { 11, 12 }, { 21, 22 } }, array2d.slice(a, 1, 1, 2, 2))
      assert.same({ 15, 25, 35, 45, 55, 65 }, array2d.reduce_rows(math.max, a))
      assert.equal(65, array2d.reduce2(math.max, math.max, a))
      local total = 0
      for v in array2d.iter(a) do total = total + v end
      assert.equal(1140, total)
      array2d.swap_rows(a, 1, 6)
      assert.equal(61, a[1][1])
      assert.same({ { 0, 0 } }, array2d.new(1, 2, 0))
   end)
end)

describe("pl.pretty and pl.types", function()
   it("writes and reads tables", function()
      local t = { 1, 2.5, "s", { nested = { true } }, ["odd key"] = 1, [10] = "ten", f = -0.5 }
      for _ = 1, 70 do
         local text = pretty.write(t)
         assert.same(t, assert(pretty.read(text)))
      end
      assert.equal("{1,2,{3}}", pretty.write({ 1, 2, { 3 } }, ""))
      assert.is_nil(pretty.read "{ f() }")
      assert.equal("1.0MiB", pretty.number(1024 * 1024, "M"))
      assert.equal("12,345,678", pretty.number(12345678, "T"))
   end)
   it("tells types apart", function()
      assert.is_true(types.is_callable(print))
      assert.is_true(types.is_empty "")
      assert.is_true(types.is_integer(3.0))
      assert.is_false(types.is_integer(3.5))
      assert.is_true(types.to_bool "yes")
      assert.equal("List", types.type(List()))
      assert.is_true(types.is_indexable(List()))
   end)
end)
