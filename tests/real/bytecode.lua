-- Compiles every Lua file in the folders, dumps it, loads the dump and dumps that: sizes and sums must
-- be stable. Then runs the modules of Penlight from their stripped dumps.
local lfs = require "lfs"

local files = {}
local function collect(folder)
   for name in lfs.dir(folder) do
      local path = folder .. "/" .. name
      if name:sub(1, 1) ~= "." then
         if lfs.attributes(path, "mode") == "directory" then collect(path)
         elseif name:match "%.lua$" then files[#files + 1] = path end
      end
   end
end
for _, folder in ipairs(arg) do collect(folder) end
table.sort(files)

local function adler(s)
   local a, b = 1, 0
   for i = 1, #s do
      a = (a + s:byte(i)) % 65521
      b = (b + a) % 65521
   end
   return b << 16 | a
end

local total = 0
for _, path in ipairs(files) do
   local f, message = loadfile(path)
   if f then
      local dump, stripped = string.dump(f), string.dump(f, true)
      assert(string.dump(assert(load(dump, "=dump", "b"))) == dump, path)
      assert(string.dump(assert(load(stripped, "=dump", "b")), true) == stripped, path)
      assert(not load(dump:sub(1, #dump // 2), "=half", "b"), path)
      total = total + 1
      print(path, #dump, #stripped, ("%08x"):format(adler(stripped)))
   else
      print(path, message)
   end
end
print(total)

table.insert(package.searchers, 2, function(name)
   local path = package.searchpath(name, package.path)
   if not path or not name:match "^pl" then return "no stripped dump" end
   return load(string.dump(assert(loadfile(path)), true), "=" .. name, "b"), path
end)
local List, tablex = require "pl.List", require "pl.tablex"
print(List.range(1, 200):map(function(x) return x * x % 17 end):filter(function(x) return x > 8 end):concat " ")
print(pcall(List.sort, List { 1, "a" }))
print(pcall(tablex.map, nil, {}))
