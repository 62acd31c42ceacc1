-- Exchanges grants for sessions, many at once, in the order given. Repeating it brings the same
-- session, as it is by then.
--
-- Own ARGV  1 session-max, ms
--       2 user   3 when the grant began, µs   4 until when it is valid, µs   and so on
-- Returns {1, progress, loss, answer…}, an answer for each: {1, until when the session lasts, ms,
--       begun now (1 or 0)}, {0, 'EXPIRED' | 'ENDED'}.

local session_max = tonumber(ARGV[own + 1])
local earliest, latest
for at = own + 2, #ARGV, 3 do
  local began = tonumber(ARGV[at + 1])
  if now < tonumber(ARGV[at + 2]) then
    earliest, latest = math.min(began, earliest or began), math.max(began, latest or began)
  end
end
-- First, since this is never refused: who was let in gets in, also when memory is short.
keep_alive()
local must_save = notice_loss(latest)
if earliest then must_save = notice_loss(earliest) or must_save end
learn_inside()

local function exchange(user, began, till)
  if has_ended(user, began) then return {0, 'ENDED'} end
  local present = inside_until_of(user)
  local known, is_session = grant_of(user)
  if known == began and is_session then
    return present and {1, whole(present), 0} or {0, 'EXPIRED'}
  end
  if now >= till or is_followed(user, began) then return {0, 'EXPIRED'} end
  local moment = math.min(now_ms + session_ttl, math.floor(began / 1000) + session_max)
  put_inside(user, began, moment)
  append(tick(), 'op', 'session', 'user', user, 'began', whole(began))
  count('sessions', 1)
  return {1, whole(moment), 1}
end

local answers = {}
for at = own + 2, #ARGV, 3 do
  answers[#answers + 1] = exchange(ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]))
end
keep_inside_back()
if must_save or is_changed then
  call_next()
  save()
end
return {1, progress, loss, unpack(answers)}
