-- Once a second an event and front: writes down who was seen, keeps the event's keys alive, and
-- brings back what the front must know to answer everyone who polls in the next second.
--
-- Own ARGV  1… users seen in the last second
-- Returns {1, progress, loss, now, what Redis' clock says, length, created (0 if nothing is saved),
--       rebuild_until, tokens, rate, burst, state, then the fields of the state that measure, in
--       the order below, whether everything is sold (1 or 0), and whether an operator named the
--       event (1 or 0)}.

if #ARGV > own then
  local presences, now_ms = {}, whole(math.floor(now / 1000))
  for at = own + 1, #ARGV do
    presences[#presences + 1], presences[#presences + 2] = now_ms, ARGV[at]
  end
  -- First, since this is never refused: people who poll must not look absent for want of memory.
  keep_alive()
  -- Only people in line have a presence.
  redis.call('ZADD', seen, 'XX', unpack(presences))
end
-- An event that no one joined gets no keys; but a person who joins it now must hear of the rebuild.
local is_unknown = is_new and not is_torn and known_tick == 0
if notice_loss() and not is_unknown then save() end

-- By settings of its own, or by something to sell.
local function is_named()
  for place = 1, #SETTINGS do
    if set[place + 2] or fields[place + 6] and place <= 4 then return 1 end
  end
  return left_for_sale() and 1 or 0
end

local measured = redis.call('HMGET', state_key, 'admitted',
  'admit_1m', 'admit_5m', 'admit_15m', 'admit_at', 'admit_from', 'depart_5m', 'depart_at')
for place, text in ipairs(measured) do measured[place] = number(text, 0) and text or false end
measured[#measured + 1] = is_sold_out() and 1 or 0
measured[#measured + 1] = is_named()
return {1, progress, loss, whole(now), whole(clock), length, is_unknown and '0' or whole(created),
  whole(rebuild_until), exact(usable_tokens()), exact(rate), exact(burst), state,
  unpack(measured)}
