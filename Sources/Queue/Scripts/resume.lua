-- Puts people who come back with live tickets at their tickets' places: after being parked, and
-- after a loss of the index; calls those whom the bucket covers.
--
-- Own ARGV  1 user   2 ticket   3 the stamp of its token, µs   and so on
-- Returns {1, progress, loss, length, rebuild_until, answer…}, an answer for each: {1, position,
--       resumed (1 or 0), ms that the call lasts yet or 0},
--       {0, 'ADMITTED' | 'LEFT' | 'REMOVED' | 'EXPIRED', until when the person is inside, ms, or
--       0}.

local back = come_back()
local users = back.users
call_next()
if back.must_save or is_changed then save(unpack(back.changes)) end

local until_when = calls_of(users)
for at, user in ipairs(users) do
  local reason = back.answers[at]
  if reason then
    reason[3] = whole(inside_until_of(user) or 0)
  else
    back.answers[at] = {1, redis.call('ZRANK', waiting, user) + 1, back.resumed[at] and 1 or 0,
      call_left(until_when[at])}
  end
end
return {1, progress, loss, length, whole(rebuild_until), unpack(back.answers)}
