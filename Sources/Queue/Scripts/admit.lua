-- Calls a person for an operator: by a token of its own, whatever the limits, in a pause and in a
-- rebuild. A parked person stands in line again. The call ends as others do, and then counts
-- nowhere. Repeated while it lasts, it changes nothing.
--
-- Own ARGV  1 user   2 who   3 trace id
-- Returns {1, progress, loss, position, ms that the call lasts, whether called just now (1 or 0)},
--       {0, progress, loss, 'UNKNOWN' | 'INSIDE'} for one who does not wait.

local user = ARGV[own + 1]
local place = tonumber(redis.call('ZSCORE', waiting, user))
local back = not place and place_of_parked(user)
local ticket = place or back
if not ticket or why_gone(user, ticket, ticket, place, mark_of(user)) then
  return {0, progress, loss, inside_until_of(user) and 'INSIDE' or 'UNKNOWN'}
end

notice_loss(ticket)
learn_inside()
go_on()
local changes = {}
if back then
  -- Nobody has heard of the person since then.
  local sight = (tonumber(redis.call('ZSCORE', parked, user)) or now) - ticket_ttl
  redis.call('ZADD', waiting, whole(ticket), user)
  redis.call('ZADD', seen, whole(math.floor(sight / 1000)), user)
  length = length + 1
  forget_places(user)
  note_early(user, ticket)
  append(tick(), 'op', 'resume', 'user', user, 'ticket', whole(ticket))
  count('resumed', 1)
  count_returns(1)
  changes = {departures(-1)}
end
end_calls()
local until_when, is_operators = calls_of({user})
local is_new_call = not (until_when[1] and is_operators[1])
if is_new_call then
  withdraw(user)
  note_size(ready, called)
  redis.call('ZADD', ready, whole(steered.base + call_now + ready_ttl), user)
  if longest_call ~= ready_ttl and (called == 0 or ready_ttl > longest_call) then
    longest_call = ready_ttl
    remember('longest_call', whole(ready_ttl))
  end
  called, steered.called = called + 1, steered.called + 1
  append(tick(), 'op', 'admit', 'user', user, 'ticket', whole(ticket), 'who', ARGV[own + 2],
    'trace', ARGV[own + 3])
end
call(choose())
save(unpack(changes))
until_when = calls_of({user})
return {1, progress, loss, redis.call('ZRANK', waiting, user) + 1, call_left(until_when[1]),
  is_new_call and 1 or 0}
