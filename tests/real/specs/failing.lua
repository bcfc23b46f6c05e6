-- A spec in which everything goes wrong that can: its report, positions included, must be the same.
describe("failures", function()
   local function deep(n)
      if n == 0 then error "at the bottom" end
      local r = deep(n - 1)
      return r
   end
   it("fails an assertion", function() assert.same({ 1, 2 }, { 1, 3 }) end)
   it("raises an error", function() deep(100) end)
   it("raises a table", function() error { message = "in a table" } end)
   it("indexes nil", function()
      local t = {}
      for i = 1, 100 do t[i] = i end
      return t.x.y
   end)
   it("compares the wrong things", function()
      for i = 1, 100 do
         if i == 100 then i = "x" end
         if i > 100 then break end
      end
   end)
   it("calls a string", function() return ("x")() end)
   it("overflows the stack", function()
      local function f() return 1 + f() end
      local ok, e = pcall(f)
      error((e:gsub("^.-:%d+: ", "")), 0)
   end)
   it("is pending", function() pending "later" end)
   describe("with a broken setup", function()
      setup(function() error "setup" end)
      it("never runs", function() end)
   end)
   it("passes", function() end)
end)

describe("a broken block", function() error "outside of a test" end)
