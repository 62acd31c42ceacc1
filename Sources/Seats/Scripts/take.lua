-- Gives a person one of an item, first come, first served, and hands it to the program that
-- delivers it.
--
-- ARGV  4 user   5 when admitted, µs   6 end of the grant, µs (0: there is none)
--       7 see `delivery.lua`
-- Returns {1, number, left} when taken now, {2, number, left} when taken before,
--       {0, 'NO_ITEM' | 'SOLD_OUT' | 'GRANT_EXPIRED'}.

local user, admitted_at, grant_end = ARGV[4], ARGV[5], tonumber(ARGV[6])

if not total then return {0, 'NO_ITEM'} end
local taker = item .. '\n' .. user
local known = redis.call('HGET', takers, taker)
if known then return {2, known, left} end
if grant_end > 0 and now >= grant_end then return {0, 'GRANT_EXPIRED'} end
if left < 1 then return {0, 'SOLD_OUT'} end

local taken = whole(total - left + 1)
redis.call('HSET', takers, taker, taken)
redis.call('ZADD', rest, whole(left - 1), item)
deliver('op', 'take', 'item', item, 'user', user, 'number', taken)
if grant_end > 0 then redis.call('ZADD', served, admitted_at, user) end
keep_alive()
return {1, taken, left - 1}
