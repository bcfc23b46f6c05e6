-- Prints its arguments, those before it, and the varargs; loops so that the main chunk gets hot.
local low = 0
while arg[low - 1] do low = low - 1 end
for i = low, #arg do print(i, arg[i]) end
print(select("#", ...), ...)
local s = 0
for i = 1, 200 do s = s + i end
return s
