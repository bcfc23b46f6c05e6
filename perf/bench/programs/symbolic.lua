-- Symbolic differentiation: expression trees of several node kinds, rewriting, evaluation.
local size = tonumber(arg and arg[1]) or 100

local function class(parent)
  local c = setmetatable({}, parent)
  c.__index = c
  return c
end

local Node = class()
local Number, Symbol = class(Node), class(Node)
local Sum, Product, Power = class(Node), class(Node), class(Node)

local function number(value)
  return setmetatable({ value = value }, Number)
end
local function symbol(name)
  return setmetatable({ name = name }, Symbol)
end
local function sum(a, b)
  return setmetatable({ a = a, b = b }, Sum)
end
local function product(a, b)
  return setmetatable({ a = a, b = b }, Product)
end
local function power(a, exponent)
  return setmetatable({ a = a, exponent = exponent }, Power)
end

function Node:is(value)
  return false
end
function Number:is(value)
  return self.value == value
end

function Number:derive()
  return number(0)
end
function Symbol:derive(name)
  return number(self.name == name and 1 or 0)
end
function Sum:derive(name)
  return sum(self.a:derive(name), self.b:derive(name))
end
function Product:derive(name)
  return sum(product(self.a:derive(name), self.b), product(self.a, self.b:derive(name)))
end
function Power:derive(name)
  local outer = product(number(self.exponent), power(self.a, self.exponent - 1))
  return product(outer, self.a:derive(name))
end

function Node:simplify()
  return self
end
function Sum:simplify()
  local a, b = self.a:simplify(), self.b:simplify()
  if a:is(0) then
    return b
  elseif b:is(0) then
    return a
  elseif a.value and b.value then
    return number((a.value + b.value) % 65521)
  end
  return sum(a, b)
end
function Product:simplify()
  local a, b = self.a:simplify(), self.b:simplify()
  if a:is(0) or b:is(0) then
    return number(0)
  elseif a:is(1) then
    return b
  elseif b:is(1) then
    return a
  elseif a.value and b.value then
    return number(a.value * b.value % 65521)
  end
  return product(a, b)
end
function Power:simplify()
  local a = self.a:simplify()
  if self.exponent == 0 then
    return number(1)
  elseif self.exponent == 1 then
    return a
  end
  return power(a, self.exponent)
end

function Number:evaluate()
  return self.value
end
function Symbol:evaluate(values)
  return values[self.name]
end
function Sum:evaluate(values)
  return (self.a:evaluate(values) + self.b:evaluate(values)) % 65521
end
function Product:evaluate(values)
  return self.a:evaluate(values) * self.b:evaluate(values) % 65521
end
function Power:evaluate(values)
  local base, result = self.a:evaluate(values), 1
  for _ = 1, self.exponent do
    result = result * base % 65521
  end
  return result
end

function Node:count()
  return 1
end
function Sum:count()
  return 1 + self.a:count() + self.b:count()
end
Product.count = Sum.count
function Power:count()
  return 1 + self.a:count()
end

local x, y = symbol("x"), symbol("y")
local function make(round)
  local expression = sum(power(x, 3), product(number(round % 9 + 1), y))
  for i = 1, 5 do
    expression = sum(product(expression, sum(x, number(i))), power(sum(y, x), i % 3 + 1))
  end
  return expression
end

local check = 0
for round = 1, size * 8 do
  local expression = make(round)
  for order = 1, 3 do
    expression = expression:derive(order == 2 and "y" or "x"):simplify()
    check = check + expression:count()
  end
  for i = 1, 2 do
    check = (check * 3 + expression:evaluate({ x = i, y = round })) % 1000000007
  end
end
print(string.format("%d", check))
