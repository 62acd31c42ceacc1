-- Joins many people at once, in the order given; who is waiting already keeps the place.
--
-- ARGV  8 most people waiting (0: no limit)
--       9, 10, 11  the ETA at the line's end: ARGV[10] s at place ARGV[9], ARGV[11] s more a place
--       12 whether nobody joins when everything is sold (1 or 0)
--       13… users
-- Returns {1, created, answer…}, an answer a user: {1, ticket, position, eta} joined,
--       {2, ticket, position} waiting already, {0, 'CLOSED'}, {0, 'SOLD_OUT'},
--       {0, 'FULL'}.

local limit = tonumber(ARGV[8])
local eta_place, eta_there, eta_slope = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local refuses = ARGV[12] == '1' and is_sold_out()
local users = {unpack(ARGV, 13)}

local loss_noticed = notice_loss()
local present = redis.call('ZMSCORE', index, unpack(users))
local now_ms = whole(math.floor(now / 1000))

local answers, placed, presences, newcomers = {}, {}, {}, {}
for number, user in ipairs(users) do
  local ticket = present[number] or newcomers[user]
  if ticket then
    answers[number] = {2, ticket}
  elseif state == 'closed' then
    answers[number] = {0, 'CLOSED'}
  elseif refuses then
    answers[number] = {0, 'SOLD_OUT'}
  elseif limit > 0 and length >= limit then
    answers[number] = {0, 'FULL'}
  else
    length = length + 1
    ticket = whole(tick())
    newcomers[user] = ticket
    placed[#placed + 1], placed[#placed + 2] = ticket, user
    presences[#presences + 1], presences[#presences + 2] = now_ms, user
    -- The newest ticket is the last in line.
    local eta = math.ceil(math.max(0, eta_there + (length - eta_place) * eta_slope))
    answers[number] = {1, ticket, length, eta}
  end
end

if #placed > 0 then
  redis.call('ZADD', index, unpack(placed))
  redis.call('ZADD', seen, unpack(presences))
  for number, user in ipairs(users) do
    local answer = answers[number]
    if answer[1] == 1 then
      append(tonumber(answer[2]), 'op', 'join', 'user', user, 'pos', answer[3], 'eta', answer[4])
    end
  end
  count('joined', #placed / 2)
  save()
elseif loss_noticed then
  save()
end

for number, user in ipairs(users) do
  if answers[number][1] == 2 then
    answers[number][3] = redis.call('ZRANK', index, user) + 1
  end
end
return {1, whole(saved_created), unpack(answers)}
