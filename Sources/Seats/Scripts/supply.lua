-- Says how many of an item there are in all; what was taken stays taken.
--
-- ARGV  4 how many   5 most items of an event
-- Returns {1, total, taken}, {0, 'BELOW_TAKEN', taken}, {0, 'TOO_MANY_ITEMS', 0}.

local wanted = tonumber(ARGV[4])
local taken = total and total - left or 0

if wanted < taken then return {0, 'BELOW_TAKEN', taken} end
if not total and redis.call('ZCARD', totals) >= tonumber(ARGV[5]) then
  return {0, 'TOO_MANY_ITEMS', 0}
end
redis.call('ZADD', totals, whole(wanted), item)
redis.call('ZADD', rest, whole(wanted - taken), item)
keep_alive()
return {1, whole(wanted), taken}
