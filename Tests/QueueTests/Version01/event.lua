-- What every script of an event begins with: its keys, its clock, its state. It is put in front of
-- each of the others before they are sent to Redis.
--
-- KEYS  1 queue:event:{E}  ZSET  user → ticket, who is waiting
--       2 queue:seen:{E}   ZSET  user → last seen, ms
--       3 queue:done:{E}   ZSET  user → +µs when admitted, -µs when left
--       4 queue:state:{E}  HASH  the event's clock, bucket, rates, counters and own settings
--       5 stream:event:{E} STREAM  the audit trail
--       6 inventory:{E}    STRING  how many seats are available
--       7 seat:holds:{E}   ZSET    seat → when its hold ends, µs
--       8 seat:served:{E}  ZSET    user → when they were admitted, of those who have got something
--       9 stock:left:{E}   ZSET    item → how many are left
-- ARGV  1 `created` as the caller last saw it, µs (0: never)
--       2 ticket-ttl, µs     3 event-ttl, s    4 rebuild-window, µs
--       5 admission rate, /s 6 admission burst  7 grant-ttl, µs
--
-- What an answer calls `created` is what is saved: 0 if nothing is.
--
-- An operator may set `rate` (from 0), `burst` (from 1), `state` (open, paused, closed) and
-- `admit_within_inventory` (yes) in the hash; what makes no sense there counts as not set.
--
-- Scripts are isolated but not transactional: an error after a write leaves the write. So each
-- reads first, which is also where a key of a wrong type fails, and writes last. A Redis that is out
-- of memory refuses a script's first write if it could need more, and none after that: so whoever
-- comes into line is refused whole, and what takes people out of it, or needs no room, begins with a
-- write that is never refused. The line moves on while nobody can join.

local index, seen, done, state_key, trail = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local known_created = tonumber(ARGV[1])
local ticket_ttl = tonumber(ARGV[2])
local event_ttl = ARGV[3]
local rebuild_window = tonumber(ARGV[4])
local grant_ttl = tonumber(ARGV[7])

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- tostring would print 14 digits.
local function whole(number) return string.format('%.0f', number) end

-- What a field says, if it is a number: tonumber reads 'nan' and 'inf', too.
local function number(text, least)
  local value = tonumber(text)
  if value and value >= least and value <= 1e18 then return value end
end

local fields = redis.call('HMGET', state_key, 'created', 'last', 'waiting', 'rebuild_until',
  'tokens', 'refilled', 'rate', 'burst', 'state', 'admit_within_inventory')
