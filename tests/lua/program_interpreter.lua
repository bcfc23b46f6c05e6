-- A small language run by a Lua program: lexer, parser and two evaluators (tree walking and a stack
-- machine with a dispatch table), whose results must agree; types vary with the program.
local hot = require "support.hot"

local function lex(src)
  local tokens, at = {}, 1
  while true do
    at = src:find("%S", at)
    if not at then break end
    local t = src:match("^%d+%.?%d*", at) or src:match("^[%a_][%w_]*", at) or src:match('^"[^"]*"', at) or src:match("^[<>=!]=", at) or src:match("^[-+*/%%^<>=(){},;.]", at)
    if not t then error("unexpected " .. src:sub(at, at) .. " at " .. at, 0) end
    tokens[#tokens + 1] = t
    at = at + #t
  end
  tokens[#tokens + 1] = "<end>"
  return tokens
end

local priority = { ["or"] = 1, ["and"] = 2, ["<"] = 3, [">"] = 3, ["<="] = 3, [">="] = 3, ["=="] = 3, ["!="] = 3, ["."] = 4, ["+"] = 5, ["-"] = 5, ["*"] = 6, ["/"] = 6, ["%"] = 6, ["^"] = 8 }
local function parse(src)
  local tokens, at = lex(src), 1
  local expression, block
  local function peek() return tokens[at] end
  local function take(t) if tokens[at] ~= t then error("expected " .. t .. " but got " .. tokens[at], 0) end at = at + 1 end
  local function accept(t) if tokens[at] == t then at = at + 1 return true end end
  local function primary()
    local t = peek()
    at = at + 1
    if t:match "^%d" then return { op = "const", math.tointeger(tonumber(t)) or tonumber(t) }
    elseif t:match '^"' then return { op = "const", t:sub(2, -2) }
    elseif t == "(" then local e = expression(0) take ")" return e
    elseif t == "-" or t == "not" then return { op = t == "-" and "neg" or "not", expression(7) }
    elseif t:match "^[%a_]" then
      if accept "(" then
        local call = { op = "call", t }
        while not accept ")" do call[#call + 1] = expression(0); if peek() ~= ")" then take "," end end
        return call
      end
      return { op = "var", t }
    end
    error("unexpected " .. t, 0)
  end
  function expression(limit)
    local left = primary()
    while true do
      local op = peek()
      local p = priority[op]
      if not p or p <= limit then return left end
      at = at + 1
      left = { op = op, left, expression(op == "^" and p - 1 or p) }
    end
  end
  local function statement()
    if accept "while" then local c = expression(0) return { op = "while", c, block() }
    elseif accept "if" then local c = expression(0) local a = block() return { op = "if", c, a, accept "else" and block() or nil }
    elseif accept "fun" then
      local f = { op = "fun", peek() }
      at = at + 1
      take "("
      local params = {}
      while not accept ")" do params[#params + 1] = peek(); at = at + 1; accept "," end
      f[2], f[3] = params, block()
      return f
    elseif accept "return" then local e = expression(0) take ";" return { op = "return", e }
    elseif accept "print" then local e = expression(0) take ";" return { op = "print", e } end
    if tokens[at + 1] == "=" then local name = peek() at = at + 2 local e = expression(0) take ";" return { op = "set", name, e } end
    local e = expression(0)
    take ";"
    return { op = "drop", e }
  end
  function block() take "{" local list = { op = "block" } while not accept "}" do list[#list + 1] = statement() end return list end
  local program = { op = "block" }
  while peek() ~= "<end>" do program[#program + 1] = statement() end
  return program
end

local binary = {
  ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end, ["%"] = function(a, b) return a % b end,
  ["^"] = function(a, b) return a ^ b end, ["."] = function(a, b) return a .. b end, ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end, ["<="] = function(a, b) return a <= b end,
  [">="] = function(a, b) return a >= b end, ["=="] = function(a, b) return a == b end, ["!="] = function(a, b) return a ~= b end,
}

-- evaluator 1: walks the tree
local function walk(program, out)
  local functions, eval, exec = {}, nil, nil
  function eval(e, env)
    local op = e.op
    if op == "const" then return e[1] elseif op == "var" then return env[e[1]]
    elseif op == "and" then return eval(e[1], env) and eval(e[2], env) elseif op == "or" then return eval(e[1], env) or eval(e[2], env)
    elseif op == "neg" then return -eval(e[1], env) elseif op == "not" then return not eval(e[1], env)
    elseif op == "call" then
      local f = functions[e[1]] or error("no function " .. e[1], 0)
      local inner = {}
      for i, p in ipairs(f[2]) do inner[p] = e[i + 1] and eval(e[i + 1], env) end
      local _, v = exec(f[3], inner)
      return v
    end
    return binary[op](eval(e[1], env), eval(e[2], env))
  end
  function exec(s, env)
    local op = s.op
    if op == "block" then for i = 1, #s do local done, v = exec(s[i], env) if done then return done, v end end
    elseif op == "set" then env[s[1]] = eval(s[2], env)
    elseif op == "while" then while eval(s[1], env) do local done, v = exec(s[2], env) if done then return done, v end end
    elseif op == "if" then if eval(s[1], env) then return exec(s[2], env) elseif s[3] then return exec(s[3], env) end
    elseif op == "fun" then functions[s[1]] = s
    elseif op == "return" then return true, eval(s[1], env)
    elseif op == "print" then out(eval(s[1], env))
    else eval(s[1], env) end
  end
  exec(program, {})
end

-- evaluator 2: code for a stack machine
local function compile(program)
  local functions = {}
  local function emit(code, ...) local n = #code code[n + 1] = { ... } return n + 1 end
  local gen
  local function both(code, e, op) gen(code, e[1]); local j = emit(code, op, 0); gen(code, e[2]); code[j][2] = #code + 1 end
  function gen(code, n)
    local op = n.op
    if op == "const" or op == "var" then emit(code, op, n[1])
    elseif op == "and" then both(code, n, "jfalse_keep") elseif op == "or" then both(code, n, "jtrue_keep")
    elseif op == "neg" or op == "not" then gen(code, n[1]); emit(code, op)
    elseif op == "call" then for i = 2, #n do gen(code, n[i]) end emit(code, op, n[1], #n - 1)
    elseif op == "block" then for i = 1, #n do gen(code, n[i]) end
    elseif op == "set" then gen(code, n[2]); emit(code, op, n[1])
    elseif op == "while" then
      local top = #code + 1
      gen(code, n[1])
      local j = emit(code, "jfalse", 0)
      gen(code, n[2]); emit(code, "jump", top); code[j][2] = #code + 1
    elseif op == "if" then
      gen(code, n[1])
      local j = emit(code, "jfalse", 0)
      gen(code, n[2])
      if n[3] then local k = emit(code, "jump", 0); code[j][2] = #code + 1; gen(code, n[3]); code[k][2] = #code + 1 else code[j][2] = #code + 1 end
    elseif op == "fun" then local body = {}; gen(body, n[3]); emit(body, "const", nil); emit(body, "return"); functions[n[1]] = { params = n[2], code = body }
    elseif op == "return" or op == "print" or op == "drop" then gen(code, n[1]); emit(code, op)
    else gen(code, n[1]); gen(code, n[2]); emit(code, "binary", binary[op]) end
  end
  local main = {}
  gen(main, program)
  emit(main, "const", nil); emit(main, "return")
  return main, functions
end
local function run(main, functions, out)
  local stack, top, frames = {}, 0, {}
  local code, pc, env = main, 1, {}
  local ops = {
    const = function(i) top = top + 1; stack[top] = i[2] end, var = function(i) top = top + 1; stack[top] = env[i[2]] end,
    set = function(i) env[i[2]] = stack[top]; top = top - 1 end, binary = function(i) top = top - 1; stack[top] = i[2](stack[top], stack[top + 1]) end,
    neg = function() stack[top] = -stack[top] end, ["not"] = function() stack[top] = not stack[top] end, drop = function() top = top - 1 end, jump = function(i) pc = i[2] end,
    jfalse = function(i) top = top - 1; if not stack[top + 1] then pc = i[2] end end,
    jfalse_keep = function(i) if not stack[top] then pc = i[2] else top = top - 1 end end, jtrue_keep = function(i) if stack[top] then pc = i[2] else top = top - 1 end end,
    print = function() out(stack[top]); top = top - 1 end,
    call = function(i)
      local f = functions[i[2]] or error("no function " .. i[2], 0)
      frames[#frames + 1] = { code, pc, env }
      top = top - i[3]
      code, pc, env = f.code, 1, {}
      for k, p in ipairs(f.params) do env[p] = k <= i[3] and stack[top + k] or nil end
    end,
  }
  ops["return"] = function()
    local f = table.remove(frames)
    if not f then code = nil return end
    code, pc, env = f[1], f[2], f[3]
  end
  while code do
    local i = code[pc]
    pc = pc + 1
    ops[i[1]](i)
  end
end

local programs = {
  "fun fib(n) { if n < 2 { return n; } return fib(n - 1) + fib(n - 2); } print fib(13);",
  "i = 1; s = 0; while i <= 300 { if i % 3 == 0 or i % 5 == 0 { s = s + i; } i = i + 1; } print s; print i / 2;",
  'fun join(n) { s = ""; while n > 0 { s = s . n . ","; n = n - 1; } return s; } print join(20); print join(3.5);',
  "fun gcd(a, b) { while b != 0 { t = a % b; a = b; b = t; } return a; } print gcd(1071, 462); print gcd(10.5, 3);",
  "fun pow(b, e) { if e == 0 { return 1; } return b * pow(b, e - 1); } print pow(2, 70); print pow(2.0, 70); print 2 ^ 3 ^ 2; print -2 ^ 2;",
  'x = not 1 == 2; print x; print 1 < 2 and "yes" or "no"; print "a" < "b" and 1 > 2 or "z";',
  "n = 2; c = 0; while n < 200 { d = 2; p = 1 == 1; while d * d <= n and p { if n % d == 0 { p = 1 == 2; } d = d + 1; } if p { c = c + 1; } n = n + 1; } print c;",
  'print 1 + "x";', "print unknown(1);", "print 1 < nothing;", "print 1 +;", "x = ;", "while { }", 'print "unfinished', "fun f() { return f; } print f();", "print 5 % 0;",
}
for n, source in ipairs(programs) do
  local a, b, results = {}, {}, {}
  for round = 1, 3 do
    a, b = {}, {}
    results[1] = hot.try(function() walk(parse(source), function(v) a[#a + 1] = hot.text(v) end) end)
    results[2] = hot.try(function() local main, functions = compile(parse(source)); run(main, functions, function(v) b[#b + 1] = hot.text(v) end) end)
  end
  print(n, results[1], table.concat(a, " ") == table.concat(b, " ") and results[1] == results[2] or results[2], table.concat(a, " "))
end
