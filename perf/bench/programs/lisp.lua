-- A small Lisp: reader, environments as linked tables, evaluator with tail calls in a loop.
local size = tonumber(arg and arg[1]) or 100

local function read(text)
  local tokens = {}
  for token in text:gsub("[()]", " %0 "):gmatch("%S+") do
    tokens[#tokens + 1] = token
  end
  local at = 0
  local function form()
    at = at + 1
    local token = tokens[at]
    if token ~= "(" then
      return tonumber(token) or token
    end
    local list = {}
    while tokens[at + 1] ~= ")" do
      list[#list + 1] = form()
    end
    at = at + 1
    return list
  end
  local program = {}
  while at < #tokens do
    program[#program + 1] = form()
  end
  return program
end

local globals = { names = {} }
local builtin = globals.names
builtin["+"] = function(a, b) return a + b end
builtin["-"] = function(a, b) return a - b end
builtin["*"] = function(a, b) return a * b end
builtin["%"] = function(a, b) return a % b end
builtin["<"] = function(a, b) return a < b end
builtin["="] = function(a, b) return a == b end
builtin["cons"] = function(a, b) return { head = a, tail = b } end
builtin["head"] = function(a) return a.head end
builtin["tail"] = function(a) return a.tail end
builtin["none"] = false

local function scope_of(scope, name)
  while scope do
    if scope.names[name] ~= nil then
      return scope
    end
    scope = scope.outer
  end
  error("unbound " .. name)
end

local evaluate
local special = {}
special["quote"] = function(form) return form[2] end
special["define"] = function(form, scope)
  scope.names[form[2]] = evaluate(form[3], scope)
  return false
end
special["lambda"] = function(form, scope)
  return { parameters = form[2], body = form[3], scope = scope }
end
special["set"] = function(form, scope)
  local value = evaluate(form[3], scope)
  scope_of(scope, form[2]).names[form[2]] = value
  return value
end

function evaluate(form, scope)
  while true do
    local kind = type(form)
    if kind == "string" then
      return scope_of(scope, form).names[form]
    elseif kind ~= "table" then
      return form
    end
    local operator = form[1]
    if operator == "if" then
      if evaluate(form[2], scope) then
        form = form[3]
      else
        form = form[4]
      end
    elseif operator == "begin" then
      for i = 2, #form - 1 do
        evaluate(form[i], scope)
      end
      form = form[#form]
    elseif special[operator] then
      return special[operator](form, scope)
    else
      local callee = evaluate(operator, scope)
      if type(callee) == "function" then
        local first, second = evaluate(form[2], scope), nil
        if form[3] ~= nil then
          second = evaluate(form[3], scope)
        end
        return callee(first, second)
      end
      local names = {}
      for i = 1, #callee.parameters do
        names[callee.parameters[i]] = evaluate(form[i + 1], scope)
      end
      form, scope = callee.body, { names = names, outer = callee.scope }
    end
  end
end

local library = read([[
(define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))
(define range (lambda (n) (if (= n 0) none (cons n (range (- n 1))))))
(define map (lambda (f l) (if l (cons (f (head l)) (map f (tail l))) none)))
(define fold (lambda (f x l) (if l (fold f (f x (head l)) (tail l)) x)))
(define counter (lambda (n) (lambda (by) (set n (+ n by)))))
(define tick (counter 0))
(define loop (lambda (n) (if (= n 0) (tick 0) (begin (tick n) (loop (- n 1))))))
]])
for _, form in ipairs(library) do
  evaluate(form, globals)
end

local main = read([[
(+ (fib 11)
   (+ (fold + 0 (map (lambda (x) (% (* x x) 17)) (range 60)))
      (% (loop 120) 1009)))
]])

local check = 0
for _ = 1, size * 3 do
  check = (check * 3 + evaluate(main[1], globals)) % 1000000007
end
print(string.format("%d", check))
