-- Numeric programs: n-body, spectral norm, Mandelbrot set, SHA-256, big integers, matrices, Fourier
-- transform, linear equations, prime sieves, random walks; every digit of the results is compared.
local hot = require "support.hot"

local function nbody(steps)
  local bodies = { { 0, 0, 0, 0, 0, 0, 39.47 }, { 4.84, -1.16, -0.10, 0.60, 2.81, -0.02, 0.037 }, { 8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011 }, { 12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017 } }
  for _ = 1, steps do
    for i = 1, #bodies do
      local a = bodies[i]
      for j = i + 1, #bodies do
        local b = bodies[j]
        local dx, dy, dz = a[1] - b[1], a[2] - b[2], a[3] - b[3]
        local d2 = dx * dx + dy * dy + dz * dz
        local mag = 0.01 / (d2 * math.sqrt(d2))
        a[4], a[5], a[6] = a[4] - dx * b[7] * mag, a[5] - dy * b[7] * mag, a[6] - dz * b[7] * mag
        b[4], b[5], b[6] = b[4] + dx * a[7] * mag, b[5] + dy * a[7] * mag, b[6] + dz * a[7] * mag
      end
    end
    for i = 1, #bodies do local b = bodies[i]; for k = 1, 3 do b[k] = b[k] + 0.01 * b[k + 3] end end
  end
  local e = 0
  for _, b in ipairs(bodies) do e = e + 0.5 * b[7] * (b[4] ^ 2 + b[5] ^ 2 + b[6] ^ 2) end
  return e, bodies[2][1]
end
hot.print("nbody", nbody(300))

local function spectral(n)
  local function a(i, j) local ij = i + j - 1; return 1.0 / (ij * (ij - 1) * 0.5 + i) end
  local function av(x, y) for i = 1, n do local s = 0; for j = 1, n do s = s + x[j] * a(i, j) end y[i] = s end end
  local function atv(x, y) for i = 1, n do local s = 0; for j = 1, n do s = s + x[j] * a(j, i) end y[i] = s end end
  local u, v, t = {}, {}, {}
  for i = 1, n do u[i] = 1 end
  for _ = 1, 5 do av(u, t); atv(t, v); av(v, t); atv(t, u) end
  local vbv, vv = 0, 0
  for i = 1, n do vbv = vbv + u[i] * v[i]; vv = vv + v[i] * v[i] end
  return math.sqrt(vbv / vv)
end
hot.print("spectral", spectral(30))

