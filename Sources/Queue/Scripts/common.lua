-- What every script of ours begins with: the time to live of its keys, the clock, and numbers. The
-- files behind it in a composed script use its names.
--
-- ARGV  1 event-ttl, s
--       2 the caller's estimate of Redis time, µs (0: it has none)
--
-- Scripts are isolated but not transactional: an error after a write leaves the write. So each
-- script reads first, which is also where a key of a wrong type fails, and writes last. A Redis
-- that is out of memory refuses a script's first write if it could need more, and none after that:
-- so a script that adds something is refused whole, and one that takes something away, or needs no
-- room, begins with a write that is never refused.

-- luacheck: push ignore 211 221 311 (a script uses a part of what it begins with)
local event_ttl = ARGV[1]

local time = redis.call('TIME')
-- What Redis' clock says, µs.
local clock = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- Redis time, µs: what its clock says, unless that has stepped away from what the caller expects
-- by more than 2 s. Then everything goes on as the caller expects: a clock that is wrong for a
-- moment ends nothing. Callers follow a clock that keeps to its step.
local estimate = tonumber(ARGV[2])
local has_stepped = estimate > 0 and math.abs(clock - estimate) > 2000000
local now = has_stepped and estimate or clock

-- Decimal digits: tostring would print 14 of them.
local function whole(number) return string.format('%.0f', number) end

-- Digits from which the very same number is read again, however small it is.
local function exact(number) return string.format('%.17g', number) end

-- What a field says, if it is a number from `least`: tonumber reads 'nan' and 'inf', too.
local function number(text, least)
  local value = tonumber(text)
  if value and value >= least and value <= 1e18 then return value end
end

-- The ticks of an event: microseconds of Redis time, strictly increasing. A file that has one reads
-- `last` from where it keeps it, and saves it.
--
-- A tick is a name. Where Redis' clock has stepped back, ticks are ahead of it until it has caught
-- up: so nothing ends at a tick and a duration, but at `now` and a duration.
local last = 0
local function tick()
  last = math.max(last + 1, now)
  return last
end

-- The one key that outlives its event, in a file that has one.
local durable
local function keep_alive()
  for _, key in ipairs(KEYS) do
    if key ~= durable then redis.call('EXPIRE', key, event_ttl) end
  end
end
-- luacheck: pop
