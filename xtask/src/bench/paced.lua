-- All connections of a thread take turns at one timetable, so that together they keep a rate however
-- long the answers take: who is late shortens nobody's pause but its own.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int clock, moment *now);
]]
local MONOTONIC = 1
local INTERVAL = @INTERVAL@ -- milliseconds between two requests of this thread
local BEHIND = 100 -- what is later than that is not caught up with
local moment = ffi.new("moment")
local turn

function delay()
  ffi.C.clock_gettime(MONOTONIC, moment)
  local now = tonumber(moment.seconds) * 1000 + tonumber(moment.nanoseconds) / 1000000
  turn = math.max((turn or now) + INTERVAL, now - BEHIND)
  return math.max(0, math.floor(turn - now + 0.5))
end
