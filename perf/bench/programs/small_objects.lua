-- Short-lived small objects: vectors that each operation allocates anew, in a particle simulation.
local size = tonumber(arg and arg[1]) or 100

local Vector = {}
Vector.__index = Vector
local function vector(x, y)
  return setmetatable({ x = x, y = y }, Vector)
end
function Vector:plus(other)
  return vector(self.x + other.x, self.y + other.y)
end
function Vector:times(factor)
  return vector(self.x * factor, self.y * factor)
end
function Vector:dot(other)
  return self.x * other.x + self.y * other.y
end

local Particle = {}
Particle.__index = Particle
function Particle.new(seed)
  return setmetatable({
    position = vector(seed % 13 / 13.0, seed % 7 / 7.0),
    velocity = vector((seed % 5 - 2) / 4.0, (seed % 3 - 1) / 2.0),
    age = 0,
  }, Particle)
end
function Particle:step(gravity, dt)
  self.velocity = self.velocity:plus(gravity:times(dt))
  self.position = self.position:plus(self.velocity:times(dt))
  if self.position.y < 0.0 then
    self.position = vector(self.position.x, -self.position.y)
    self.velocity = vector(self.velocity.x, -0.9 * self.velocity.y)
  end
  self.age = self.age + 1
end
function Particle:energy()
  return 0.5 * self.velocity:dot(self.velocity) + self.position.y
end

local check = 0.0
local gravity = vector(0.0, -1.0)
for round = 1, size do
  local particles = {}
  for i = 1, 30 do
    particles[i] = Particle.new(i * 17 + round)
  end
  for _ = 1, 150 do
    for i = 1, #particles do
      particles[i]:step(gravity, 0.01)
    end
  end
  for i = 1, #particles do
    check = check + particles[i]:energy() + particles[i].age
  end
end
print(string.format("%.6f", check))
