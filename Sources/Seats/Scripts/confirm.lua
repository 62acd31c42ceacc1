-- Sells what a hold has to its holder; repeating it tells the same again. Whatever the reason, a
-- hold that is over sells nothing.
--
-- KEYS, and the last of ARGV: see `delivery.lua`
-- ARGV  3 user   4 hold   5 its end, µs
-- Returns {1, holds ended, how long it was held µs, seat…} when bought now,
--       {2, holds ended, seat…} when bought before, {0, 'EXPIRED' | 'NOT_HOLDER', holds ended}.

local user, hold, moment = ARGV[3], ARGV[4], ARGV[5]

local seats, is_whole, is_foreign = seats_of_hold(ending_at(moment), 'held', hold, user)
if is_foreign then return reply({0, 'NOT_HOLDER', ended}) end
if is_whole and now < tonumber(moment) then
  local entries, sales = {}, {}
  for _, seat in ipairs(seats) do
    entries[#entries + 1] = seat
    entries[#entries + 1] = 'sold ' .. hold .. ' ' .. #seats .. ' ' .. user
    sales[#sales + 1], sales[#sales + 2] = hold, seat
  end
  -- First, since this is never refused: what is paid for is not given back for want of memory.
  redis.call('ZREM', holds, unpack(seats))
  redis.call('ZADD', sold, unpack(sales))
  redis.call('HSET', status, unpack(entries))
  deliver('op', 'confirm', 'user', user, 'hold', hold, 'seats', table.concat(seats, ' '))
  held, is_changed = held - #seats, true
  return reply({1, ended, whole(math.max(0, now - tonumber(hold))), unpack(seats)})
end

local by_hold = redis.call('ZRANGE', sold, hold, hold, 'BYSCORE')
local own, _, is_sold_to_another = seats_of_hold(by_hold, 'sold', hold, user)
if is_sold_to_another then return reply({0, 'NOT_HOLDER', ended}) end
if #own > 0 then return reply({2, ended, unpack(own)}) end
return reply({0, 'EXPIRED', ended})
