-- Removes a person for an operator, from the line and from inside, and may keep the person out for
-- a time. The person's tokens end with it.
--
-- Own ARGV  1 user   2 for how long to keep the person out, µs   3 who   4 trace id
-- Returns {1, progress, loss, what the person was: 'waiting', 'parked', 'inside' or 'absent', until
--       when the person is kept out, ms, or 0},
--       {0, progress, loss, 'UNKNOWN'} for one who is nowhere, and not to be kept out.

local user, span = ARGV[own + 1], tonumber(ARGV[own + 2])
local place = tonumber(redis.call('ZSCORE', waiting, user))
local back = not place and place_of_parked(user)
local present = inside_until_of(user)
local was = place and 'waiting' or back and 'parked' or present and 'inside' or 'absent'
if was == 'absent' and span == 0 then return {0, progress, loss, 'UNKNOWN'} end

notice_loss(place or back or nil)
learn_inside()
go_on()
local at, changes = tick(), {}
if place or back then
  changes = {departures(remove(user))}
  forget_places(user)
  forget_calls(user)
  mark_left(user, at)
end
if present then
  local began = grant_began(user)
  redis.call('ZREM', inside, user)
  forget_served({user})
  note_size(grants, sizes.grants)
  redis.call('ZADD', grants, whole(-began), user)
  note_ended(user, began, math.max(present, now_ms + refusal()))
end
local moment = span > 0 and math.max(at, now + span) or at
note_size(done, sizes.done)
redis.call('ZADD', done, whole(-moment), '\1' .. user)
if span > 0 and moment > steered.blocked_until then
  steered.blocked_until = moment
  remember('blocked_until', whole(moment))
end
local kept_out = span > 0 and whole(math.ceil(moment / 1000)) or 0
append(at, 'op', 'remove', 'user', user, 'ticket', whole(place or back or 0), 'was', was,
  'until', kept_out, 'who', ARGV[own + 3], 'trace', ARGV[own + 4])
count('removed', 1)
call_next()
save(unpack(changes))
return {1, progress, loss, was, kept_out}
