-- Tells of people, for an operator: of one by name, or of those at the head of the line. Changes
-- nothing.
--
-- Own ARGV  1 'person' or 'head'
--       person: 2 user
--       head: 2 how many people to pass over   3 how many to tell of
-- Returns {1, progress, loss, now, pause (1 or 0), person…}, each {user, position or 0, ticket or
--       0, last seen, ms, or 0, whether parked (1 or 0), until when the call lasts, ms of Redis
--       time, or 0, whether by an operator (1 or 0), calls that ended without the person, until
--       when inside, ms, or 0, when that grant began, whether by a session (1 or 0), when last
--       admitted, when left, when removed or until when kept out, all µs, or 0, how the ticket
--       ended, or ''}.

local function person(user)
  local place = tonumber(redis.call('ZSCORE', waiting, user))
  local back = not place and place_of_parked(user) or nil
  local mark = mark_of(user)
  local admitted_at, left_at = ends_of(user, mark)
  local until_when, is_operators = calls_of({user})
  local began, is_session = grant_of(user)
  local ticket = place or back
  local sight = tonumber(redis.call('ZSCORE', seen, user) or 0)
  if back then
    sight = math.floor(((tonumber(redis.call('ZSCORE', parked, user)) or 0) - ticket_ttl) / 1000)
  end
  -- A pause goes on, for as long as it lasts.
  local moment = until_when[1] and now_ms + until_when[1] - call_now or 0
  return {user, place and redis.call('ZRANK', waiting, user) + 1 or 0, whole(ticket or 0),
    whole(math.max(0, sight)), back and 1 or 0, whole(moment), is_operators[1] and 1 or 0,
    calls_size > 0 and tonumber(redis.call('HGET', calls, user)) or 0,
    whole(inside_until_of(user) or 0), whole(began or 0), is_session and 1 or 0,
    whole(admitted_at), whole(left_at), whole(steered.removal_of(user)),
    ticket and why_gone(user, ticket, ticket, place, mark) or ''}
end

local people = {}
if ARGV[own + 1] == 'person' then
  people[1] = person(ARGV[own + 2])
else
  local from = tonumber(ARGV[own + 2])
  for _, user in ipairs(redis.call('ZRANGE', waiting, from, from + tonumber(ARGV[own + 3]) - 1)) do
    people[#people + 1] = person(user)
  end
end
return {1, progress, loss, whole(now), state == 'paused' and 1 or 0, unpack(people)}
