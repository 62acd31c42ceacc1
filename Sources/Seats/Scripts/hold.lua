-- Holds seats for a person: all of them or none. A person who holds exactly these has that hold.
--
-- ARGV  3 hold-ttl, µs   4 most seats a person   5 user   6 when admitted, µs
--       7 end of the grant, µs   8… seats, all different
-- Returns {1 (held now) or 2 (held already), holds ended, hold, its end µs, now µs, available},
--       {0, 'NOT_FOUND' | 'UNAVAILABLE', holds ended, seat…},
--       {0, 'SOLD_OUT' | 'GRANT_EXPIRED', holds ended},
--       {0, 'LIMIT', holds ended, how many the person has}.

local ttl, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local user, admitted_at, grant_end = ARGV[5], ARGV[6], tonumber(ARGV[7])
local seats = {unpack(ARGV, 8)}

-- When more holds are over than one script ends, those of these seats come first.
if is_more_due then
  for _, moment in ipairs(redis.call('ZMSCORE', holds, unpack(seats))) do
    if moment and tonumber(moment) <= now then
      local rest = ending_at(moment)
      if #rest > 0 then ended = ended + give_back(rest) end
    end
  end
end

local values = redis.call('HMGET', status, unpack(seats))
local unknown, taken, is_one_hold = {}, {}, true
for place, seat in ipairs(seats) do
  if not values[place] then unknown[#unknown + 1] = seat end
  if values[place] ~= 'available' then taken[#taken + 1] = seat end
  if values[place] ~= values[1] then is_one_hold = false end
end
if #unknown > 0 then return reply({0, 'NOT_FOUND', ended, unpack(unknown)}) end

local word, hold, size, holder = owner(values[1])
if word == 'held' and holder == user and size == #seats and is_one_hold then
  local moment = redis.call('ZSCORE', holds, seats[1])
  if moment then
    return reply({2, ended, hold, whole(tonumber(moment)), whole(now), available})
  end
end

if now >= grant_end then return reply({0, 'GRANT_EXPIRED', ended}) end
-- What is held may come back; only what is bought is gone.
if available == 0 and held == 0 then return reply({0, 'SOLD_OUT', ended}) end
if #taken > 0 then return reply({0, 'UNAVAILABLE', ended, unpack(taken)}) end
local mine = count_in(redis.call('HGET', people, user)) or 0
if mine + #seats > limit then return reply({0, 'LIMIT', ended, mine}) end
-- The map has them, the inventory does not: never sell more than either says.
if available < #seats then return reply({0, 'SOLD_OUT', ended}) end

local at = tick()
local moment = now + ttl
-- One hold ends at a microsecond, also where the clock has stepped back and comes to it again.
local final = redis.call('ZRANGE', holds, whole(moment + 1000), whole(moment), 'BYSCORE', 'REV',
  'LIMIT', 0, 1, 'WITHSCORES')[2]
moment = whole(final and tonumber(final) + 1 or moment)
local entries, ends = {}, {}
for _, seat in ipairs(seats) do
  entries[#entries + 1] = seat
  entries[#entries + 1] = 'held ' .. whole(at) .. ' ' .. #seats .. ' ' .. user
  ends[#ends + 1], ends[#ends + 2] = moment, seat
end
redis.call('HSET', status, unpack(entries))
redis.call('ZADD', holds, unpack(ends))
redis.call('HSET', people, user, whole(mine + #seats))
redis.call('ZADD', served, admitted_at, user)
available, is_changed = available - #seats, true
return reply({1, ended, whole(at), moment, whole(now), available})
