local t = {a = 1, a = 2}
if x == nil then end
for i = 10, 1 do t[i] = i end
print(#t, y.z)
string.foo = 1
