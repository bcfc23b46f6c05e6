-- Penlight: classes, functional helpers, files and dates.
local Date = require "pl.Date"
local class = require "pl.class"
local compat = require "pl.compat"
local dir = require "pl.dir"
local file = require "pl.file"
local func = require "pl.func"
local input = require "pl.input"
local operator = require "pl.operator"
local path = require "pl.path"
local stringio = require "pl.stringio"
local tablex = require "pl.tablex"
local utils = require "pl.utils"
local _1, _2 = func._1, func._2

describe("pl.class", function()
   local Animal = class()
   function Animal:_init(name) self.name = name end
   function Animal:__tostring() return self.name .. ": " .. self:speak() end
   function Animal:speak() return "..." end
   local Dog = class(Animal)
   function Dog:_init(name, tricks)
      self:super(name)
      self.tricks = tricks
   end
   function Dog:speak() return ("woof"):rep(self.tricks, " ") end
   local Robot = class(class.properties)
   function Robot:get_power() return (self._power or 0) * 2 end
   function Robot:set_power(p) self._power = p end

   it("inherits", function()
      for i = 1, 100 do
         local d = Dog("rex" .. i, i % 4)
         assert.equal("rex" .. i .. ": " .. ("woof"):rep(i % 4, " "), tostring(d))
         assert.is_true(d:is_a(Animal))
         assert.is_true(Animal:class_of(d))
         assert.is_false(Dog:class_of(Animal "cat"))
      end
      assert.equal("cat: ...", tostring(Animal "cat"))
   end)
   it("has properties", function()
      local r = Robot()
      for i = 1, 100 do
         r.power = i
         assert.equal(2 * i, r.power)
      end
   end)
   it("catches unknown fields", function()
      local Proxy = class()
      Proxy:catch(function(_, name) return name .. "!" end)
      local p = Proxy()
      for i = 1, 80 do assert.equal("k" .. i .. "!", p["k" .. i]) end
   end)
end)

describe("pl.func, pl.operator, pl.utils", function()
   it("writes functions with placeholders", function()
      local f = func.I(_1 * 2 + _2 ^ 2 - 1)
      for i = 1, 100 do assert.equal(i * 2 + 9 - 1, f(i, 3)) end
      assert.equal("x=5", func.I(func.Args and _1 .. "=" .. _2)("x", 5))
      assert.same({ 1, 4, 9 }, tablex.map(_1 * _1, { 1, 2, 3 }))
      assert.equal(7, func.compose(function(x) return x + 1 end, function(x) return x * 2 end)(3))
      assert.equal(3, func.bind1(math.max, 3)(2))
   end)
   it("has the operators as functions", function()
      local o = operator
      for i = 1, 80 do
         assert.equal(i + 2, o.add(i, 2))
         assert.equal(i < 40, o.lt(i, 40))
         assert.equal("a" .. i, o.concat("a", i))
         assert.equal(i % 7, o.mod(i, 7))
         assert.equal(i ^ 2, o.pow(i, 2))
      end
      assert.is_true(operator.lnot(false))
   end)
   it("formats, splits, memoizes", function()
      local calls = 0
      local square = utils.memoize(function(x) calls = calls + 1 return x * x end)
      for _ = 1, 10 do
         for i = 1, 20 do assert.equal(i * i, square(i)) end
      end
      assert.equal(20, calls)
      assert.same({ "a", "b", "c" }, utils.split("a,b,c", ","))
      assert.same({ 1, nil, 3, n = 3 }, utils.pack(1, nil, 3))
      assert.equal(5, utils.choose(true, 5, 6))
      assert.equal("x%.y", utils.escape "x.y")
      assert.equal(3, utils.string_lambda "|a, b| a + b"(1, 2))
      assert.has_error(function() utils.assert_arg(1, 5, "string") end)
      assert.has_error(function() utils.string_lambda(5) end)
   end)
   it("loads chunks with environments", function()
      for i = 1, 70 do
         local env = { x = i }
         assert(compat.load("y = x * 2", "chunk", "t", env))()
         assert.equal(i * 2, env.y)
      end
   end)
end)

describe("pl.path, pl.dir, pl.file", function()
   local top = path.tmpname()
   setup(function()
      os.remove(top)
      assert(dir.makepath(path.join(top, "a", "b")))
      for i = 1, 20 do assert(file.write(path.join(top, "a", i .. (i % 2 == 0 and ".txt" or ".lua")), ("x"):rep(i))) end
   end)
   teardown(function() assert(dir.rmtree(top)) end)

   it("takes paths apart", function()
      for i = 1, 100 do
         local p = path.join("dir", "sub" .. i, "name.ext")
         assert.equal("name.ext", path.basename(p))
         assert.equal(".ext", path.extension(p))
         assert.equal("dir/sub" .. i, path.dirname(p))
         assert.equal("name", (path.splitext(path.basename(p))))
      end
      assert.equal("/a/c", path.normpath "/a/./b/../c")
      assert.equal("../x", path.relpath("/a/x", "/a/b"))
   end)
   it("walks folders", function()
      assert.equal(10, #dir.getfiles(path.join(top, "a"), "*.txt"))
      local files = dir.getallfiles(top)
      assert.equal(20, #files)
      local size = 0
      for _, name in ipairs(files) do size = size + path.getsize(name) end
      assert.equal(210, size)
      local roots = 0
      for _ in dir.walk(top) do roots = roots + 1 end
      assert.equal(3, roots)
   end)
   it("copies, moves and deletes", function()
      local from, to = path.join(top, "a", "2.txt"), path.join(top, "copy")
      assert.is_true(dir.copyfile(from, to))
      assert.equal("xx", file.read(to))
      assert.is_true(dir.movefile(to, to .. "2"))
      assert.is_nil(file.read(to))
      assert.is_true(file.delete(to .. "2"))
      assert.is_false(path.exists(to .. "2"))
   end)
end)

describe("pl.Date and pl.input", function()
   it("computes with dates", function()
      local d = Date { year = 2020, month = 2, day = 28, hour = 12 }
      for _ = 1, 366 do d:add { day = 1 } end
      assert.same({ 2021, 2, 28 }, { d:year(), d:month(), d:day() })
      assert.is_true(Date { year = 2020, month = 1, day = 1 } < d)
      local df = Date.Format "yyyy-mm-dd"
      assert.equal("2021-02-28", df:tostring(d))
      assert.equal(7, assert(df:parse "1999-07-04"):month())
      assert.equal(29, Date { year = 2024, month = 2, day = 1 }:last_day():day())
   end)
   it("reads numbers and fields", function()
      local lines = {}
      for i = 1, 90 do lines[i] = i .. " " .. i * 2 end
      local sum = 0
      for a in input.numbers(stringio.open(table.concat(lines, "\n"))) do sum = sum + a end
      assert.equal(4095 * 3, sum)
      local fields = {}
      for a, c in input.fields({ 1, 3 }, ",", stringio.open "1,b,3\n2,d,4\n") do fields[#fields + 1] = a + c end
      assert.same({ 4, 6 }, fields)
   end)
end)
