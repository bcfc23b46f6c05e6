-- Gravitation of a ring of bodies around a heavy one, leapfrog integration, field access in loops.
local size = tonumber(arg and arg[1]) or 100

local function make_bodies(count)
  local bodies = { { x = 0.0, y = 0.0, z = 0.0, vx = 0.0, vy = 0.0, vz = 0.0, mass = 50.0 } }
  for i = 1, count do
    local angle = 6.283185307179586 * i / count
    local radius = 1.0 + 0.35 * i
    local speed = math.sqrt(50.0 / radius)
    local c, s = math.cos(angle), math.sin(angle)
    bodies[#bodies + 1] = {
      x = radius * c, y = radius * s, z = 0.01 * i,
      vx = -speed * s, vy = speed * c, vz = 0.0,
      mass = 0.01 * i,
    }
  end
  return bodies
end

local function kick(bodies, dt)
  local count = #bodies
  for i = 1, count do
    local a = bodies[i]
    for j = i + 1, count do
      local b = bodies[j]
      local dx, dy, dz = b.x - a.x, b.y - a.y, b.z - a.z
      local square = dx * dx + dy * dy + dz * dz + 0.0001
      local pull = dt / (square * math.sqrt(square))
      local pa, pb = pull * b.mass, pull * a.mass
      a.vx = a.vx + dx * pa
      a.vy = a.vy + dy * pa
      a.vz = a.vz + dz * pa
      b.vx = b.vx - dx * pb
      b.vy = b.vy - dy * pb
      b.vz = b.vz - dz * pb
    end
  end
end

local function drift(bodies, dt)
  for _, body in ipairs(bodies) do
    body.x = body.x + dt * body.vx
    body.y = body.y + dt * body.vy
    body.z = body.z + dt * body.vz
  end
end

local function energy(bodies)
  local sum = 0.0
  for i = 1, #bodies do
    local a = bodies[i]
    sum = sum + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      sum = sum - a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return sum
end

local bodies = make_bodies(5)
for _ = 1, size * 50 do
  for _ = 1, 12 do
    kick(bodies, 0.0005)
    drift(bodies, 0.001)
    kick(bodies, 0.0005)
  end
end
print(string.format("%.6f", energy(bodies)))
