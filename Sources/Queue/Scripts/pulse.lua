-- Once a second an event and front: writes down who was seen, keeps the event's keys alive, and
-- brings back what the front must know to answer everyone who polls in the next second.
--
-- ARGV  7… users seen in the last second
-- Returns {1, now, length, created (0: nobody joined yet), rebuild_until, tokens, rate, burst, state,
--       then the fields of the state that measure, in the order below}.

if #ARGV > 6 then
  local presences, now_ms = {}, whole(math.floor(now / 1000))
  for number = 7, #ARGV do
    presences[#presences + 1], presences[#presences + 2] = now_ms, ARGV[number]
  end
  -- Only who is in line has a presence, and an older sighting never replaces a later one.
  redis.call('ZADD', seen, 'XX', 'GT', unpack(presences))
  keep_alive()
end
if not is_new and notice_loss() then save() end
return {1, whole(now), redis.call('ZCARD', index), whole(is_new and 0 or created),
  whole(rebuild_until), string.format('%.6f', tokens), string.format('%.9f', rate),
  string.format('%.9f', burst), state, unpack(redis.call('HMGET', state_key,
    'admit_1m', 'admit_5m', 'admit_15m', 'admit_at', 'admit_from', 'depart_5m', 'depart_at'))}
