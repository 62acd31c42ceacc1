-- Admits a person, if the bucket covers everyone ahead and the person too. A token is kept for each
-- person ahead, so nobody jumps the line, and whoever is ready stays ready.
--
-- ARGV  8 user   9 ticket
-- Returns {1, created, admitted_at, waited µs, promised eta s or -1, tokens} when admitted now,
--       {2, created, admitted_at} when admitted within the last grant-ttl,
--       {0, 'NOT_READY', created, position, length, tokens, rebuild_until, state},
--       {0, 'ADMITTED' | 'LEFT' | 'EXPIRED', created}.

local user, ticket = ARGV[8], tonumber(ARGV[9])

local reason, since = why_gone(user, ticket)
if reason == 'ADMITTED' and now < since + grant_ttl then
  return {2, whole(saved_created), whole(since)}
end
if reason then return {0, reason, whole(saved_created)} end

local loss_noticed = notice_loss(ticket)
local standing, is_back = take_place(user, ticket)
local rank = redis.call('ZRANK', index, user)

local usable = usable_tokens()

if state == 'paused' or now < rebuild_until or rank >= math.floor(usable) then
  save_return(user, ticket, is_back, loss_noticed)
  return {0, 'NOT_READY', whole(saved_created), rank + 1, length, string.format('%.6f', usable),
    whole(rebuild_until), state}
end

local promise = -1
local join_id = tick_id(standing)
local entry = redis.call('XRANGE', trail, join_id, join_id)[1]
if entry then
  for field = 1, #entry[2], 2 do
    if entry[2][field] == 'eta' then promise = tonumber(entry[2][field + 1]) end
  end
end

local at = tick()
tokens = tokens - 1
local rates = redis.call('HMGET', state_key,
  'admit_1m', 'admit_5m', 'admit_15m', 'admit_at', 'admit_from')
remove(user)
redis.call('ZADD', done, whole(at), user)
-- Inside once more, to get more.
if is_bound then redis.call('ZREM', KEYS[8], user) end
append(at, 'op', 'enter', 'user', user, 'ticket', whole(standing))
count('admitted', 1)
save('admit_1m', string.format('%.9f', decayed(rates[1], rates[4], 60) + 1 / 60),
  'admit_5m', string.format('%.9f', decayed(rates[2], rates[4], 300) + 1 / 300),
  'admit_15m', string.format('%.9f', decayed(rates[3], rates[4], 900) + 1 / 900),
  'admit_at', whole(now), 'admit_from', rates[5] or whole(now))
return {1, whole(created), whole(at), whole(math.max(0, now - standing)), promise,
  string.format('%.6f', math.min(tokens, usable - 1))}
