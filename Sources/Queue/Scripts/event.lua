-- What every script of the queue begins with: the keys, the clock and the state of its event.
-- Stands behind `common.lua`, `for_sale.lua` and `operator.lua`; before `calls.lua`, `loss.lua` and
-- `people.lua`.
--
-- KEYS  1 queue:event:{E}  ZSET    user → ticket, who is waiting
--       2 queue:seen:{E}   ZSET    user → last seen, ms
--       3 queue:done:{E}   ZSET    user → +µs when admitted, -µs when left; '\1' and user → -µs
--                                  when removed by an operator, or until when kept out
--       4 queue:state:{E}  HASH    the event's clock, bucket, rates, counters and own settings
--       5 stream:event:{E} STREAM  the audit trail
--       6 to 9: see `for_sale.lua`
--       10 queue:admitted:{E} ZSET user → µs when admitted, of those who have left since, with
--                                  another ticket: what 3 says no more
--       11 queue:grants:{E}    ZSET user → when the latest grant began, µs of Redis' clock; less
--                                  than 0 once it has become a session
--       12 see `operator.lua`
--       13 queue:parked:{E}    ZSET user → until when a parked person's ticket lives, µs
--       14 queue:places:{E}    HASH user → that ticket
--       15 to 19: see `calls.lua`   20: see `inside.lua`
-- ARGV  3 ticket-ttl, µs     4 rebuild-window, µs
--       5 admission rate, /s 6 admission burst  7 grant-ttl, µs
--       8 the highest tick of the event that the caller knows (0: it knows none)
--       9 when the store last lost what it held, µs, as the caller knows (0: never; -1: the caller
--         does not know this store, and no one is admitted; -2 less that: the caller has met the
--         event just now, and others may know of a loss: no one is called unless it is new)
--       10 how many seats a person may take
--       11 ready-ttl, ms      12 session-ttl, ms     13 presence-head-ttl, ms
--       14 how many were inside, as the caller last heard   15 in which epoch of the event
-- A script's own arguments begin at ARGV[own + 1].
--
-- A reply begins with {code, progress, loss}: the last tick, which is 0 if nothing is saved, and -1
-- if the script looked for no loss: who learnt the tick then would never see it; and 0, or the loss
-- that this call has noticed, {kind, since when}: 1 epoch (the store lost everything), 2 ticks (the
-- event is behind what the caller knows), 3 index (state and index disagree).
--
-- When Redis is out of memory, a person who wants into the line is refused, and what takes people
-- out of it works: the line moves on while no one can join.

-- luacheck: push ignore 211 231 311 (a script uses a part of what it begins with)
local waiting, seen, done, state_key, trail = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local admitted, grants, parked, places = KEYS[10], KEYS[11], KEYS[13], KEYS[14]
local ticket_ttl = tonumber(ARGV[3])
local rebuild_window = tonumber(ARGV[4])
local grant_ttl = tonumber(ARGV[7])
local known_tick, store_lost = tonumber(ARGV[8]), tonumber(ARGV[9])
local is_stranger = store_lost < -1
if is_stranger then store_lost = -2 - store_lost end
local own = 15

local fields = redis.call('HMGET', state_key, 'created', 'last', 'waiting', 'rebuild_until',
  'tokens', 'refilled', 'rate', 'burst', 'state', 'admit_within_inventory', 'noticed', 'epoch',
  'rebuild_from', 'returned', 'paused_at', 'paused_for', 'called_to', 'longest_call', 'repeated',
  'inside_lost', 'inside_back', 'inside_until', 'parked_at', 'watched_since', 'paused_sum',
  'resumed_at', 'reset_at', 'blocked_until')
