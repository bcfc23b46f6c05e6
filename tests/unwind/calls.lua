-- A C function is called from native code, under several C calls that come from native code, too.
local function sum(n)
   local s = 0
   for i = 1, n do s = s + i % 3 end
   return s
end
local function nest(depth)
   sum(100)
   if depth == 0 then return os.clock() end
   local ok, result = pcall(nest, depth - 1)
   return result
end
for _ = 1, 5 do nest(10) end
