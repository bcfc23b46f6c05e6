-- What the transitions between the tiers cost: runs the scripts beside this one, with traces and with
-- tier 0 alone, in turn, and prints a table. For stock Lua: perf/bench/run-micro starts it.
--
--   lua micro.lua YKLUA FOLDER PROGRAM.lua...       FOLDER: of this script
local yklua, folder = arg[1], arg[2]
local programs = table.move(arg, 3, #arg, 1, {})

local ROUNDS = 5 -- the median counts
local COMPILE_ROUNDS = 5 -- the shortest time counts: the log has wall time
local FEWEST_GUARDS, MOST_GUARDS = 80, 120
local TRACES = " -O tier1=on -O jit_workers=0 -O tier1_delay_ms=0 -O log=debug"
local NO_SIDE_TRACES = TRACES .. " -O side_trace_threshold=1000000000"
local NO_TRACES = " -O tier1=off"

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- What yklua prints, the log included. `rest`: of the command line.
local function run(options, program, rest)
  local command = { quote(yklua) .. options, quote(program), "2>&1", rest }
  local pipe = assert(io.popen(table.concat(command, " ")))
  local text = pipe:read("a")
  return pipe:close() and text or error(program .. " failed: " .. text)
end

local function median(list)
  table.sort(list)
  return (list[#list // 2 + 1] + list[(#list + 1) // 2]) / 2
end

-- Whether an exit was taken so often, and the loop was not suspended for it.
local function is_left(log, kind, count)
  for found, taken in log:gmatch("exit %d+ of %S+#%d+([ %a]*): taken (%d+) times") do
    if found == kind and tonumber(taken) >= count then
      return not log:find("suspended", 1, true)
    end
  end
  return false
end

-- Medians of the two figures that a script prints, with traces and without. `kind`: of the exit, as
-- the log has it.
local function measure(script, kind)
  local path, figures, ok = folder .. "/" .. script, { {}, {}, {}, {} }, true
  for _ = 1, ROUNDS do
    for at, options in ipairs({ NO_SIDE_TRACES, NO_TRACES }) do
      local output = run(options, path)
      local first, second, count = output:match("(%S+) (%S+) (%d+)\n")
      table.insert(figures[2 * at - 1], tonumber(first))
      table.insert(figures[2 * at], tonumber(second))
      ok = ok and (at == 2 or is_left(output, kind, tonumber(count)))
    end
  end
  for i = 1, 4 do
    figures[i] = median(figures[i])
  end
  return ok, table.unpack(figures)
end

-- Adds the times of a program's traces with about 100 guards to the lists in `times`, by what tells
-- a trace from others: where it begins and its guards. Its number may be another one in each run.
local function add_compile_times(times, program)
  local log = run(TRACES, program, "10 > /dev/null")
  local form = "compiled (%S+)#%d+.- (%d+) guards, %d+ bytes, optimise (%S+) ms, compile (%S+) ms\n"
  for place, count, optimise, compile in log:gmatch(form) do
    local trace, guards = place .. " " .. count, tonumber(count)
    if guards >= FEWEST_GUARDS and guards <= MOST_GUARDS then
      times[trace] = times[trace] or {}
      table.insert(times[trace], optimise + compile)
    end
  end
end

-- Milliseconds for each trace. Those that come once only, as traces depend on hash seeds and on
-- addresses, are left out: who knows what else the machine did then.
local function compile_times()
  local times, best = {}, {}
  for _ = 1, COMPILE_ROUNDS do
    for _, program in ipairs(programs) do
      add_compile_times(times, program)
    end
  end
  for _, list in pairs(times) do
    if #list > 1 then
      table.insert(best, math.min(table.unpack(list)))
    end
  end
  return best
end

local function line(what, measured, target, unit, ok)
  local mark = not ok and "not left as planned" or measured <= target and "ok" or "above"
  print(string.format("%-47s %7.1f %s  %5d %s  %s", what, measured, unit, target, unit, mark))
end

local function main()
  local left, stays, leaves, tier0_stays, tier0_leaves = measure("leave.lua", "")
  local resumed, period, added, tier0_period, tier0_added = measure("deopt.lua", " in a bytecode")
  local times = compile_times()
  print("What the transitions between the tiers cost\n")
  print(string.format("%-47s %10s  %8s", "", "measured", "target"))
  line("leaving a trace at a merge point, and entering", 2 * (leaves - stays), 20, "ns", left)
  line("deoptimisation in a bytecode, one inlined frame", added, 200, "ns", resumed)
  if #times > 0 then
    line("compiling about 100 guards, median", median(times), 15, "ms", true)
    line("compiling about 100 guards, longest", math.max(table.unpack(times)), 15, "ms", true)
  end
  local form = [[

Leaving: an iteration takes %.1f ns in the trace, %.1f ns if it is left every other time; in tier 0
alone %.1f and %.1f ns. Deoptimisation: what the call that fails the guard adds to a loop of %.1f ns;
in tier 0 alone it adds %.0f ns to %.1f ns. Medians of %d runs each, in turn. Compiling: optimiser and
LLVM, %d traces of %d to %d guards in the benchmark programs, the shortest of %d runs each.]]
  print(form:format(stays, leaves, tier0_stays, tier0_leaves, period, tier0_added, tier0_period,
    ROUNDS, #times, FEWEST_GUARDS, MOST_GUARDS, COMPILE_ROUNDS))
end

main()
