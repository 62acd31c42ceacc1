-- Joins many people at once, in the order given. A person who waits already keeps the place, and
-- one who was parked is put back at it. An anonymous person is known by the key of one join: when
-- that is repeated after they were admitted, no one new has come.
--
-- Whom the bucket covers is called at once.
--
-- Own ARGV  1 most people waiting (0: no limit), unless the event says so itself
--       2 to 5 how fast the line moves, beside the refill: see `Pace.Speed`
--       6 whether to refuse newcomers when everything is sold (1 or 0), unless the event says so
--         itself
--       7… users
-- Returns {1, progress, loss, answer…}, an answer for each: {1, ticket, position, eta, ms that the
--       call lasts or 0} joined now, {2, ticket, position, ms that the call lasts yet or 0} waiting
--       already, {3, tick of the admission, when the grant began, until when the person is inside,
--       ms, whether by a session (1 or 0)}, {0, 'CLOSED'}, {0, 'SOLD_OUT'}, {0, 'FULL'},
--       {0, 'ADMITTED'}.

local limit = own_limit or tonumber(ARGV[own + 1])
local used_share, departing = tonumber(ARGV[own + 2]), tonumber(ARGV[own + 3])
local seconds_a_place, longest = tonumber(ARGV[own + 4]), tonumber(ARGV[own + 5])
local sold_out_join = own_sold_out_join or ARGV[own + 6] == '1' and 'refuse'
local refuses = sold_out_join == 'refuse' and is_sold_out()
local users = {unpack(ARGV, own + 7)}

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
  if ticket then
    answers[at] = {2, ticket}
  elseif inside_till then
    local _, is_session = grant_of(user)
    answers[at] = {3, whole(ends_of(user, mark_of(user))), whole(grant_began(user)),
      whole(inside_till), is_session and 1 or 0}
  elseif string.sub(user, 1, 5) == 'anon-' and ends_of(user, mark_of(user)) > 0 then
    answers[at] = {0, 'ADMITTED'}
  elseif is_closed then
    answers[at] = {0, 'CLOSED'}
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

-- What a person is promised who gets the place at the end and is not called: whole seconds until
-- the call, by the bucket as it is now. The rule is that of `Pace`, which tells those who wait
-- already.
local covered = math.floor(usable_tokens())
local speed = rate * used_share
local until_admission = math.max(0, rebuild_until - now) / 1000000
local before = settled()
local function promise(place)
  local distance = place - before - covered
  local seconds = 0
  if distance > 0 and speed <= 0 then
    seconds = place * seconds_a_place
  elseif distance > 0 then
    local leaving = departing * distance / speed
    seconds = leaving > 1e-6 and math.log(1 + leaving) / departing or distance / speed
  end
  return math.ceil(math.min(longest, math.max(until_admission, seconds)))
end

for at, user in ipairs(users) do
  local answer = answers[at]
  if answer[1] == 1 then
    answer[4] = is_chosen[user] and 0 or promise(answer[3])
    append(tonumber(answer[2]), 'op', 'join', 'user', user, 'pos', answer[3], 'eta', answer[4])
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
  if answer[1] == 1 then answer[5] = call_left(until_when[at]) end
  if answer[1] == 2 then answer[4] = call_left(until_when[at]) end
end
return {1, progress, loss, unpack(answers)}
