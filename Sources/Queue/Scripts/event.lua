-- What every script of the queue begins with: the keys, the clock and the state of its event.
-- Stands behind `common.lua`, `for_sale.lua` and `operator.lua`.
--
-- KEYS  1 queue:event:{E}  ZSET    user → ticket, who is waiting
--       2 queue:seen:{E}   ZSET    user → last seen, ms
--       3 queue:done:{E}   ZSET    user → +µs when admitted, -µs when left
--       4 queue:state:{E}  HASH    the event's clock, bucket, rates, counters and own settings
--       5 stream:event:{E} STREAM  the audit trail
--       6 to 9: see `for_sale.lua`
--       10 queue:admitted:{E} ZSET user → µs when admitted, of those who have left since, with
--                                  another ticket: what 3 says no more
--       11 queue:grants:{E}    ZSET user → when the latest grant began, µs of Redis' clock
--       12 see `operator.lua`
--       13 queue:parked:{E}    ZSET user → until when a parked person's ticket lives, µs
--       14 queue:places:{E}    HASH user → that ticket
-- ARGV  3 ticket-ttl, µs     4 rebuild-window, µs
--       5 admission rate, /s 6 admission burst  7 grant-ttl, µs
--       8 the highest tick of the event that the caller knows (0: it knows none)
--       9 when the store last lost what it held, µs, as the caller knows (0: never; -1: the caller
--         does not know this store, and no one is admitted)
--       10 how many seats a person may take
-- A script's own arguments begin at ARGV[own + 1].
--
-- A reply begins with {code, progress, loss}: the last tick, which is 0 if nothing is saved; and 0,
-- or the loss that this call has noticed, {kind, since when}: 1 epoch (the store lost everything),
-- 2 ticks (the event is behind what the caller knows), 3 index (state and index disagree).
--
-- When Redis is out of memory, a person who wants into the line is refused, and what takes people
-- out of it works: the line moves on while no one can join.

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local waiting, seen, done, state_key, trail = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local admitted, grants, parked, places = KEYS[10], KEYS[11], KEYS[13], KEYS[14]
local ticket_ttl = tonumber(ARGV[3])
local rebuild_window = tonumber(ARGV[4])
local grant_ttl = tonumber(ARGV[7])
local known_tick, store_lost = tonumber(ARGV[8]), tonumber(ARGV[9])
local own = 10

local fields = redis.call('HMGET', state_key, 'created', 'last', 'waiting', 'rebuild_until',
  'tokens', 'refilled', 'rate', 'burst', 'state', 'admit_within_inventory', 'noticed', 'epoch',
  'rebuild_from', 'returned')
