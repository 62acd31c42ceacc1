-- Ends a person's wait; repeating it changes nothing.
--
-- ARGV  8 user   9 ticket
-- Returns {1, created, left now (1 or 0)}, or {0, 'ADMITTED' | 'EXPIRED', created}.

local user, ticket = ARGV[8], tonumber(ARGV[9])

local reason = why_gone(user, ticket)
if reason == 'LEFT' then return {1, whole(saved_created), 0} end
if reason then return {0, reason, whole(saved_created)} end

notice_loss(ticket)
local at = tick()
local people = remove(user)
redis.call('ZADD', done, whole(-at), user)
append(at, 'op', 'leave', 'user', user, 'ticket', whole(ticket))
count('left', 1)
save(departures(people))
return {1, whole(created), 1}
