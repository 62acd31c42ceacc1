-- Ends a person's wait; repeating it changes nothing.
--
-- ARGV  7 user   8 ticket
-- Returns {1, created, left now (1 or 0)}, or {0, 'ADMITTED' | 'EXPIRED', created}.

local user, ticket = ARGV[7], tonumber(ARGV[8])

local reason = why_gone(user, ticket)
if reason == 'LEFT' then return {1, whole(created), 0} end
if reason then return {0, reason, whole(created)} end

notice_loss(ticket)
local was_present = redis.call('ZSCORE', index, user)
local at = tick()
redis.call('ZADD', done, whole(-at), user)
save(count_departures(was_present and 1 or 0))
redis.call('HINCRBY', state_key, 'left', 1)
append(at, 'op', 'leave', 'user', user, 'ticket', whole(ticket))
redis.call('ZREM', index, user)
redis.call('ZREM', seen, user)
keep_alive()
return {1, whole(created), 1}