local length = redis.call('ZCARD', index)
local sizes = {length, redis.call('ZCARD', seen), redis.call('ZCARD', done),
  redis.call('XLEN', trail), #(fields[1] or '')}

local saved_created = number(fields[1], 1) or 0
local is_new = saved_created == 0
local last = number(fields[2], 0) or 0
local rebuild_until = number(fields[4], 0) or 0
local rate = number(fields[7], 0) or tonumber(ARGV[5])
local burst = number(fields[8], 1) or tonumber(ARGV[6])
local state = fields[9] or 'open'

-- The state knows whether anybody waits. If the index disagrees, one of the two was lost alone.
local is_torn = is_new and length > 0 or length == 0 and (number(fields[3], 0) or 0) > 0
local created = (is_new or is_torn) and now or saved_created
if is_new and length > 0 then
  last = tonumber(redis.call('ZRANGE', index, -1, -1, 'WITHSCORES')[2])
end

-- The bucket as it is now. The clock may step back; the bucket never empties because of that.
local elapsed = math.max(0, now - (number(fields[6], 0) or now))
local tokens = math.min(burst, (number(fields[5], 0) or burst) + elapsed * rate / 1000000)

-- How much the event has left to sell, and how many seats may come back; nothing at all if it never
-- had anything.
local function for_sale()
  local seats = redis.call('GET', KEYS[6])
  local items = redis.call('ZRANGE', KEYS[9], 0, 99, 'WITHSCORES')
  if not seats and #items == 0 then return nil end
  local left = number(seats, 0) or 0
  for at = 2, #items, 2 do left = left + tonumber(items[at]) end
  return left, redis.call('ZCARD', KEYS[7])
end

local function is_sold_out()
  local left, held = for_sale()
  return left == 0 and held == 0
end

-- The tokens that admit people: with `admit_within_inventory`, no more than what is left for those who
-- come in. Inside is who was admitted within the last grant-ttl and has got nothing yet.
local is_bound = fields[10] == 'yes'
local function usable_tokens()
  local left = is_bound and for_sale()
  if not left then return tokens end
  local since = '(' .. whole(now - grant_ttl)
  local inside = redis.call('ZCOUNT', done, since, '+inf')
    - redis.call('ZCOUNT', KEYS[8], since, '+inf')
  return math.max(0, math.min(tokens, left - inside))
end

-- The event's clock: microseconds of Redis time, strictly increasing. Every change takes the next
-- tick; a join's tick is its ticket, and an admission's tick is later than every ticket before it.
local function tick()
  last = math.max(last + 1, now)
  return last
end

-- Nobody overtakes because of a loss: an index younger than a ticket, or than what the caller saw,
-- has lost people who need time to come back. Until then nobody is admitted, and the bucket, which
-- may be lost too, starts empty. True if the loss was not known yet: the state must be saved then.
local function notice_loss(ticket)
  if ticket and ticket > last then last = ticket end
  local lost = is_torn or known_created > 0 and known_created < created
    or ticket and ticket < created
  local until_then = created + rebuild_window
  if not lost or rebuild_until >= until_then then return false end
  rebuild_until = until_then
  if now < until_then then tokens = 0 end
  return true
end

-- Why a ticket no longer waits, and since when; nothing if it does.
local function why_gone(user, ticket)
  local mark = tonumber(redis.call('ZSCORE', done, user) or 0)
  if ticket <= mark then return 'ADMITTED', mark end
  if ticket <= -mark then return 'LEFT', -mark end
  if ticket + ticket_ttl < now then return 'EXPIRED', ticket + ticket_ttl end
end

-- The trail's entry ids are ticks, so a join's entry is found by its ticket.
local function tick_id(at)
  return whole(math.floor(at / 1000)) .. '-' .. whole(at % 1000)
end

local function append(at, ...)
  local oldest = whole(math.floor((now - ticket_ttl) / 1000))
  local entry = redis.pcall('XADD', trail, 'MINID', '~', oldest, tick_id(at), ...)
  -- The trail outlived the clock (someone deleted the state): Redis knows the next id.
  if type(entry) == 'table' and entry.err then redis.call('XADD', trail, '*', ...) end
end

-- A counter that someone overwrote with nonsense must not stop what is half done.
local function count(counter, people)
  redis.pcall('HINCRBY', state_key, counter, people)
end

local function keep_alive()
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, event_ttl) end
end

-- Saves the state: the last write of each script, since it gives what is new its time to live. What
-- is there already lives on with each pulse.
local function save(...)
  redis.call('HSET', state_key, 'created', whole(created), 'last', whole(last),
    'waiting', length, 'rebuild_until', whole(rebuild_until),
    'tokens', string.format('%.6f', tokens), 'refilled', whole(now), ...)
  saved_created = created
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
  local people = redis.call('ZREM', index, ...)
  redis.call('ZREM', seen, ...)
  length = length - people
  return people
end

-- People went from the line without being admitted, so it moved by that much; or came back (less
-- than 0). Fields to be saved.
local function departures(people)
  local rates = redis.call('HMGET', state_key, 'depart_5m', 'depart_at')
  local rate = math.max(0, decayed(rates[1], rates[2], 300) + people / 300)
  return 'depart_5m', string.format('%.9f', rate), 'depart_at', whole(now)
end

-- Puts a live ticket at its place. One person has one entry, and the older ticket wins. Returns the
-- ticket that stands, and whether that is new.
local function take_place(user, ticket)
  local present = tonumber(redis.call('ZSCORE', index, user))
  if present and present <= ticket then return present, false end
  redis.call('ZADD', index, whole(ticket), user)
  redis.call('ZADD', seen, whole(math.floor(now / 1000)), user)
  if not present then length = length + 1 end
  return ticket, true
end

-- Writes down that someone came back, or that a loss was noticed.
local function save_return(user, ticket, is_back, loss_noticed)
  if is_back then
    append(tick(), 'op', 'resume', 'user', user, 'ticket', whole(ticket))
    count('resumed', 1)
    save(departures(-1))
  elseif loss_noticed then
    save()
  end
end
