-- Joins many people at once, in the order given. A person who waits already keeps the place, and
-- one who was parked is put back at it. An anonymous person is known by the key of one join: when
-- that is repeated after they were admitted, no one new has come.
--
-- Whom the bucket covers is called at once.
--
-- Own ARGV  1 most people waiting (0: no limit), unless the event says so itself
--       2 whether to refuse newcomers when everything is sold (1 or 0), unless the event says so
--         itself
--       3 to 16: see `promise.lua`
--       17… users
-- Returns {1, progress, loss, answer…}, an answer for each: {1, ticket, position, ms that the call
--       lasts or 0, eta or -1, eta_low, eta_high, eta_reason or ''} joined now, {2, ticket,
--       position, ms that the call lasts yet or 0} waiting already, {3, tick of the admission, when
--       the grant began, until when the person is inside, ms, whether by a session (1 or 0)},
--       {0, 'UPCOMING', from when people may join, ms}, {0, 'CLOSED'}, {0, 'SOLD_OUT'},
--       {0, 'FULL'}, {0, 'ADMITTED'}, {0, 'BLOCKED', until when an operator keeps the person
--       out, ms}.

local limit = own_limit or tonumber(ARGV[own + 1])
local sold_out_join = own_sold_out_join or ARGV[own + 2] == '1' and 'refuse'
local refuses = sold_out_join == 'refuse' and is_sold_out()
local users = {unpack(ARGV, own + 17)}

local present = redis.call('ZMSCORE', waiting, unpack(users))

-- Those who were parked and whose tickets live.
local back, tickets_back, earliest, latest = {}, {}, nil, nil
for at, place in ipairs(parked_size > 0 and redis.call('HMGET', places, unpack(users)) or {}) do
  local user, ticket = users[at], tonumber(place)
  if ticket and not present[at] and not tickets_back[user]
    and not why_gone(user, ticket, ticket, nil, mark_of(user)) then
    back[#back + 1], tickets_back[user] = user, whole(ticket)
    earliest, latest = math.min(ticket, earliest or ticket), math.max(ticket, latest or ticket)
  end
end

local loss_noticed = notice_loss(latest)
if earliest then loss_noticed = notice_loss(earliest) or loss_noticed end
learn_inside()

-- Who stands there by a ticket that has lived its time has no place, and joins as others do.
local expired, is_counted = {}, {}
for at, user in ipairs(users) do
  local ticket = tonumber(present[at])
  if ticket and is_expired(user, ticket, ticket, ticket) then
    present[at] = false
    if not is_counted[user] then
      is_counted[user], expired[#expired + 1], length = true, user, length - 1
    end
  end
end

local answers, placed, presences, newcomers, names = {}, {}, {}, {}, {}
local presence = whole(now_ms)
for _, user in ipairs(back) do
  placed[#placed + 1], placed[#placed + 2] = tickets_back[user], user
  presences[#presences + 1], presences[#presences + 2] = presence, user
end
length = length + #back
for at, user in ipairs(users) do
  local ticket = present[at] or tickets_back[user] or newcomers[user]
  local inside_till = not ticket and inside_until_of(user)
  local kept_out = not ticket and not inside_till and steered.kept_out_until(user)
  if ticket then
    answers[at] = {2, ticket}
  elseif inside_till then
    local _, is_session = grant_of(user)
    answers[at] = {3, whole(ends_of(user, mark_of(user))), whole(grant_began(user)),
      whole(inside_till), is_session and 1 or 0}
  elseif string.sub(user, 1, 5) == 'anon-' and ends_of(user, mark_of(user)) > 0 then
    answers[at] = {0, 'ADMITTED'}
  elseif kept_out then
    answers[at] = {0, 'BLOCKED', whole(math.ceil(kept_out / 1000))}
  elseif is_closed then
    answers[at] = {0, 'CLOSED'}
  elseif now < hours.prequeue then
    answers[at] = {0, 'UPCOMING', whole(hours.prequeue / 1000)}
  elseif refuses then
    answers[at] = {0, 'SOLD_OUT'}
  elseif limit > 0 and length >= limit then
    answers[at] = {0, 'FULL'}
  else
    length = length + 1
    ticket = whole(tick())
    newcomers[user], names[#names + 1] = ticket, user
    placed[#placed + 1], placed[#placed + 2] = ticket, user
    presences[#presences + 1], presences[#presences + 2] = presence, user
    -- The newest ticket is the last in line.
    answers[at] = {1, ticket, length}
  end
end

if #placed > 0 then
  redis.call('ZADD', waiting, unpack(placed))
  redis.call('ZADD', seen, unpack(presences))
end
if #expired > 0 then
  withdraw(unpack(expired))
  forget_calls(unpack(expired))
end
for _, user in ipairs(expired) do
  if not newcomers[user] then
    redis.call('ZREM', waiting, user)
    redis.call('ZREM', seen, user)
  end
end
-- What became of an older ticket is over.
if #names > 0 then
  forget_places(unpack(names))
  forget_calls(unpack(names))
end
for _, user in ipairs(back) do note_early(user, tonumber(tickets_back[user])) end
end_calls()

local chosen, passed = choose()
local is_chosen = {}
for _, one in ipairs(chosen) do is_chosen[one[1]] = true end

local promise = promising()
for at, user in ipairs(users) do
  local answer = answers[at]
  if answer[1] == 1 then
    local eta, low, high, reason = 0, 0, 0, ''
    if not is_chosen[user] then eta, low, high, reason = promise(answer[3]) end
    answer[5], answer[6], answer[7], answer[8] = eta, low, high, reason
    append(tonumber(answer[2]), 'op', 'join', 'user', user, 'pos', answer[3],
      unpack(told(eta, low, high, reason)))
  end
end
if #placed / 2 > #back then count('joined', #placed / 2 - #back) end
local changes = {}
if #back > 0 then
  for _, user in ipairs(back) do
    append(tick(), 'op', 'resume', 'user', user, 'ticket', tickets_back[user])
  end
  forget_places(unpack(back))
  count('resumed', #back)
  count_returns(#back)
  changes = {departures(-#back)}
end
call(chosen, passed)
if #placed > 0 or #expired > 0 or loss_noticed or is_changed then save(unpack(changes)) end

local until_when = calls_of(users)
for at, user in ipairs(users) do
  local answer = answers[at]
  if answer[1] == 2 then answer[3] = redis.call('ZRANK', waiting, user) + 1 end
  if answer[1] == 1 then answer[4] = call_left(until_when[at]) end
  if answer[1] == 2 then answer[4] = call_left(until_when[at]) end
end
return {1, progress, loss, unpack(answers)}
