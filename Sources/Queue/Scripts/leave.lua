-- Ends a person's wait; repeating it changes nothing.
--
-- Own ARGV  1 user   2 ticket   3 the stamp of its token, µs
-- Returns {1, progress, loss, left now (1 or 0)}, or {0, progress, loss, 'ADMITTED' | 'REMOVED' |
--         'EXPIRED'}.

local user, ticket, stamp = ARGV[own + 1], tonumber(ARGV[own + 2]), tonumber(ARGV[own + 3])

local reason = gone(user, ticket, stamp)
if reason == 'LEFT' then return {1, progress, loss, 0} end
if reason then return {0, progress, loss, reason} end

notice_loss(ticket)
learn_inside()
local at = tick()
local people = remove(user)
forget_places(user)
forget_calls(user)
mark_left(user, at)
append(at, 'op', 'leave', 'user', user, 'ticket', whole(ticket))
count('left', 1)
call_next()
save(departures(people))
return {1, progress, loss, 1}