local length = redis.call('ZCARD', waiting)
local sizes = {length, redis.call('ZCARD', seen), redis.call('ZCARD', done),
  redis.call('XLEN', trail), #(fields[1] or '')}
-- Most events never have these: a script that writes there adds the size to `sizes`.
local admitted_size, grants_size = redis.call('ZCARD', admitted), redis.call('ZCARD', grants)
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
local is_closed = state == 'closed'
if not makes_sense then state = 'paused' end

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

-- The bucket as it is now. The clock may step back; the bucket never empties because of that.
local elapsed = math.max(0, now - (number(fields[6], 0) or now))
local tokens = math.min(burst, (number(fields[5], 0) or burst) + elapsed * rate / 1000000)
-- Who was told to wait must not find the door open for a whole bucket at once.
if state == 'paused' then tokens = 0 end

-- The tokens that admit people: with `admit_within_inventory`, no more than can get something.
-- Inside are those whose grant began within the last grant-ttl. A sidecar of version 0.1 writes no
-- grants: then the marks say more, but for those whose tick is ahead of the clock.
local function usable_tokens()
  if store_lost < 0 then return 0 end
  if not is_bound then return tokens end
  local since = now - grant_ttl
  local granted = math.max(redis.call('ZCOUNT', grants, '(' .. whole(since), '+inf'),
    redis.call('ZCOUNT', done, '(' .. whole(since), whole(now + 1000000)))
  return math.min(tokens, room_inside(granted, served_after(since), tonumber(ARGV[10])))
end

-- What replies begin with; see the head.
local progress, loss = is_new and '0' or whole(last), 0

-- The trail's entry ids are ticks, so a join's entry is found by its ticket.
local function tick_id(at)
  return whole(math.floor(at / 1000)) .. '-' .. whole(at % 1000)
end

local function has_entry(from, to) return #redis.call('XRANGE', trail, from, to, 'COUNT', 1) > 0 end

-- Whether the trail has no entry of the tick that the caller knows, though that came before the
-- last: Redis came back as it was before, and others went on from there. A trail that begins later,
-- or that is ahead of the ticks (see `append`), says nothing.
local function is_known_tick_missing()
  if known_tick >= last or known_tick <= now - ticket_ttl then return false end
  local id = tick_id(known_tick)
  return not has_entry(id, id) and has_entry('-', '(' .. id)
    and not has_entry('(' .. tick_id(last), '+')
end

-- The loss of which there is evidence, and since when; 0 if there is none. A caller who knows a
-- later tick, or a ticket later than the last tick, shows that the event is behind what it was; a
-- tick or ticket earlier than the index, that it was made anew by one who did not know.
local function evidence(ticket)
  -- The caller's clock may be a little ahead; one that is far ahead says nothing.
  local is_recent = store_lost < now + 2000000 and now < store_lost + rebuild_window
  if store_lost > 0 and is_recent and (is_new or created < store_lost) then return 1, store_lost end
  if math.max(known_tick, ticket or 0) > last then return 2, now end
  if known_tick > 0 and is_known_tick_missing() then return 2, now end
  if is_torn then return 3, now end
  local is_older = known_tick > 0 and known_tick < created or ticket and ticket < created
  -- Version 0.1 writes down only until when.
  if is_older and noticed ~= created
    and (number(fields[4], 0) or 0) < created + rebuild_window then
    return 2, created
  end
  return 0
end

-- No one overtakes because of a loss: people need time to come back. Until then no one is admitted,
-- and the bucket, which may be lost too, starts empty. True if a loss was noticed that was not
-- known: the state must be saved then.
local function notice_loss(ticket)
  local kind, since = evidence(ticket)
  last = math.max(last, known_tick, ticket or 0)
  if kind == 0 then return false end
  if since ~= created then created = math.max(now, since) end
  loss = {kind, whole(since)}
  noticed, is_torn, is_new = created, false, false
  epoch = whole(math.max(now, last + 1))
  rebuild_from, rebuild_until = since, math.min(since, now) + rebuild_window
  returned, is_rebuild_changed = 0, true
  if now < rebuild_until then tokens = 0 end
  return true
end

-- Counts those who came back, where that decides how long the rebuild goes on.
local function count_returns(people)
  if people > 0 and now < rebuild_until and now >= rebuild_until - tenth then
    returned, is_rebuild_changed = returned + people, true
  end
end

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

-- Saves the state: the last write of each script, since it gives what is new its time to live. What
-- is there already lives on with each pulse.
local function save(...)
  -- Each tick that a caller is told has an entry.
  if loss ~= 0 then append(tick(), 'op', 'loss', 'kind', loss[1]) end
  redis.call('HSET', state_key, 'created', whole(created), 'last', whole(last),
    'waiting', length, 'rebuild_until', whole(rebuild_until),
    'tokens', exact(tokens), 'refilled', whole(now), 'noticed', whole(noticed), ...)
  if is_rebuild_changed or not fields[12] then
    redis.call('HSET', state_key, 'epoch', epoch, 'rebuild_from', whole(rebuild_from),
      'returned', whole(returned))
  end
  progress = whole(last)
  for _, size in ipairs(sizes) do
    if size == 0 then return keep_alive() end
  end
end

-- An exponentially decayed rate, like a load average: events a second over the last `tau` seconds.
local function decayed(value, at, tau)
  local age = math.max(0, now - (number(at, 0) or now)) / 1000000
  return (number(value, 0) or 0) * math.exp(-age / tau)
end

-- Takes people out of line; returns how many of them stood there.
local function remove(...)
  local people = redis.call('ZREM', waiting, ...)
  redis.call('ZREM', seen, ...)
  length = length - people
  return people
end

-- People went from the line without being admitted, so it moved by that much; or came back (less
-- than 0). Fields to be saved.
local function departures(people)
  local rates = redis.call('HMGET', state_key, 'depart_5m', 'depart_at')
  local departing = math.max(0, decayed(rates[1], rates[2], 300) + people / 300)
  return 'depart_5m', exact(departing), 'depart_at', whole(now)
end

-- The place of a parked person: the ticket; nothing if none is known.
local function place_of_parked(user)
  return parked_size > 0 and tonumber(redis.call('HGET', places, user)) or nil
end

-- Forgets the places of parked people, who are back or gone.
local function forget_places(...)
  if parked_size == 0 then return end
  redis.call('ZREM', parked, ...)
  redis.call('HDEL', places, ...)
end

-- Whether a ticket has lived its time: ticket-ttl since the last sign of life. That is joining, the
-- stamp of the token, or, as long as the person stands in line, or is parked, by this ticket or an
-- older one, when they were last seen. A person who stands there unseen was not silent: the
-- presence was lost.
local function is_expired(user, ticket, present, stamp)
  if now - math.max(ticket, stamp) <= ticket_ttl then return false end
  if not present then
    local place = place_of_parked(user)
    if not place or place > ticket then return true end
    return now > (tonumber(redis.call('ZSCORE', parked, user)) or 0)
  end
  if present > ticket then return true end
  local at = tonumber(redis.call('ZSCORE', seen, user))
  return at ~= nil and now - at * 1000 > ticket_ttl
end

-- The tick at which a person was last admitted, and that at which they last left; 0 for never. They
-- are two facts: that a person left with one ticket says nothing of what came of another. The mark
-- holds the later one, as version 0.1 reads it.
local function ends_of(user, mark)
  if mark > 0 then return mark, 0 end
  return admitted_size > 0 and tonumber(redis.call('ZSCORE', admitted, user)) or 0, -mark
end

local function mark_of(user) return tonumber(redis.call('ZSCORE', done, user) or 0) end

-- Why a ticket no longer waits, or nothing if it does: the one rule, for every script. `present` is
-- the ticket by which the person stands in line, if any; `mark` what `done` says, or 0.
local function why_gone(user, ticket, stamp, present, mark)
  local admitted_at, left_at = ends_of(user, mark)
  if ticket <= admitted_at then return 'ADMITTED' end
  if ticket <= left_at then return 'LEFT' end
  if is_expired(user, ticket, present, stamp) then return 'EXPIRED' end
end

-- The same for one person; a ticket that waits no longer has no place either.
local function gone(user, ticket, stamp)
  local present = tonumber(redis.call('ZSCORE', waiting, user))
  local reason = why_gone(user, ticket, stamp, present, mark_of(user))
  -- The entry of this very ticket, that is; a younger one of the same person stays.
  if reason and present and present <= ticket then
    notice_loss()
    remove(user)
    save()
  end
  return reason
end

-- When a person's latest grant began; version 0.1 writes down no more than the mark.
local function grant_began(user)
  return tonumber(redis.call('ZSCORE', grants, user)) or ends_of(user, mark_of(user))
end

-- Marks that a person was admitted. The grant begins now, by the clock, and not at the tick.
local function mark_admitted(user, at)
  redis.call('ZADD', done, whole(at), user)
  redis.call('ZADD', grants, whole(now), user)
  if admitted_size > 0 then redis.call('ZREM', admitted, user) end
  sizes[#sizes + 1] = grants_size
end

-- Marks that a person left, and keeps what else is known of them.
local function mark_left(user, at)
  local admitted_at = ends_of(user, mark_of(user))
  redis.call('ZADD', done, whole(-at), user)
  if admitted_at > 0 then
    redis.call('ZADD', admitted, whole(admitted_at), user)
    sizes[#sizes + 1] = admitted_size
  end
end

-- Puts a live ticket at its place. One person has one entry, and the older ticket wins. Returns the
-- ticket that stands, and whether that is new.
local function take_place(user, ticket)
  local present = tonumber(redis.call('ZSCORE', waiting, user))
  if present and present <= ticket then return present, false end
  redis.call('ZADD', waiting, whole(ticket), user)
  redis.call('ZADD', seen, whole(math.floor(now / 1000)), user)
  forget_places(user)
  if not present then length = length + 1 end
  return ticket, true
end

-- Writes down that a person came back, or that a loss was noticed.
local function save_return(user, ticket, is_back, loss_noticed)
  if is_back then
    count_returns(1)
    append(tick(), 'op', 'resume', 'user', user, 'ticket', whole(ticket))
    count('resumed', 1)
    save(departures(-1))
  elseif loss_noticed then
    save()
  end
end
-- luacheck: pop
