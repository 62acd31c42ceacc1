-- Joins many people at once, in the order given; a person who waits already keeps the place.
--
-- Own ARGV  1 most people waiting (0: no limit), unless the event says so itself
--       2 to 5 how fast the line moves, beside the refill: see `Pace.Speed`
--       6 whether to refuse newcomers when everything is sold (1 or 0), unless the event says so
--         itself
--       7… users
-- Returns {1, progress, loss, answer…}, an answer for each: {1, ticket, position, eta} joined now,
--       {2, ticket, position} waiting already, {0, 'CLOSED'}, {0, 'SOLD_OUT'}, {0, 'FULL'}.

local limit = own_limit or tonumber(ARGV[own + 1])
local used_share, departing = tonumber(ARGV[own + 2]), tonumber(ARGV[own + 3])
local seconds_a_place, longest = tonumber(ARGV[own + 4]), tonumber(ARGV[own + 5])
local sold_out_join = own_sold_out_join or ARGV[own + 6] == '1' and 'refuse'
local refuses = sold_out_join == 'refuse' and is_sold_out()
local users = {unpack(ARGV, own + 7)}

local loss_noticed = notice_loss()
local present = redis.call('ZMSCORE', waiting, unpack(users))
local now_ms = whole(math.floor(now / 1000))

-- What a person is promised who gets the place at the end: whole seconds until it is ready, by the
-- bucket as it is now. The rule is that of `Pace`, which tells those who wait already.
local covered = math.floor(usable_tokens())
local speed = rate * used_share
local until_admission = math.max(0, rebuild_until - now) / 1000000
local function promise(place)
  local distance = place - covered
  local seconds = 0
  if distance > 0 and speed <= 0 then
    seconds = place * seconds_a_place
  elseif distance > 0 then
    local departures = departing * distance / speed
    seconds = departures > 1e-6 and math.log(1 + departures) / departing or distance / speed
  end
  return math.ceil(math.min(longest, math.max(until_admission, seconds)))
end

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

local answers, placed, presences, newcomers = {}, {}, {}, {}
for at, user in ipairs(users) do
  local ticket = present[at] or newcomers[user]
  if ticket then
    answers[at] = {2, ticket}
  elseif is_closed then
    answers[at] = {0, 'CLOSED'}
  elseif refuses then
    answers[at] = {0, 'SOLD_OUT'}
  elseif limit > 0 and length >= limit then
    answers[at] = {0, 'FULL'}
  else
    length = length + 1
    ticket = whole(tick())
    newcomers[user] = ticket
    placed[#placed + 1], placed[#placed + 2] = ticket, user
    presences[#presences + 1], presences[#presences + 2] = now_ms, user
    -- The newest ticket is the last in line.
    answers[at] = {1, ticket, length, promise(length)}
  end
end

if #placed > 0 then
  redis.call('ZADD', waiting, unpack(placed))
  redis.call('ZADD', seen, unpack(presences))
  for at, user in ipairs(users) do
    local answer = answers[at]
    if answer[1] == 1 then
      append(tonumber(answer[2]), 'op', 'join', 'user', user, 'pos', answer[3], 'eta', answer[4])
    end
  end
  count('joined', #placed / 2)
end
for _, user in ipairs(expired) do
  if not newcomers[user] then
    redis.call('ZREM', waiting, user)
    redis.call('ZREM', seen, user)
  end
end
if #placed > 0 or #expired > 0 or loss_noticed then save() end

for at, user in ipairs(users) do
  if answers[at][1] == 2 then
    answers[at][3] = redis.call('ZRANK', waiting, user) + 1
  end
end
return {1, progress, loss, unpack(answers)}
