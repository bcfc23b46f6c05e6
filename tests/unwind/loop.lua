-- Runs for a while, almost only in native code.
local function hot(n)
   local s, t = 0, { 0, 0, 0, 0, 0, 0, 0, 0 }
   for i = 1, n do
      s = s + (i & 7)
      t[s & 7 | 1] = s
   end
   return s
end
local rounds = tonumber(arg[1])
print "ready"
io.stdout:flush()
for _ = 1, rounds do hot(100000) end
