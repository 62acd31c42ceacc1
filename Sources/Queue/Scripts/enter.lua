-- Admits a person, if the bucket covers everyone ahead and the person too. A token is kept for each
-- person ahead, so no one jumps the line, and a person who is ready stays ready.
--
-- Own ARGV  1 user   2 ticket   3 the stamp of its token, µs
-- Returns {1, progress, loss, when the grant began, waited µs, promised eta s or -1, tokens} when
--       admitted now, {2, progress, loss, when the grant began} when admitted within the last
--       grant-ttl,
--       {0, progress, loss, 'NOT_READY', position, length, tokens, rebuild_until, state},
--       {0, progress, loss, 'ADMITTED' | 'LEFT' | 'EXPIRED'}.

local user, ticket, stamp = ARGV[own + 1], tonumber(ARGV[own + 2]), tonumber(ARGV[own + 3])

local reason = gone(user, ticket, stamp)
if reason == 'ADMITTED' then
  local began = grant_began(user)
  if now < began + grant_ttl then return {2, progress, loss, whole(began)} end
end
if reason then return {0, progress, loss, reason} end

local loss_noticed = notice_loss(ticket)
local standing, is_back = take_place(user, ticket)
local rank = redis.call('ZRANK', waiting, user)

local usable = usable_tokens()

if state == 'paused' or now < rebuild_until or rank >= math.floor(usable) then
  save_return(user, ticket, is_back, loss_noticed)
  return {0, progress, loss, 'NOT_READY', rank + 1, length, exact(usable), whole(rebuild_until),
    state}
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
mark_admitted(user, at)
if is_bound then forget_served(user) end
append(at, 'op', 'enter', 'user', user, 'ticket', whole(standing))
count('admitted', 1)
save('admit_1m', exact(decayed(rates[1], rates[4], 60) + 1 / 60),
  'admit_5m', exact(decayed(rates[2], rates[4], 300) + 1 / 300),
  'admit_15m', exact(decayed(rates[3], rates[4], 900) + 1 / 900),
  'admit_at', whole(now), 'admit_from', rates[5] or whole(now))
return {1, progress, loss, whole(now), whole(math.max(0, now - standing)), promise,
  exact(math.min(tokens, usable - 1))}
