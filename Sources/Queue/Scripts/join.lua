-- Joins many people at once, in the order given; a person who waits already keeps the place.
--
-- Own ARGV  1 most people waiting (0: no limit), unless the event says so itself
--       2, 3, 4  the ETA at the line's end: 3 s at place 2, and 4 s more for each place behind
--       5 whether to refuse newcomers when everything is sold (1 or 0), unless the event says so
--         itself
--       6… users
-- Returns {1, progress, loss, answer…}, an answer for each: {1, ticket, position, eta} joined now,
--       {2, ticket, position} waiting already, {0, 'CLOSED'}, {0, 'SOLD_OUT'}, {0, 'FULL'}.

local limit = own_limit or tonumber(ARGV[own + 1])
local eta_place, eta_there = tonumber(ARGV[own + 2]), tonumber(ARGV[own + 3])
local eta_slope = tonumber(ARGV[own + 4])
local sold_out_join = own_sold_out_join or ARGV[own + 5] == '1' and 'refuse'
local refuses = sold_out_join == 'refuse' and is_sold_out()
local users = {unpack(ARGV, own + 6)}

local loss_noticed = notice_loss()
local present = redis.call('ZMSCORE', waiting, unpack(users))
local now_ms = whole(math.floor(now / 1000))

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
    local eta = math.ceil(math.max(0, eta_there + (length - eta_place) * eta_slope))
    answers[at] = {1, ticket, length, eta}
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
