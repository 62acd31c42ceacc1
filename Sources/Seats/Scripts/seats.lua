-- What every script of an event's seats begins with: its keys, its counts, and the end of those
-- holds whose time is over. Stands behind `common.lua`.
--
-- KEYS  1 seat:status:{E}  HASH    seat → 'available', 'held N n user' or 'sold N n user': N is the
--                                  hold, n how many seats it has
--       2 seat:holds:{E}   ZSET    seat → when its hold ends, µs
--       3 inventory:{E}    STRING  how many seats are available
--       4 seat:sold:{E}    ZSET    seat → the hold by which it was bought
--       5 seat:order:{E}   ZSET    seat → its place in the list of seats
--       6 seat:people:{E}  HASH    user → how many seats they hold or have bought
--       7 seat:served:{E}  ZSET    user → when their grant began, of those who have something
--       8 seat:state:{E}   HASH    the seats' clock, the map's version, how far checks have come
--
-- A hold is named by the tick of the seats' clock at which it was made, so no two have one name. It
-- ends hold-ttl later by Redis' clock, wherever that has stepped, and no two end at the same
-- microsecond: its seats are found by its end while it lives, by its name when it was bought, and
-- no script looks further than at the seats that it is about.
--
-- Every key is read first. Ending a hold needs no memory; a person who wants a seat is refused
-- whole when Redis has none left.

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local status, holds, inventory, sold = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local order, people, served, state_key = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
-- Seats whose holds one script ends at most, and those that belong to the last of these holds.
local BATCH = 200

-- What a field says, if it is a whole number from 0.
local function count_in(text)
  local value = number(text, 0)
  return value and math.floor(value)
end

local fields = redis.call('HMGET', state_key, 'last', 'version')
last = count_in(fields[1]) or 0
local version = fields[2] or '0'
local all = redis.call('HLEN', status)
local held = redis.call('ZCARD', holds)
local bought = redis.call('ZCARD', sold)
local listed = redis.call('ZCARD', order)
local available = count_in(redis.call('GET', inventory)) or 0
redis.call('HLEN', people)
redis.call('ZCARD', served)

local is_changed = false
local ended = 0

-- Whose a seat is: word, hold, how many seats the hold has, user; only the word of one that is
-- free.
local function owner(value)
  if not value then return nil end
  local word, hold, size, user = string.match(value, '^(%l+) (%d+) (%d+) (.+)$')
  if word then return word, hold, tonumber(size), user end
  return value
end

-- What a seat is, and nothing more: for a script that looks at a thousand of them.
local function word_of(value)
  local start = value and string.sub(value, 1, 5)
  if start == 'held ' then return 'held' end
  if start == 'sold ' then return 'sold' end
  return value
end

-- The seats whose hold ends at that moment: all the seats of one hold.
local function ending_at(moment)
  return redis.call('ZRANGE', holds, moment, moment, 'BYSCORE')
end

-- The seats of the holds that end between two moments: of the first ones, if there are many.
local function ending_between(from, to)
  local found = redis.call('ZRANGE', holds, from, to, 'BYSCORE', 'LIMIT', 0, BATCH, 'WITHSCORES')
  local is_cut, final = #found == 2 * BATCH, found[#found]
  local seats = {}
  for at = 1, #found, 2 do
    if not is_cut or found[at + 1] ~= final then seats[#seats + 1] = found[at] end
  end
  if is_cut then
    for _, seat in ipairs(ending_at(final)) do seats[#seats + 1] = seat end
  end
  return seats
end

-- Takes so many seats off each user's account. A person who has none left has not been served.
local function debit(users, seats_of)
  local known = redis.call('HMGET', people, unpack(users))
  for place, user in ipairs(users) do
    local rest = (count_in(known[place]) or 0) - seats_of[user]
    if rest > 0 then
      redis.call('HSET', people, user, whole(rest))
    else
      redis.call('HDEL', people, user)
      redis.call('ZREM', served, user)
    end
  end
end

-- Ends the holds of these seats: they are available again. Returns how many holds that were.
local function give_back(seats)
  local free, users, seats_of, known, number_of_holds = {}, {}, {}, {}, 0
  for place, value in ipairs(redis.call('HMGET', status, unpack(seats))) do
    local word, hold, _, user = owner(value)
    -- Another client may have written into the map: what is not held is not given back.
    if word == 'held' then
      free[#free + 1], free[#free + 2] = seats[place], 'available'
      if not seats_of[user] then users[#users + 1], seats_of[user] = user, 0 end
      seats_of[user] = seats_of[user] + 1
      if not known[hold] then known[hold], number_of_holds = true, number_of_holds + 1 end
    end
  end
  redis.call('ZREM', holds, unpack(seats))
  if #free > 0 then
    redis.call('HSET', status, unpack(free))
    debit(users, seats_of)
  end
  held, available, is_changed = held - #seats, available + #free / 2, true
  return number_of_holds
end

-- Seats of a hold by an index (`holds` by its end, `sold` by its name), if the map says the same.
-- Returns them, whether they are all that the hold has, and whether they are another user's.
local function seats_of_hold(found, expected, hold, user)
  local seats, is_whole, is_foreign = {}, false, false
  if #found == 0 then return seats, false, false end
  for place, value in ipairs(redis.call('HMGET', status, unpack(found))) do
    local word, name, size, holder = owner(value)
    if word == expected and name == hold then
      if holder == user then seats[#seats + 1] = found[place] else is_foreign = true end
      is_whole = #seats == size
    end
  end
  return seats, is_whole, is_foreign
end

-- The last thing that a script does: saves what has changed, and returns the answer.
local function reply(answer)
  if is_changed then
    version = whole(tick())
    redis.call('HSET', state_key, 'last', version, 'version', version)
    redis.call('SET', inventory, whole(available))
    keep_alive()
    -- An event without seats sells none: it is not sold out.
    if all == 0 then redis.call('EXPIRE', inventory, 0) end
  end
  return answer
end

local due = ending_between('-inf', whole(now))
local is_more_due = #due >= BATCH
if #due > 0 then ended = give_back(due) end
-- luacheck: pop
