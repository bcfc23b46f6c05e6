-- A ray tracer: spheres over a plane, shadows and one reflection, vectors as three locals.
local size = tonumber(arg and arg[1]) or 100
local sqrt, floor = math.sqrt, math.floor

local Sphere = {}
Sphere.__index = Sphere
function Sphere:hit(ox, oy, oz, dx, dy, dz)
  local cx, cy, cz = self.x - ox, self.y - oy, self.z - oz
  local along = cx * dx + cy * dy + cz * dz
  local inside = self.r * self.r - (cx * cx + cy * cy + cz * cz - along * along)
  if inside < 0.0 then
    return nil
  end
  local t = along - sqrt(inside)
  return t > 0.001 and t or nil
end
function Sphere:normal(px, py, pz)
  return (px - self.x) / self.r, (py - self.y) / self.r, (pz - self.z) / self.r
end
function Sphere:shade()
  return self.colour
end

local Plane = {}
Plane.__index = Plane
function Plane:hit(_, oy, _, _, dy)
  if dy >= -0.0001 then
    return nil
  end
  return (self.y - oy) / dy
end
function Plane:normal()
  return 0.0, 1.0, 0.0
end
function Plane:shade(px, _, pz)
  return (floor(px) + floor(pz)) % 2 == 0 and 0.9 or 0.3
end

local scene = { setmetatable({ y = -1.0, mirror = 0.0 }, Plane) }
for i = 1, 5 do
  scene[#scene + 1] = setmetatable({
    x = (i - 3) * 1.3, y = (i % 2) * 0.5 - 0.3, z = 4.0 + i % 3, r = 0.6,
    colour = 0.2 + 0.15 * i, mirror = i % 2 * 0.4,
  }, Sphere)
end
local lx, ly, lz = 0.48, 0.8, -0.36

local function nearest(ox, oy, oz, dx, dy, dz)
  local best, object = math.huge, nil
  for i = 1, #scene do
    local t = scene[i]:hit(ox, oy, oz, dx, dy, dz)
    if t and t < best then
      best, object = t, scene[i]
    end
  end
  return object, best
end

local function trace(ox, oy, oz, dx, dy, dz, depth)
  local object, t = nearest(ox, oy, oz, dx, dy, dz)
  if not object then
    return 0.1 + 0.2 * (dy > 0.0 and dy or 0.0)
  end
  local px, py, pz = ox + t * dx, oy + t * dy, oz + t * dz
  local nx, ny, nz = object:normal(px, py, pz)
  local light = nx * lx + ny * ly + nz * lz
  if light < 0.0 or nearest(px, py, pz, lx, ly, lz) then
    light = 0.0
  end
  local colour = object:shade(px, py, pz) * (0.2 + 0.8 * light)
  if object.mirror > 0.0 and depth > 0 then
    local facing = 2.0 * (dx * nx + dy * ny + dz * nz)
    local seen = trace(px, py, pz, dx - facing * nx, dy - facing * ny, dz - facing * nz, depth - 1)
    colour = colour * (1.0 - object.mirror) + seen * object.mirror
  end
  return colour
end

local check = 0
for round = 1, size * 3 do
  for row = 0, 25 do
    for column = 0, 35 do
      local dx, dy = (column - 18) / 22.0 + round / 5000.0, (13 - row) / 22.0
      local length = sqrt(dx * dx + dy * dy + 1.0)
      local colour = trace(0.0, 0.3, -1.0, dx / length, dy / length, 1.0 / length, 2)
      check = (check + floor(colour * 255.0)) % 1000000007
    end
  end
end
print(string.format("%d", check))
