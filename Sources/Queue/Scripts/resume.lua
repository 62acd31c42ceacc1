-- Puts people who come back with live tickets at their tickets' places: after being parked, and
-- after a loss of the index. All are judged as things stand, and then put back in the order given.
--
-- Own ARGV  1 user   2 ticket   3 the stamp of its token, µs   and so on
-- Returns {1, progress, loss, length, rebuild_until, answer…}, an answer for each: {1, position,
--       resumed (1 or 0)}, {0, 'ADMITTED' | 'LEFT' | 'EXPIRED'}.

local users, tickets, stamps = {}, {}, {}
for at = own + 1, #ARGV, 3 do
  users[#users + 1], tickets[#tickets + 1] = ARGV[at], tonumber(ARGV[at + 1])
  stamps[#stamps + 1] = tonumber(ARGV[at + 2])
end
local present = redis.call('ZMSCORE', waiting, unpack(users))
local marks = redis.call('ZMSCORE', done, unpack(users))
local now_ms = whole(math.floor(now / 1000))

-- A ticket that waits no longer has no place either.
local answers, ended, has_ended, earliest, latest = {}, {}, {}, nil, nil
for at, user in ipairs(users) do
  local ticket, place = tickets[at], tonumber(present[at])
  local reason = why_gone(user, ticket, stamps[at], place, tonumber(marks[at] or 0))
  if reason then
    answers[at] = {0, reason}
    if place and place <= ticket then
      has_ended[user], ended[#ended + 1] = true, user
    end
  else
    earliest, latest = math.min(ticket, earliest or ticket), math.max(ticket, latest or ticket)
  end
end

-- The first who is not there shows that the event is behind; the oldest, that it was made anew.
local must_save = notice_loss(latest)
must_save = notice_loss(earliest) or #ended > 0 or must_save

-- One person has one entry, and the older ticket wins.
local placed, presences, back, place_of = {}, {}, {}, {}
for at, user in ipairs(users) do
  if not answers[at] then
    local ticket = tickets[at]
    local place = place_of[user] or not has_ended[user] and tonumber(present[at]) or nil
    local is_back = not place or place > ticket
    if is_back then
      if not place then length = length + 1 end
      place_of[user], back[#back + 1] = ticket, at
      placed[#placed + 1], placed[#placed + 2] = whole(ticket), user
      presences[#presences + 1], presences[#presences + 2] = now_ms, user
    end
    answers[at] = {1, 0, is_back and 1 or 0}
  end
end

if #ended > 0 then remove(unpack(ended)) end
if #back > 0 then
  redis.call('ZADD', waiting, unpack(placed))
  redis.call('ZADD', seen, unpack(presences))
  for _, at in ipairs(back) do
    forget_places(users[at])
    append(tick(), 'op', 'resume', 'user', users[at], 'ticket', whole(tickets[at]))
  end
  count('resumed', #back)
  count_returns(#back)
  save(departures(-#back))
elseif must_save then
  save()
end

for at, user in ipairs(users) do
  if answers[at][1] == 1 then answers[at][2] = redis.call('ZRANK', waiting, user) + 1 end
end
return {1, progress, loss, length, whole(rebuild_until), unpack(answers)}
