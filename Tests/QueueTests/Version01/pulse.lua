-- Once a second an event and front: writes down who was seen, keeps the event's keys alive, and
-- brings back what the front must know to answer everyone who polls in the next second.
--
-- ARGV  8… users seen in the last second
-- Returns {1, now, length, created, rebuild_until, tokens, rate, burst, state, then the fields of the
--       state that measure, in the order below, and whether everything is sold (1 or 0)}.

if #ARGV > 7 then
  local presences, now_ms = {}, whole(math.floor(now / 1000))
  for number = 8, #ARGV do
    presences[#presences + 1], presences[#presences + 2] = now_ms, ARGV[number]
  end
  -- First, since this is never refused: whoever polls must not look absent for want of memory.
  keep_alive()
  -- Only who is in line has a presence.
  redis.call('ZADD', seen, 'XX', unpack(presences))
end
-- An event that nobody joined gets no keys.
if (not is_new or is_torn) and notice_loss() then save() end

local measured = redis.call('HMGET', state_key, 'admitted',
  'admit_1m', 'admit_5m', 'admit_15m', 'admit_at', 'admit_from', 'depart_5m', 'depart_at')
for place, text in ipairs(measured) do measured[place] = number(text, 0) and text or false end
measured[#measured + 1] = is_sold_out() and 1 or 0
return {1, whole(now), length, whole(saved_created), whole(rebuild_until),
  string.format('%.6f', usable_tokens()), string.format('%.9f', rate), string.format('%.9f', burst), state,
  unpack(measured)}
