-- Run by LUA_INIT=@cli/scripts/init.lua.
print("init file", ...)
from_init = function(n) local s = 0 for i = 1, n do s = s + i end return s end
