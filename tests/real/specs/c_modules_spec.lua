-- C modules that were built for stock Lua: lpeg, lfs, socket, mime.
local lfs = require "lfs"
local lpeg = require "lpeg"
local ltn12 = require "ltn12"
local mime = require "mime"
local re = require "re"
local socket = require "socket"
local unix = require "socket.unix"

describe("lpeg", function()
   local P, R, S, V, C, Ct, Cs, Cg, Cf, Cmt, Cc = lpeg.P, lpeg.R, lpeg.S, lpeg.V, lpeg.C, lpeg.Ct, lpeg.Cs, lpeg.Cg,
      lpeg.Cf, lpeg.Cmt, lpeg.Cc
   it("calculates", function()
      local space = S " \t" ^ 0
      local function token(p) return p * space end
      local function calculate(a, op, b)
         if op == "+" then return a + b elseif op == "-" then return a - b elseif op == "*" then return a * b end
         return a // b
      end
      local grammar = P { "sum",
         sum = Cf(V "product" * Cg(token(C(S "+-")) * V "product") ^ 0, calculate),
         product = Cf(V "atom" * Cg(token(C(S "*/")) * V "atom") ^ 0, calculate),
         atom = token(R "09" ^ 1 / math.tointeger) + token "(" * V "sum" * token ")",
      } * -1
      for i = 1, 150 do
         local text = ("(%d + 3) * 2 - %d / (1+1)"):format(i, i)
         assert.equal((i + 3) * 2 - i // 2, grammar:match(text))
      end
      assert.is_nil(grammar:match "1 +")
   end)
   it("captures and substitutes by functions", function()
      local upper = Cs((R "az" ^ 1 / string.upper + 1) ^ 0)
      local even = Cmt(C(R "09" ^ 1), function(_, i, d) return tonumber(d) % 2 == 0 and i, d end)
      local list = Ct((even + 1) ^ 0)
      for i = 1, 120 do
         assert.equal("ABC " .. i .. " DEF", upper:match("abc " .. i .. " def"))
         assert.equal(i % 2 == 0 and 1 or 0, #list:match("x " .. i * 10 + i % 2 .. "y"))
      end
   end)
   it("passes errors through", function()
      local p = P(1) / function() error({ code = 7 }) end
      for _ = 1, 100 do
         local ok, e = pcall(p.match, p, "x")
         assert.is_false(ok)
         assert.equal(7, e.code)
      end
      print(pcall(lpeg.P, { "a", a = lpeg.V "a" }))
      print(pcall(lpeg.match, lpeg.P "x" ^ 1, nil))
      print(pcall(function() return lpeg.P(lpeg.P "" ^ 0) end))
   end)
   it("runs grammars of re", function()
      local balanced = re.compile [[ s <- {| item* |}  item <- '(' s ')' / { [a-z] } / %s+ ]]
      for i = 1, 100 do
         local t = balanced:match(("(a "):rep(i % 20) .. "b" .. (")"):rep(i % 20))
         for depth = 1, i % 20 do
            t = t[depth == 1 and 1 or 2]
            assert.equal("a", t[1])
         end
         assert.equal("b", t[#t])
      end
      assert.equal("h*ll*", re.gsub("hello", "[aeiou]", "*"))
      print(pcall(re.compile, "a <- "))
   end)
end)

describe("lfs", function()
   local top = os.tmpname()
   setup(function()
      os.remove(top)
      assert(lfs.mkdir(top))
   end)
   teardown(function() assert(lfs.rmdir(top)) end)

   it("lists what was made", function()
      for i = 1, 80 do io.open(top .. "/f" .. i, "w"):write(("x"):rep(i)):close() end
      local names, size = {}, 0
      for name in lfs.dir(top) do
         if name ~= "." and name ~= ".." then
            names[#names + 1] = name
            size = size + lfs.attributes(top .. "/" .. name, "size")
         end
      end
      assert.equal(80, #names)
      assert.equal(3240, size)
      assert.equal("directory", lfs.attributes(top).mode)
      for _, name in ipairs(names) do assert(os.remove(top .. "/" .. name)) end
   end)
   it("returns and raises errors", function()
      print(lfs.attributes "/nonexistent/x")
      print(pcall(lfs.dir, "/nonexistent"))
      print(lfs.rmdir "/nonexistent")
      print(pcall(lfs.lock, 1))
      for _ = 1, 100 do assert.is_nil((lfs.mkdir(top))) end
   end)
   it("closes folders in the middle", function()
      for _ = 1, 100 do
         for name in lfs.dir "/" do
            if name then break end
         end
      end
      local iterate, state = lfs.dir(top)
      state:close()
      print(pcall(iterate, state))
   end)
end)

describe("socket", function()
   -- Server and clients in one process: each a coroutine that yields until its socket is ready.
   -- Not through the network: where there is none, the loopback may be down, too.
   it("serves clients", function()
      local path = os.tmpname()
      os.remove(path)
      local server = assert(unix.stream())
      assert(server:bind(path))
      assert(server:listen(8))
      server:settimeout(0)
      local reading, served, received = {}, 0, {}
      local function until_ready(s)
         coroutine.yield(s)
      end
      local function start(body, ...)
         local co = coroutine.create(body)
         local ok, waits = coroutine.resume(co, ...)
         assert(ok, waits)
         if waits then reading[waits] = co end
      end
      local function serve(peer)
         while true do
            until_ready(peer)
            local line, e = peer:receive "*l"
            if e then break end
            peer:send(line:upper() .. " " .. #line .. "\n")
            served = served + 1
         end
         peer:close()
      end
      local function ask(id)
         local s = assert(unix.stream())
         assert(s:connect(path))
         for i = 1, 25 do
            s:send(("hello %d from %d\n"):format(i, id))
            until_ready(s)
            received[#received + 1] = s:receive "*l"
         end
         s:close()
      end
      start(function()
         for _ = 1, 8 do
            until_ready(server)
            local peer = assert(server:accept())
            start(serve, peer)
         end
      end)
      for id = 1, 8 do start(ask, id) end
      while next(reading) do
         local list = {}
         for s in pairs(reading) do list[#list + 1] = s end
         local ready = socket.select(list, nil, 10)
         assert.is_true(#ready > 0)
         for _, s in ipairs(ready) do
            local co = reading[s]
            reading[s] = nil
            local ok, waits = coroutine.resume(co)
            assert(ok, waits)
            if waits then reading[waits] = co end
         end
      end
      server:close()
      os.remove(path)
      assert.equal(200, served)
      table.sort(received)
      print(#received, received[1], received[200])
   end)
   it("reports errors", function()
      local s = socket.tcp()
      s:settimeout(1)
      local probe = assert(socket.bind("127.0.0.1", 0))
      local _, port = probe:getsockname()
      probe:close()
      print(s:connect("127.0.0.1", port))
      print(pcall(s.send, s))
      local try = socket.newtry(function() print "finalised" end)
      for i = 1, 80 do
         local f = socket.protect(function(x) return try(x, i % 40 == 0 and "message " .. i or nil) end)
         if i % 40 == 0 then print(f(nil)) else assert.equal(i, f(i)) end
      end
   end)
   it("pumps filters", function()
      local source = {}
      for i = 1, 60 do source[i] = ("line %d with text\n"):format(i) end
      local whole, encoded, decoded = table.concat(source), {}, {}
      ltn12.pump.all(
         ltn12.source.chain(ltn12.source.table(source), ltn12.filter.chain(mime.encode "base64", mime.wrap "base64")),
         (ltn12.sink.table(encoded)))
      ltn12.pump.all(ltn12.source.table(encoded),
         ltn12.sink.chain(mime.decode "base64", (ltn12.sink.table(decoded))))
      assert.equal(whole, table.concat(decoded))
      assert.equal("=E9=3D", (mime.qp "\xe9="))
      assert.equal("aGVsbG8=", (mime.b64 "hello"))
   end)
end)
