-- Method calls through a four-level class hierarchy: __index chains, super calls, accessors.
local size = tonumber(arg and arg[1]) or 100

local function class(parent)
  local c = {}
  c.__index = c
  return setmetatable(c, parent)
end

local Account = class()
function Account.new(kind, owner, balance)
  return setmetatable({ owner = owner, balance = balance, moves = 0 }, kind)
end
function Account:deposit(amount)
  self.balance = self.balance + amount
  self.moves = self.moves + 1
end
function Account:withdraw(amount)
  if amount > self:available() then
    return false
  end
  self.balance = self.balance - amount
  self.moves = self.moves + 1
  return true
end
function Account:available()
  return self.balance
end
function Account:fee()
  return 0
end
function Account:close_day()
  self.balance = self.balance - self:fee()
end

local Savings = class(Account)
function Savings:close_day()
  Account.close_day(self)
  self.balance = self.balance + math.floor(self.balance / 1000)
end

local Checking = class(Account)
Checking.overdraft = 200
function Checking:available()
  return self.balance + self.overdraft
end
function Checking:fee()
  return self.moves > 8 and 1 or 0
end

local Business = class(Checking)
Business.overdraft = 1000
function Business:fee()
  return Checking.fee(self) + 2
end

local Charity = class(Business)
function Charity:fee()
  return 0
end

local kinds = { Account, Savings, Checking, Business, Charity }
local accounts = {}
for i = 1, 25 do
  accounts[i] = Account.new(kinds[i % #kinds + 1], "owner" .. i, 1000 + i)
end

local function day(number)
  local refused = 0
  for i = 1, #accounts do
    local from, to = accounts[i], accounts[(i * 7 + number) % #accounts + 1]
    local amount = (i * 13 + number) % 400
    if from:withdraw(amount) then
      to:deposit(amount)
    else
      refused = refused + 1
    end
  end
  for i = 1, #accounts do
    accounts[i]:close_day()
  end
  return refused
end

local check = 0
for round = 1, size do
  for number = 1, 500 do
    check = check + day(round + number)
  end
  for i = 1, #accounts do
    check = (check * 3 + accounts[i].balance + accounts[i]:available()) % 1000000007
    accounts[i].balance = 1000 + i
    accounts[i].moves = 0
  end
end
print(string.format("%d", check))