local length = redis.call('ZCARD', waiting)
-- Keys that are empty before a script writes there: they get their time to live when it saves.
local fresh = {}
local function note_size(key, size)
  if size == 0 then fresh[#fresh + 1] = key end
end
note_size(waiting, length)
note_size(seen, redis.call('ZCARD', seen))
note_size(trail, redis.call('XLEN', trail))
note_size(state_key, #(fields[1] or ''))
-- What a script writes there it notes by itself; a key of a wrong type fails here.
local sizes = {done = redis.call('ZCARD', done), grants = redis.call('ZCARD', grants)}
local admitted_size = redis.call('ZCARD', admitted)
local parked_size = math.max(redis.call('ZCARD', parked), redis.call('HLEN', places))

local saved_created = number(fields[1], 1) or 0
local is_new = saved_created == 0
-- Every change takes the next tick; a join's tick is its ticket, and an admission's tick is later
-- than every ticket before it.
last = number(fields[2], 0) or 0

local rate = setting(1, fields[7]) or tonumber(ARGV[5])
local burst = setting(2, fields[8]) or tonumber(ARGV[6])
local state = setting(3, fields[9]) or 'open'
local is_bound = setting(4, fields[10]) == 'yes'
local own_limit, own_sold_out_join = setting(5), setting(6)
local active_limit = setting(7) or 0
local ready_ttl = setting(8) or tonumber(ARGV[11])
local session_ttl = setting(9) or tonumber(ARGV[12])
-- From when people may join, from when they are called, and when both ends, µs.
local hours = {prequeue = setting(10), opens = setting(11), closes = setting(12)}
if not is_in_order(hours.prequeue, hours.opens, hours.closes) then makes_sense = false end
hours.opens = (hours.opens or hours.prequeue or 0) * 1000
hours.prequeue = (hours.prequeue or 0) * 1000
hours.closes = (hours.closes or math.huge) * 1000
local is_closed = state == 'closed' or now >= hours.closes
if not makes_sense then state = 'paused' end
-- Whether people are called, as far as operators have a say.
hours.is_calling = state ~= 'paused' and now >= hours.opens and now < hours.closes
if state ~= 'paused' then
  state = is_closed and 'closed' or now < hours.opens and 'upcoming' or 'open'
end

-- The state knows whether anyone waits. If the index disagrees, one of the two was lost alone.
local is_torn = is_new and length > 0 or length == 0 and (number(fields[3], 0) or 0) > 0
-- When the index was made, or was last found to have lost people.
local created = is_new and now or saved_created
-- The `created` for which a loss was noticed.
local noticed = number(fields[11], 1) or 0
-- Names what the event holds from one loss to the next; version 0.1 writes none.
local epoch = fields[12] or whole(created)
if is_new and length > 0 then
  last = tonumber(redis.call('ZRANGE', waiting, -1, -1, 'WITHSCORES')[2])
end

-- The rebuild: from when until when no one is admitted, and how many came back in the window's last
-- tenth. Where the clock has stepped back, no window ends later than a whole one from now.
local rebuild_until = math.min(number(fields[4], 0) or 0, now + rebuild_window)
local rebuild_from = math.min(number(fields[13], 0) or 0, now)
local returned = number(fields[14], 0) or 0
local tenth = rebuild_window / 10
local is_rebuild_changed = false
-- The window is over, unless people still came back: then it goes on by a tenth, up to ten windows.
if rebuild_from > 0 and now >= rebuild_until then
  is_rebuild_changed = true
  if returned > 0 and returned * 100 >= length
    and rebuild_until < rebuild_from + 10 * rebuild_window then
    rebuild_until, returned = rebuild_until + tenth, 0
  else
    rebuild_from = 0
  end
end

-- In a pause the calls' clock stands: what is left of a call runs on afterwards.
local paused_at, paused_for = number(fields[15], 1), number(fields[16], 0) or 0
-- Whether what the state remembers has changed, and what of it beside what `save` always writes.
local is_changed, also = false, {}
local function remember(field, value)
  is_changed, also[#also + 1], also[#also + 2] = true, field, value
end
local function note_pause(is_paused)
  if is_paused and not paused_at and not is_new then
    paused_at = now
    remember('paused_at', whole(now))
  elseif not is_paused and paused_at then
    local pause = math.max(0, now - paused_at)
    paused_for, paused_at, fields[26] = paused_for + pause, nil, whole(now)
    fields[25] = whole((number(fields[25], 0) or 0) + pause)
    remember('paused_at', 0)
    remember('paused_for', whole(paused_for))
    -- What all pauses have taken, and when the last one ended.
    remember('paused_sum', fields[25])
    remember('resumed_at', fields[26])
  end
end
note_pause(state == 'paused')

-- What operators did to people: tickets up to there have ended; until then someone is kept out.
-- Whom they call is in `queue:ready` with `base` more; such a call holds a token of its own. (A
-- table, since a script has room for 200 locals.)
local steered = {reset_at = number(fields[27], 0) or 0,
  blocked_until = number(fields[28], 0) or 0, base = 1e15}

-- The bucket as it is now: what those who are called hold is not in it. The clock may step back;
-- the bucket never empties because of that.
local called = redis.call('ZCARD', KEYS[15])
steered.called = called > 0 and redis.call('ZCOUNT', KEYS[15], steered.base, '+inf') or 0
local elapsed = math.max(0, now - (number(fields[6], 0) or now))
local tokens = (number(fields[5], 0) or burst) + elapsed * rate / 1000000
local function cap_tokens()
  tokens = math.min(tokens, math.max(0, burst - called + steered.called))
end
cap_tokens()
-- Who was told to wait must not find the door open for a whole bucket at once.
if state == 'paused' then tokens = 0 end

-- What replies begin with; see the head.
local saved_last, progress, loss = is_new and '0' or whole(last), '-1', 0

-- The trail's entry ids are ticks, so a join's entry is found by its ticket.
local function tick_id(at)
  return whole(math.floor(at / 1000)) .. '-' .. whole(at % 1000)
end

local function has_entry(from, to) return #redis.call('XRANGE', trail, from, to, 'COUNT', 1) > 0 end

local function append(at, ...)
  local oldest = whole(math.floor((now - ticket_ttl) / 1000))
  local entry = redis.pcall('XADD', trail, 'MINID', '~', oldest, tick_id(at),
    'epoch', epoch, ...)
  -- The trail outlived the clock (an operator deleted the state): Redis knows the next id.
  if type(entry) == 'table' and entry.err then
    redis.call('XADD', trail, '*', 'epoch', epoch, ...)
  end
end

-- A counter that another client overwrote with nonsense must not stop what is half done.
local function count(counter, people)
  redis.pcall('HINCRBY', state_key, counter, people)
end

-- Saves the state: the last write of each script, since it gives keys that are new their time to
-- live. What is there already lives on with each pulse.
local function save(...)
  -- Each tick that a caller is told has an entry.
  if loss ~= 0 then append(tick(), 'op', 'loss', 'kind', loss[1]) end
  redis.call('HSET', state_key, 'created', whole(created), 'last', whole(last),
    'waiting', length, 'rebuild_until', whole(rebuild_until),
    'tokens', exact(state == 'paused' and 0 or tokens), 'refilled', whole(now),
    'noticed', whole(noticed), ...)
  if #also > 0 then redis.call('HSET', state_key, unpack(also)) end
  if is_rebuild_changed or not fields[12] then
    redis.call('HSET', state_key, 'epoch', epoch, 'rebuild_from', whole(rebuild_from),
      'returned', whole(returned))
  end
  progress = whole(last)
  for _, key in ipairs(fresh) do redis.call('EXPIRE', key, event_ttl) end
end

-- An exponentially decayed rate, like a load average: events a second over the last `tau` seconds.
local function decayed(value, at, tau)
  local age = math.max(0, now - (number(at, 0) or now)) / 1000000
  return (number(value, 0) or 0) * math.exp(-age / tau)
end

-- luacheck: pop
