-- Gives back what a hold has; repeating it changes nothing.
--
-- ARGV  3 user   4 hold   5 its end, µs
-- Returns {1, holds ended, how long it was held µs, available} when released now,
--       {2, holds ended, available} when it has ended before,
--       {0, 'CONFIRMED' | 'NOT_HOLDER', holds ended}.

local user, hold, moment = ARGV[3], ARGV[4], ARGV[5]

local seats, _, is_foreign = seats_of_hold(ending_at(moment), 'held', hold, user)
if is_foreign then return reply({0, 'NOT_HOLDER', ended}) end
if #seats > 0 then
  give_back(seats)
  return reply({1, ended, whole(math.max(0, now - tonumber(hold))), available})
end

local by_hold = redis.call('ZRANGE', sold, hold, hold, 'BYSCORE')
local own, _, is_sold_to_another = seats_of_hold(by_hold, 'sold', hold, user)
if is_sold_to_another then return reply({0, 'NOT_HOLDER', ended}) end
if #own > 0 then return reply({0, 'CONFIRMED', ended}) end
return reply({2, ended, available})
