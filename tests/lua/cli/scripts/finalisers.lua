-- Leaves in the way its argument says, with finalisers and to-be-closed variables pending.
local how, code, close = ...
setmetatable({}, { __gc = function() print "finaliser" end })
keep = setmetatable({}, { __gc = function() print "finaliser of a global" end })
local c <close> = setmetatable({}, { __close = function(_, e) print("closed", e) end })
local function leave(n)
  if n > 0 then return (leave(n - 1)) end
  if how == "exit" then
    os.exit(tonumber(code) or (code == "true" or code ~= "false" and nil), close == "close")
  elseif how == "error" then
    error(code, 0)
  elseif how == "object" then
    error(setmetatable({}, { __tostring = code and function() return code end or nil }))
  elseif how == "coroutine" then
    coroutine.wrap(function() os.exit(tonumber(code), close == "close") end)()
  end
  return code
end
for _ = 1, 100 do local f = function() return _ end f() end
io.write "no newline at the end; "
return leave(100)
