-- Floating point arithmetic in flat loops: quadrature, a series and a differential equation.
local size = tonumber(arg and arg[1]) or 100

local function simpson(low, high, steps)
  local h = (high - low) / steps
  local sum = 0.0
  for i = 0, steps do
    local x = low + i * h
    local y = x * x * x / (1.0 + x * x)
    if i == 0 or i == steps then
      sum = sum + y
    elseif i % 2 == 1 then
      sum = sum + 4.0 * y
    else
      sum = sum + 2.0 * y
    end
  end
  return sum * h / 3.0
end

local function leibniz(terms)
  local sum, sign = 0.0, 1.0
  for k = 0, terms do
    sum = sum + sign / (2.0 * k + 1.0)
    sign = -sign
  end
  return 4.0 * sum
end

-- A damped pendulum, fourth-order Runge-Kutta, small-angle sine by its series.
local function pendulum(steps)
  local angle, speed, dt = 0.5, 0.0, 0.001
  local function force(a, s)
    return -(a - a * a * a / 6.0) - 0.1 * s
  end
  for _ = 1, steps do
    local a1, s1 = speed, force(angle, speed)
    local a2, s2 = speed + 0.5 * dt * s1, force(angle + 0.5 * dt * a1, speed + 0.5 * dt * s1)
    local a3, s3 = speed + 0.5 * dt * s2, force(angle + 0.5 * dt * a2, speed + 0.5 * dt * s2)
    local a4, s4 = speed + dt * s3, force(angle + dt * a3, speed + dt * s3)
    angle = angle + dt / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
    speed = speed + dt / 6.0 * (s1 + 2.0 * s2 + 2.0 * s3 + s4)
  end
  return angle
end

local check = 0.0
for round = 1, size do
  check = check + simpson(0.0, 1.0 + round / 100.0, 30000)
  check = check + leibniz(60000) + pendulum(6000)
end
print(string.format("%.6f", check))
