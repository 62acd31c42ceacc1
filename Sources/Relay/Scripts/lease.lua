-- Who delivers a stream of an event to a sink, and how far that has come. Stands behind
-- `common.lua`.
--
-- KEYS  1 queue:relay:{E}  HASH  sink:subject → epoch, id, holder, fence, end (µs)
--       2 the stream
-- ARGV  3 sink:subject   4 who asks   5 hold, look or release   6 how long a lease lasts, µs
--       7 epoch and 8 id of the last entry delivered, or - and -   9 fence
--       10 1 if entries that every sink has are to go
-- Returns {1, µs} for a lease of the caller's, {0, µs} for another's, {2, 0} where it is free.
--
-- A lease says only who should deliver. That nobody else does, the sink's own fence sees to.

local leases, stream = KEYS[1], KEYS[2]
local field, me, wish, ttl = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local NUMBERS = '^(%S+) (%S+) (%S+) (%d+) (%d+)$'

local epoch, id, holder, fence, ends = string.match(redis.call('HGET', leases, field) or '',
  NUMBERS)
ends = tonumber(ends) or 0

local function save(who, moment)
  redis.call('HSET', leases, field,
    table.concat({epoch or '-', id or '-', who, fence or '0', whole(moment)}, ' '))
  redis.call('EXPIRE', leases, event_ttl)
end

-- The least that any sink has of these; nothing if one has nothing, or what it has is not here.
local function had_by_all()
  local all, least, least_id = redis.call('HGETALL', leases), nil, nil
  local subject = string.match(field, ':(%l+)$')
  for at = 1, #all, 2 do
    if string.match(all[at], ':(%l+)$') == subject then
      local its_epoch, its_id = string.match(all[at + 1], NUMBERS)
      if not its_id or its_id == '-' then return nil end
      local entry = redis.call('XRANGE', stream, its_id, its_id)[1]
      if not entry or entry[2][1] ~= 'epoch' or entry[2][2] ~= its_epoch then return nil end
      local moment, place = string.match(its_id, '^(%d+)-(%d+)$')
      moment, place = tonumber(moment), tonumber(place)
      if not least or moment < least[1] or moment == least[1] and place < least[2] then
        least, least_id = {moment, place}, its_id
      end
    end
  end
  return least_id
end

if holder and holder ~= me and ends > now then
  -- Made when the clock was ahead: it ends as if it were made now.
  if ends > now + ttl then
    ends = now + ttl
    save(holder, ends)
  end
  return {0, ends - now}
end
if wish == 'look' and holder ~= me then return {2, 0} end
if ARGV[8] ~= '-' then epoch, id, fence = ARGV[7], ARGV[8], ARGV[9] end
if wish ~= 'hold' then
  save('-', 0)
  return {2, 0}
end
save(me, now + ttl)
local least = ARGV[10] == '1' and had_by_all()
if least then redis.call('XTRIM', stream, 'MINID', '~', least) end
return {1, ttl}
