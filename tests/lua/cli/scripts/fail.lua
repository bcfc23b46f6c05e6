-- Fails in a hot function called from a hot loop; the traceback is compared.
local function inner(t, i) return t[i].x + i end
local function outer(t) local s = 0 for i = 1, 300 do s = s + inner(t, i) end return s end
local t = {}
for i = 1, 200 do t[i] = { x = i } end
print "before"
print(outer(t))
