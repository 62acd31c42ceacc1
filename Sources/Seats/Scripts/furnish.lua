-- Adds seats to an event's list, behind those that are there; a seat that is there stays as it is.
-- The inventory is counted anew, from the map.
--
-- ARGV  3 plan: names one list that is being put in place   4 'begin' or 'go on'   5… seats
-- Returns {1, holds ended, added, all, available, held, sold}, {0, 'SUPERSEDED', holds ended} when
--       another list has been begun since.

local plan, seats = ARGV[3], {unpack(ARGV, 5)}

if ARGV[4] ~= 'begin' and redis.call('HGET', state_key, 'plan') ~= plan then
  return reply({0, 'SUPERSEDED', ended})
end

local known = #seats > 0 and redis.call('HMGET', status, unpack(seats)) or {}
local final = redis.call('ZRANGE', order, 0, 0, 'REV', 'WITHSCORES')
local place = final[2] and tonumber(final[2]) or 0
local entries, places, new = {}, {}, {}
for at, seat in ipairs(seats) do
  if not known[at] and not new[seat] then
    new[seat], place = true, place + 1
    entries[#entries + 1], entries[#entries + 2] = seat, 'available'
    places[#places + 1], places[#places + 2] = whole(place), seat
  end
end

local added = #entries / 2
redis.call('HSET', state_key, 'plan', plan)
if added > 0 then
  redis.call('HSET', status, unpack(entries))
  redis.call('ZADD', order, unpack(places))
end
all = all + added
available, is_changed = math.max(0, all - held - bought), true
return reply({1, ended, added, all, available, held, bought})
