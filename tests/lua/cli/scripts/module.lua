-- Loaded by -l; the name it gets is part of the output.
print("module", ...)
return { twice = function(x) return x * 2 end }
