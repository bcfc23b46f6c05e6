local function f()
   unknown = 1
   local unused, f = 2
   goto done
   do return unused2 end
end
return function(a, a) for i = 1, 0 do end end, "\z
