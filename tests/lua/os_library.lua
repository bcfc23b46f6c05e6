-- The os library as far as it is deterministic: date and time of fixed instants in UTC, getenv, rename,
-- remove, tmpname, execute, difftime, clock and time as types, setlocale.
-- env: TEST_VARIABLE=its value
local hot = require "support.hot"

local formats = { "%Y-%m-%d %H:%M:%S", "!%c", "!%x %X %p", "!%A %a %B %b", "!%d %e %j %U %w %W %y %Y %Z", "!%H %I %M %S", "!%D %F %R %T %r", "!%G %g %V %u %C %h %n %t %%", "!%Ex %Oy", "" }
for _, t in ipairs { 0, 1, 86399, 951782400, 1234567890, 4102444800, -1, 1e9 } do
  for _, f in ipairs(formats) do
    local text
    for _ = 1, 20 do text = hot.try(os.date, f, t) end
    print(hot.text(t), f, text)
  end
end
hot.show("date table", function() local d = os.date("!*t", 1234567890); return d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst end)
hot.show("date bad", os.date, "%Q", 0)
hot.show("date bad E", os.date, "%Ez", 0)
hot.show("date end", os.date, "%", 0)
hot.show("date fraction", os.date, "%Y", 1.5)
hot.show("date huge", os.date, "%Y", math.maxinteger)
hot.show("time", os.time, { year = 2009, month = 2, day = 13, hour = 23, min = 31, sec = 30 })
hot.show("time default hour", os.time, { year = 2000, month = 1, day = 1 })
hot.show("time normalises", function() local d = { year = 2001, month = 14, day = -3, hour = 50, min = -5, sec = 100 }; local t = os.time(d); return t, d.year, d.month, d.day, d.hour, d.min, d.sec, d.yday end)
hot.show("time missing", os.time, { year = 2000 })
hot.show("time not integer", os.time, { year = 2000, month = 1.5, day = 1 })
hot.show("time string", os.time, { year = "2000", month = "1", day = "1", hour = 0 })
hot.show("time bad", os.time, { year = 2000, month = "x", day = 1 })
hot.show("time out of bound", os.time, { year = 1 << 40, month = 1, day = 1 })
hot.show("difftime", os.difftime, 100, 40)
hot.show("difftime one", os.difftime, 100)
hot.show("kinds", function() return math.type(os.time()), math.type(os.clock()), os.clock() >= 0, type(os.date()), type(os.date "*t") end)
hot.show("getenv", function() return os.getenv "TEST_VARIABLE", os.getenv "SURELY_NOT_SET_ANYWHERE", os.getenv "LUA_INIT", os.getenv "TZ" end)
hot.show("getenv none", os.getenv)
hot.show("setlocale", function() return os.setlocale(), os.setlocale(nil, "numeric"), os.setlocale("C"), os.setlocale("no such locale") end)
hot.show("setlocale bad", os.setlocale, "C", "nonsense")

local a, b = os.tmpname(), os.tmpname()
print(type(a), a ~= b)
os.remove(b)
print(os.rename(a, b), io.open(a), (io.open(b) ~= nil))
local function clean(...) local t = table.pack(...) for i = 1, t.n do if type(t[i]) == "string" then t[i] = t[i]:gsub(a:gsub("%p", "%%%0"), "A"):gsub(b:gsub("%p", "%%%0"), "B") end end return table.unpack(t, 1, t.n) end
print(clean(os.rename(a, b)))
print(clean(os.remove(b)))
print(clean(os.remove(b)))
print(pcall(os.rename, "x"))

print(os.execute())
print(os.execute "exit 3")
print(os.execute "true")
print(os.execute "kill -9 $$")
io.stdout:flush()
print(os.execute "echo from the shell")
print(os.execute("no_such_command_anywhere 2>/dev/null"))

-- a calendar in a loop
local function weekday(y, m, d) local t = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 }; if m < 3 then y = y - 1 end return (y + y // 4 - y // 100 + y // 400 + t[m] + d) % 7 end
local wrong = 0
for i = 0, 400 do
  local d = os.date("!*t", i * 86400 * 37)
  if weekday(d.year, d.month, d.day) + 1 ~= d.wday then wrong = wrong + 1 end
end
print("weekdays", wrong)
