-- People who come back with their tickets. Stands behind `people.lua`.
--
-- Own ARGV  1 user   2 ticket   3 the stamp of its token, µs   and so on

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
-- Puts people back at their tickets' places who are not there. All are judged as things stand, and
-- then put back in the order given; one person has one entry, and the older ticket wins.
--
-- Returns `users`; `answers`: {0, why} for a ticket that waits no longer; `resumed`: whether this
-- call put that one back; `changes`: fields to be saved; and whether there is anything to save.
local function come_back()
  local users, tickets, stamps = {}, {}, {}
  for at = own + 1, #ARGV, 3 do
    users[#users + 1], tickets[#tickets + 1] = ARGV[at], tonumber(ARGV[at + 1])
    stamps[#stamps + 1] = tonumber(ARGV[at + 2])
  end
  local present = redis.call('ZMSCORE', waiting, unpack(users))
  local marks = redis.call('ZMSCORE', done, unpack(users))
  local back = {users = users, answers = {}, resumed = {}, changes = {}, must_save = false}

  -- A ticket that waits no longer has no place either.
  local over, is_over, earliest, latest = {}, {}, nil, nil
  for at, user in ipairs(users) do
    local ticket, place = tickets[at], tonumber(present[at])
    local reason = why_gone(user, ticket, stamps[at], place, tonumber(marks[at] or 0))
    if reason then
      back.answers[at] = {0, reason}
      if place and place <= ticket then is_over[user], over[#over + 1] = true, user end
    else
      earliest, latest = math.min(ticket, earliest or ticket), math.max(ticket, latest or ticket)
    end
  end

  -- The first who is not there shows that the event is behind; the oldest, that it was made anew.
  back.must_save = notice_loss(latest)
  back.must_save = notice_loss(earliest) or #over > 0 or back.must_save
  learn_inside()

  local placed, presences, returned_now, place_of = {}, {}, {}, {}
  for at, user in ipairs(users) do
    local ticket = tickets[at]
    local place = place_of[user] or not is_over[user] and tonumber(present[at]) or nil
    if not back.answers[at] and (not place or place > ticket) then
      if not place then length = length + 1 end
      place_of[user], back.resumed[at], returned_now[#returned_now + 1] = ticket, true, at
      placed[#placed + 1], placed[#placed + 2] = whole(ticket), user
      presences[#presences + 1], presences[#presences + 2] = whole(now_ms), user
    end
  end
  if #over > 0 then
    remove(unpack(over))
    forget_calls(unpack(over))
  end
  if #returned_now == 0 then return back end
  redis.call('ZADD', waiting, unpack(placed))
  redis.call('ZADD', seen, unpack(presences))
  for _, at in ipairs(returned_now) do
    forget_places(users[at])
    note_early(users[at], tickets[at])
    append(tick(), 'op', 'resume', 'user', users[at], 'ticket', whole(tickets[at]))
  end
  count('resumed', #returned_now)
  count_returns(#returned_now)
  back.must_save, back.changes = true, {departures(-#returned_now)}
  return back
end
-- luacheck: pop
