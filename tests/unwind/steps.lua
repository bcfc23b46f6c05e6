-- Every kind of native code, again and again; a debugger steps through it from the call in the middle.
local t = { x = 1.5 }
local function add(a, b) return a + b end
local s = 0
for i = 1, 1000 do
   s = add(s, i % 7) * 1.0
   t.x = t.x + s // 3
   t[i & 7] = (i < 500) and t or s
   if i == 500 then os.clock() end
   local u = { i, s }
   s = #u + u[2] - (t.y or 1)
end
