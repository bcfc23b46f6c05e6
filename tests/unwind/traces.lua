-- A loop that is traced, with a side trace: libc is called from both.
local t, s = { x = 1.5 }, 0
for i = 1, 2000 do
   if i % 3 == 0 then
      s = s + os.clock() * 0
   else
      t[i & 7] = s
   end
   s = s + (i & 7) - (t.y or 1) + os.clock() * 0
end
