-- Counts an event's seats, and tells what each of a page of them is.
--
-- ARGV  3 the place in the list behind which the page begins   4 most seats on it (0: only counts)
--       5 the version that the caller knows (0: none), for which no page is told again
-- Returns {1, holds ended, version, all, available, held, sold, the place behind which the next
--       page begins (0: there is none), then seat, 'available' | 'held' | 'sold' for each}.

local after, limit = ARGV[3], tonumber(ARGV[4])

local page, next_place = {}, 0
if is_changed then reply() end
if limit > 0 and version ~= ARGV[5] then
  local found = redis.call('ZRANGE', order, '(' .. after, '+inf', 'BYSCORE', 'LIMIT', 0, limit + 1,
    'WITHSCORES')
  if #found > 2 * limit then next_place = found[2 * limit] end
  local seats = {}
  for at = 1, math.min(#found, 2 * limit), 2 do seats[#seats + 1] = found[at] end
  if #seats > 0 then
    for place, value in ipairs(redis.call('HMGET', status, unpack(seats))) do
      page[#page + 1] = seats[place]
      page[#page + 1] = word_of(value) or 'available'
    end
  end
end
-- An event that is looked at lives on.
if all > 0 then keep_alive() end
return {1, ended, version, all, available, held, bought, next_place, unpack(page)}
