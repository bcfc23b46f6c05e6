-- argparse: a command line with everything it has.
local argparse = require "argparse"

local function parser()
   local p = argparse("tool", "Does things.", "See the manual.")
   p:argument("input", "Input file.")
   p:argument("more", "More files."):args "*"
   p:option("-o --output", "Output file.", "a.out")
   p:option("-I --include", "Folders."):count "*"
   p:option("-n --number", "A number."):convert(tonumber)
   p:option("--pair", "Two values."):args(2)
   p:option("--level", "How much."):choices { "low", "high" }
   p:flag("-v --verbose", "Talk."):count "0-3":target "verbosity"
   p:flag("-q --quiet", "Do not talk.")
   p:mutex(p:flag "--fast", p:flag "--slow")
   return p
end

local function parser_of_commands()
   local p = argparse "tool"
   p:argument "input"
   p:command "build":option "--jobs":default "1"
   local install = p:command("install i", "Installs."):require_command(false)
   install:argument "target":args "?"
   install:command "all"
   p:require_command(false)
   return p
end

describe("argparse", function()
   local p = parser()
   it("parses options of every kind", function()
      for i = 1, 80 do
         local r = p:parse { "in" .. i, "-o", "out", "-Ia", "-I", "b", "--include=c", "-n" .. i, "-vvv", "--pair", "x", "y" }
         assert.equal("in" .. i, r.input)
         assert.same({ "a", "b", "c" }, r.include)
         assert.equal(i, r.number)
         assert.equal(3, r.verbosity)
         assert.same({ "x", "y" }, r.pair)
      end
      assert.equal("a.out", p:parse { "x" }.output)
      assert.same({ "b", "-c" }, p:parse { "a", "--", "b", "-c" }.more)
   end)
   it("parses commands", function()
      local commands = parser_of_commands()
      for i = 1, 60 do
         local r = commands:parse { "f", "build", "--jobs", tostring(i) }
         assert.is_true(r.build)
         assert.equal(tostring(i), r.jobs)
      end
      assert.is_true(commands:parse { "f", "i", "t", "all" }.all)
      print(commands:pparse { "f", "biuld" })
   end)
   it("says what is wrong", function()
      local wrong = {
         {}, { "a", "--nope" }, { "a", "--outptu", "x" }, { "a", "-n", "seven" }, { "a", "--pair", "1" },
         { "a", "--level", "middle" }, { "a", "-vvvv" }, { "a", "--fast", "--slow" }, { "a", "-o" },
         { "a", "-qx" }, { "a", "--quiet=yes" }, { "a", "-o", "1", "-o", "2" },
      }
      for round = 1, 10 do
         for _, args in ipairs(wrong) do
            local ok, message = p:pparse(args)
            if round == 1 then print(table.concat(args, " "), ok, type(message) == "string" and message) end
         end
      end
   end)
   it("writes usage and help", function()
      print(parser_of_commands():get_help())
      for _ = 1, 40 do parser():get_help() end
      print(p:get_help())
      print(p:get_usage())
      print(parser_of_commands():add_complete():get_bash_complete())
   end)
end)
