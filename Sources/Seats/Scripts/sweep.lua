-- Looks after an event's seats: ends the holds that are over, as every script does, compares a part
-- of the map with what it should agree with, and tells the counts.
--
-- At most once a second an event something is compared, however many sidecars call this; that goes
-- round the whole list in its order, and begins again.
--
-- A hold that was made when Redis' clock was ahead would end when the clock is there again: it ends
-- hold-ttl after a sweep has noticed it. That the seats' clock is ahead shows that this is so, and
-- not that holds were longer before.
--
-- KEYS  9 stock:left:{E}  ZSET  item → how many are left
-- ARGV  3 hold-ttl, µs
-- Returns {1, holds ended, whether more are over (1 or 0), all, available, held, sold, seats by
--       which inventory, map and holds disagree, what Redis' clock says µs, then item, left for
--       each item},
--       {0, 'NOTHING', 0} for an event that has neither seats nor stock.

local COMPARED = 250
-- Clocks that are set right differ by less.
local STEP = 2000000

local stock_left = KEYS[9]
local stock = redis.call('ZRANGE', stock_left, 0, 99, 'WITHSCORES')
if all == 0 and listed == 0 and held == 0 and bought == 0 and #stock == 0 then
  return {0, 'NOTHING', 0}
end

-- Where a seat must be, by the map's word for it.
local function is_consistent(value, ends, buyer)
  local word = word_of(value)
  if word == 'held' then return ends and not buyer end
  if word == 'sold' then return buyer and not ends end
  return word == 'available' and not ends and not buyer
end

local function faults_behind(place)
  local found = redis.call('ZRANGE', order, '(' .. place, '+inf', 'BYSCORE',
    'LIMIT', 0, COMPARED, 'WITHSCORES')
  local seats, faults = {}, 0
  for at = 1, #found, 2 do seats[#seats + 1] = found[at] end
  if #seats == 0 then return 0 end
  local values = redis.call('HMGET', status, unpack(seats))
  local ends = redis.call('ZMSCORE', holds, unpack(seats))
  local buyers = redis.call('ZMSCORE', sold, unpack(seats))
  for at = 1, #seats do
    if not is_consistent(values[at], ends[at], buyers[at]) then faults = faults + 1 end
  end
  return faults, #seats == COMPARED and found[#found]
end

local progress = redis.call('HMGET', state_key, 'compared_at', 'compared', 'faults',
  'last_faults', 'ahead_since')
local hold_ttl, noticed = tonumber(ARGV[3]), count_in(progress[5])
local late = {}
if last - now > STEP then late = ending_between('(' .. whole(now + hold_ttl + STEP), '+inf') end
local compared_at = count_in(progress[1]) or 0
local faults, last_faults = count_in(progress[3]) or 0, count_in(progress[4]) or 0
if all > 0 and (now < compared_at or now - compared_at >= 1000000) then
  local found, place = faults_behind(count_in(progress[2]) or 0)
  faults = faults + found
  if not place then faults, last_faults = 0, faults end
  -- Without memory it compares the same part again, and the counts are told all the same.
  redis.pcall('HSET', state_key, 'compared_at', whole(now), 'compared', place or 0,
    'faults', faults, 'last_faults', last_faults)
  -- The state was lost alone: what is made again must end as the rest does.
  if not fields[1] then keep_alive() end
end

if #late == 0 then
  if noticed then redis.call('HDEL', state_key, 'ahead_since') end
elseif not noticed or noticed > now then
  redis.pcall('HSET', state_key, 'ahead_since', whole(now))
elseif now - noticed >= hold_ttl then
  ended, is_more_due = ended + give_back(late), is_more_due or #late >= BATCH
end

local drift = math.max(math.abs(all - available - held - bought), math.abs(all - listed),
  faults, last_faults)
return reply({1, ended, is_more_due and 1 or 0, all, available, held, bought, drift,
  whole(clock), unpack(stock)})