local function mandelbrot(w, h, limit)
  local rows = {}
  for y = 0, h - 1 do
    local row = {}
    for x = 0, w - 1 do
      local cr, ci, zr, zi, n = x * 3.0 / w - 2, y * 2.0 / h - 1, 0, 0, 0
      while zr * zr + zi * zi < 4 and n < limit do zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci; n = n + 1 end
      row[#row + 1] = n == limit and "#" or n > 5 and "+" or n > 2 and "." or " "
    end
    rows[#rows + 1] = table.concat(row)
  end
  return rows
end
for _, row in ipairs(mandelbrot(60, 20, 40)) do print(row) end

local k = {}
do
  local n, p = 0, 2
  while n < 64 do
    local prime = true
    for d = 2, math.floor(math.sqrt(p)) do if p % d == 0 then prime = false break end end
    if prime then n = n + 1; local c = p ^ (1 / 3); k[n] = math.floor((c - math.floor(c)) * 2 ^ 32) end
    p = p + 1
  end
end
local function sha256(message)
  local h = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 }
  local function rotate(x, n) return (x >> n | x << (32 - n)) & 0xffffffff end
  local data = message .. "\128" .. ("\0"):rep((55 - #message) % 64) .. string.pack(">I8", #message * 8)
  for at = 1, #data, 64 do
    local w = { string.unpack(">" .. ("I4"):rep(16), data, at) }
    for i = 17, 64 do
      local a, b = w[i - 15], w[i - 2]
      w[i] = (w[i - 16] + (rotate(a, 7) ~ rotate(a, 18) ~ a >> 3) + w[i - 7] + (rotate(b, 17) ~ rotate(b, 19) ~ b >> 10)) & 0xffffffff
    end
    local a, b, c, d, e, f, g, hh = table.unpack(h)
    for i = 1, 64 do
      local t1 = hh + (rotate(e, 6) ~ rotate(e, 11) ~ rotate(e, 25)) + (e & f ~ ~e & g) + k[i] + w[i]
      local t2 = (rotate(a, 2) ~ rotate(a, 13) ~ rotate(a, 22)) + (a & b ~ a & c ~ b & c)
      hh, g, f, e, d, c, b, a = g, f, e, (d + t1) & 0xffffffff, c, b, a, (t1 + t2) & 0xffffffff
    end
    for i, v in ipairs { a, b, c, d, e, f, g, hh } do h[i] = (h[i] + v) & 0xffffffff end
  end
  return (("%08x"):rep(8)):format(table.unpack(h))
end
print(sha256 "")
print(sha256 "abc")
print(sha256(("The quick brown fox "):rep(40)))

local function bigint(n, base)
  local digits = { 1 }
  for i = 2, n do
    local carry = 0
    for d = 1, #digits do local v = digits[d] * i + carry; digits[d] = v % base; carry = v // base end
    while carry > 0 do digits[#digits + 1] = carry % base; carry = carry // base end
  end
  local out = {}
  for d = #digits, 1, -1 do out[#out + 1] = ("%d"):format(digits[d]) end
  return table.concat(out, " ")
end
print(bigint(60, 10):gsub(" ", ""), bigint(40, 1000), bigint(30, 10.0) == bigint(30, 10))

local function fourier(re, im)
  local n = #re
  if n == 1 then return re, im end
  local er, ei, orr, oi = {}, {}, {}, {}
  for i = 1, n, 2 do er[#er + 1], ei[#ei + 1], orr[#orr + 1], oi[#oi + 1] = re[i], im[i], re[i + 1], im[i + 1] end
  er, ei = fourier(er, ei)
  orr, oi = fourier(orr, oi)
  local rr, ri = {}, {}
  for i = 1, n // 2 do
    local t = -2 * math.pi * (i - 1) / n
    local c, s = math.cos(t), math.sin(t)
    local xr, xi = c * orr[i] - s * oi[i], c * oi[i] + s * orr[i]
    rr[i], ri[i], rr[i + n // 2], ri[i + n // 2] = er[i] + xr, ei[i] + xi, er[i] - xr, ei[i] - xi
  end
  return rr, ri
end
local re, im = {}, {}
for i = 1, 64 do re[i], im[i] = i % 7 - 3, 0 end
local fr, fi = fourier(re, im)
hot.print("fourier", fr[1], fr[10], fi[10], fr[33], fi[64])

local function solve(n)
  local m = {}
  for i = 1, n do m[i] = {} for j = 1, n do m[i][j] = i == j and n + i or 1 / (i + j) end m[i][n + 1] = i end
  for i = 1, n do
    local p = i
    for r = i + 1, n do if math.abs(m[r][i]) > math.abs(m[p][i]) then p = r end end
    m[i], m[p] = m[p], m[i]
    for r = i + 1, n do local f = m[r][i] / m[i][i]; for c = i, n + 1 do m[r][c] = m[r][c] - f * m[i][c] end end
  end
  local x = {}
  for i = n, 1, -1 do local s = m[i][n + 1]; for j = i + 1, n do s = s - m[i][j] * x[j] end x[i] = s / m[i][i] end
  return x[1], x[n]
end
hot.print("solve", solve(20))

local function sieve(n) local composite, count = {}, 0 for i = 2, n do if not composite[i] then count = count + 1 for j = i * i, n, i do composite[j] = true end end end return count end
hot.show("sieve", sieve, 500)
local function walk(n, seed) local x, y = 0, 0.0 for _ = 1, n do seed = (seed * 6364136223846793005 + 1442695040888963407); local d = seed >> 62 if d == 0 then x = x + 1 elseif d == 1 then x = x - 1 elseif d == 2 then y = y + 0.5 else y = y - 0.5 end end return x, y, seed end
hot.show("walk", walk, 200, 42)
local function newton(f, x) for i = 1, 50 do local d = (f(x + 1e-6) - f(x)) / 1e-6; local nx = x - f(x) / d; if math.abs(nx - x) < 1e-12 then return nx // 1e-9 * 1e-9, i end x = nx end return x end
hot.show("newton", newton, function(x) return x ^ 3 - 2 * x - 5 end, 2)
