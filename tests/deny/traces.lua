-- Several loops with side traces, calls of functions and of C, tables, strings, a coroutine, an error
-- that leaves a loop, and code that dies: all that the JIT asks memory for.
local function classify(n)
    if n % 3 == 0 then return n elseif n % 7 == 1 then return n * 0.5 end
    return -n
end
local t, sum = {}, 0
for i = 1, 300 do t[i] = i end
for round = 1, 6 do
    for i = 1, #t do
        sum = sum + classify(t[i])
        if t[i] > 150 then t[i] = t[i] - round end
    end
end
print(sum)

local words = setmetatable({}, {__index = function(self, k) return k .. "!" end})
local length = 0
for i = 1, 200 do length = length + #words["w" .. i % 10] + #string.rep("x", i % 5) end
print(length)

local generate = coroutine.wrap(function() for i = 1, 200 do coroutine.yield(i * i) end end)
local squares = 0
for _ = 1, 200 do squares = squares ~ generate() end
print(squares)

print(pcall(function()
    for i = 1, 100 do
        if i == 90 then error("enough") end
        t[i] = i .. ""
    end
end))

for i = 1, 20 do
    local f = load("local n = ... for k = 1, 30 do n = n + k end return n")
    sum = sum + f(i)
    if i % 5 == 0 then f = nil collectgarbage() end
end
print(sum)
