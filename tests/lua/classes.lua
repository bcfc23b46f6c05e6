-- Object-oriented code: method calls, inheritance of several levels, polymorphic call sites, mixins,
-- super calls, closures as objects, properties, class changes at run time, accounts that fail.
local hot = require "support.hot"

local function class(name, parent)
  local c = { name = name }
  c.__index = c
  c.__tostring = function(o) return name .. ":" .. tostring(o.id) end
  c.new = function(...) local o = setmetatable({}, c); o:init(...); return o end
  return setmetatable(c, { __index = parent, __call = function(_, ...) return c.new(...) end })
end
local Shape = class "Shape"
function Shape:init(id) self.id = id end
function Shape:area() return 0 end
function Shape:describe() return self.name .. " " .. self.id .. " " .. self:area() end
local Rect = class("Rect", Shape)
function Rect:init(id, w, h) Shape.init(self, id); self.w, self.h = w, h end
function Rect:area() return self.w * self.h end
local Square = class("Square", Rect)
function Square:init(id, s) Rect.init(self, id, s, s) end
local Circle = class("Circle", Shape)
function Circle:init(id, r) Shape.init(self, id); self.r = r end
function Circle:area() return 3.25 * self.r ^ 2 end
local Group = class("Group", Shape)
function Group:init(id) Shape.init(self, id); self.items = {} end
function Group:add(s) self.items[#self.items + 1] = s; return self end
function Group:area() local s = 0 for _, i in ipairs(self.items) do s = s + i:area() end return s end
function Group:describe() return Shape.describe(self) .. " of " .. #self.items end

local shapes = {}
for i = 1, 200 do
  local k = i % 5
  shapes[i] = k == 0 and Rect(i, i, 2) or k == 1 and Square(i, i / 2) or k == 2 and Circle(i, i) or k == 3 and Shape(i) or Group(i):add(Square(0, i)):add(Rect(0, 1, i))
end
local function total(list) local s = 0 for i = 1, #list do s = s + list[i]:area() end return s end
for _ = 1, 5 do print(total(shapes)) end
for i = 1, 200, 23 do print(shapes[i]:describe(), tostring(shapes[i])) end

-- redefinition while call sites are hot
function Rect:area() return self.w + self.h end
print(total(shapes))
local area = Circle.area
Circle.area = nil
print(total(shapes))
Circle.area = function(self) return area(self) // 1 end
print(total(shapes))
setmetatable(shapes[3], Rect)
print(hot.try(total, shapes))
setmetatable(shapes[3], nil)
print(hot.try(total, shapes))
setmetatable(shapes[3], Circle).r = 1
shapes[4].area = function() return 1e6 end
print(total(shapes))
shapes[4].area = 5
print(hot.try(total, shapes))
shapes[4].area = nil
print(total(shapes))

-- an inheritance chain that is long, and one with function indexes in between
local chain = { m = function(_, x) return x + 1 end, v = "root" }
for i = 1, 30 do
  local parent = chain
  chain = setmetatable({ ["own" .. i] = i }, { __index = i % 7 == 0 and function(_, k) return parent[k] end or parent })
end
local function longway(o, n) local s = 0 for i = 1, n do s = o:m(s) + o.own1 + o.own15 + o.own30 end return s, o.v, o.none end
hot.show("long way", longway, chain, 50)

-- accounts: closures against tables against metatables
local function closure(balance) return { deposit = function(v) balance = balance + v end, withdraw = function(v) if v > balance then error("insufficient " .. balance, 0) end balance = balance - v end, balance = function() return balance end } end
local Account = {}
Account.__index = Account
function Account.new(b) return setmetatable({ b = b }, Account) end
function Account:deposit(v) self.b = self.b + v end
function Account:withdraw(v) if v > self.b then error("insufficient " .. self.b, 0) end self.b = self.b - v end
function Account:balance() return self.b end
local function run(n, a, b)
  local fails = 0
  for i = 1, n do
    a.deposit(i); b:deposit(i)
    local ok1, e1 = pcall(a.withdraw, i * 3 % 50)
    local ok2, e2 = pcall(b.withdraw, b, i * 3 % 50)
    if ok1 ~= ok2 or e1 ~= e2 then return "differ", i, e1, e2 end
    if not ok1 then fails = fails + 1 end
    if i == n // 2 then a.deposit(0.5); b:deposit(0.5) end
  end
  return a.balance(), b:balance(), fails
end
for _, start in ipairs { 0, 5.25, "10" } do print(hot.try(run, 300, closure(start), Account.new(start))) end

-- properties with getters and setters; privacy by weak keys; multiple inheritance by search
local props = { get = { size = function(o) return o.raw * 2 end }, set = { size = function(o, v) o.raw = v / 2 end } }
local function object(raw) return setmetatable({ raw = raw }, { __index = function(o, k) local g = props.get[k]; return g and g(o) end, __newindex = function(o, k, v) local s = props.set[k]; if s then s(o, v) else rawset(o, k, v) end end }) end
local function properties(n) local o = object(1); for i = 1, n do o.size = o.size + i; o["f" .. i % 5] = i end return o.raw, o.size, o.f1, o.nothing end
hot.show("properties", properties, 60)
local function multiple(...) local parents = { ... }; local c = {}; c.__index = c; return setmetatable(c, { __index = function(t, k) for i = 1, #parents do local v = parents[i][k]; if v then t[k] = v; return v end end end }) end
local Named = { getname = function(self) return self.label end, setname = function(self, n) self.label = n end }
local NamedRect = multiple(Named, Rect)
local function both(n) local o = setmetatable({ w = n, h = 2, id = n }, NamedRect); o:setname("n" .. n); return o:getname(), o:area(), rawget(NamedRect, "area") == Rect.area end
hot.show("multiple", both, 7)

-- method lookups on strings and numbers, self of other types
local function methods(s) return s:len() + #s:upper() + (s:find("b") or 0), s:sub(2, 3):rep(2), ("%d"):format(#s) end
hot.surprise("strings", methods, { { "abc" }, { "" }, { ("ab"):rep(30) }, { 12345 }, { nil, n = 1 }, { { len = function() return 1 end } } })
