-- busted, luassert, say and mediator: what a spec can do.
local mediator = require "mediator"
local say = require "say"

describe("assertions", function()
   it("compare deeply", function()
      for i = 1, 60 do
         assert.same({ 1, { i, x = { i * 2 } } }, { 1, { i, x = { i * 2 } } })
         assert.are_not.same({ i }, { i + 1 })
         assert.is_near(i, i + 0.001, 0.01)
         assert.has_match("n" .. i, "begin" .. i)
      end
   end)
   it("fail with a text", function()
      for _, f in ipairs {
         function() assert.equal(1, "1") end,
         function() assert.same({ 1, { 2 } }, { 1, { 3 } }) end,
         function() assert.is_true(nil, "with a message") end,
         function() assert.has_no.errors(function() error "inside" end) end,
         function() assert.truthy(false) end,
         function() assert.unique { 1, 2, 1 } end,
         function() assert.error_matches(function() error "abc" end, "xyz") end,
      } do
         local ok, e = pcall(f)
         assert.is_false(ok)
         print(tostring(e))
      end
   end)
   it("can be added", function()
      say:set("assertion.is_answer.positive", "Expected %s to be the answer")
      say:set("assertion.is_answer.negative", "Expected %s not to be the answer")
      assert:register("assertion", "is_answer", function(_, arguments) return arguments[1] == 42 end,
         "assertion.is_answer.positive", "assertion.is_answer.negative")
      assert.is_answer(42)
      assert.is_not.is_answer(41)
      print(select(2, pcall(assert.is_answer, 41)))
   end)
end)

describe("spies, stubs and mocks", function()
   it("count and compare calls", function()
      local t = { f = function(a, b) return a + b end, g = { h = function() return "real" end } }
      local s = spy.on(t, "f")
      for i = 1, 70 do assert.equal(i + 1, t.f(i, 1)) end
      assert.spy(s).was_called(70)
      assert.spy(s).was_called_with(70, 1)
      assert.spy(s).was_not_called_with(71, 1)
      s:revert()
      local st = stub(t, "f").returns(5)
      assert.equal(5, t.f())
      st:revert()
      local m = mock(t, true)
      assert.is_nil(m.g.h())
      assert.stub(m.g.h).was_called()
      mock.revert(m)
      assert.equal("real", t.g.h())
   end)
   it("match arguments", function()
      local s = spy.new(function() end)
      s("text", 5, { 1 })
      assert.spy(s).was_called_with(match.is_string(), match._, match.is_table())
      assert.spy(s).was_called_with(match.is_all_of(match.is_string(), match.has_match "ex"), match.is_number(), match._)
   end)
end)

describe("structure", function()
   local order = {}
   setup(function() order[#order + 1] = "setup" end)
   before_each(function() order[#order + 1] = "before" end)
   after_each(function() order[#order + 1] = "after" end)
   teardown(function()
      order[#order + 1] = "teardown"
      print(table.concat(order, " "))
   end)
   it("runs one", function() finally(function() order[#order + 1] = "finally" end) end)
   it("runs two #tagged", function() end)
   describe("nested", function()
      before_each(function() order[#order + 1] = "inner" end)
      it("runs three", function() end)
      insulate("insulated", function()
         package.loaded.changed = true
         _G.leak = 1
         it("sees the change", function() assert.is_true(package.loaded.changed) end)
      end)
      it("does not leak", function() assert.is_nil(_G.leak) end)
   end)
   pending "is still to be written"
end)

describe("mediator", function()
   it("publishes to subscribers in order", function()
      local m, seen = mediator(), {}
      for i = 1, 20 do
         m:subscribe({ "a", i % 2 == 0 and "even" or "odd" }, function(v) seen[#seen + 1] = i * v end, { priority = 1 })
      end
      m:subscribe({ "a" }, function() seen[#seen + 1] = "top" end)
      for v = 1, 30 do m:publish({ "a", "even" }, v) end
      print(#seen, table.concat(seen, " "))
   end)
end)
