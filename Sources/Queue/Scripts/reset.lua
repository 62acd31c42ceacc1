-- Removes all people of an event for an operator: the line at once, and those inside in steps. All
-- tickets until then end. Settings, and what was sold, stay.
--
-- Own ARGV  1 'begin' or 'go on'   2 how many of those inside to pass over, who came later
--       3 who   4 trace id
-- Returns {1, progress, loss, waiting, parked, inside of those removed, how many to pass over
--       next, or -1 when all are gone},
--       {0, progress, loss, 'UNKNOWN'} if no one was ever there.

local STEP = 500
local passed_over = tonumber(ARGV[own + 2])
if is_new and not is_torn then return {0, progress, loss, 'UNKNOWN'} end
notice_loss()
go_on()

local gone_waiting, gone_parked = 0, 0
if ARGV[own + 1] == 'begin' then
  gone_waiting, gone_parked = length, redis.call('ZCARD', parked)
  local at = tick()
  append(at, 'op', 'reset', 'who', ARGV[own + 3], 'trace', ARGV[own + 4], 'before',
    'waiting=' .. length .. ' parked=' .. gone_parked .. ' inside=' .. count_inside())
  tokens = tokens + (called - steered.called)
  redis.call('UNLINK', waiting, seen, parked, places)
  void_calls()
  cap_tokens()
  length, steered.reset_at = 0, at
  remember('reset_at', whole(at))
  redis.call('HDEL', state_key, 'joined', 'resumed', 'admitted', 'left', 'removed', 'parked',
    'called', 'called_again', 'no_shows', 'sessions', 'ended', 'overtaken_return',
    'overtaken_fault', 'overtaken_operator', 'admit_1m', 'admit_5m', 'admit_15m', 'admit_at',
    'admit_from', 'depart_5m', 'depart_at')
end

local users = redis.call('ZRANGE', inside, passed_over, passed_over + STEP - 1, 'WITHSCORES')
local over = {}
for place = 1, #users, 2 do
  local user, moment = users[place], tonumber(users[place + 1])
  -- Who was admitted since stays.
  if ends_of(user, mark_of(user)) <= steered.reset_at then
    over[#over + 1] = user
    if moment > now_ms then
      note_ended(user, grant_began(user), math.max(moment, now_ms + refusal()))
    end
  end
end
if #over > 0 then
  redis.call('ZREM', inside, unpack(over))
  forget_served(over)
end
save()
local is_through = #users < 2 * STEP
return {1, progress, loss, gone_waiting, gone_parked, #over,
  is_through and -1 or passed_over + #users / 2 - #over}
