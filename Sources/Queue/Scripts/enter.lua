-- Admits those who are called, many people at once, in the order given; a no-show asks by this to
-- be called again. Who is not called, but whom the bucket covers, is called and admitted at once.
--
-- Own ARGV  1 user   2 ticket   3 the stamp of its token, µs   and so on
-- Returns {1, progress, loss, length, tokens, rebuild_until, state, answer…}, an answer for each:
--       {1, when the grant began, waited µs, promised eta, eta_low and eta_high, s, or -1, µs until
--       the call without those of pauses} when admitted now,
--       {2, when the grant began} when admitted within the last grant-ttl,
--       {3, position} when not called, {4, position, ms that the call lasts yet} when called, but
--       no one may enter,
--       {0, 'ADMITTED' | 'LEFT' | 'REMOVED' | 'EXPIRED', until when the person is inside, ms, or
--       0}.

local back = come_back()
local users = back.users
local answers = back.answers
-- Who asks when the call has ended asks for the next one.
end_calls()
for at, user in ipairs(users) do
  if answers[at] and answers[at][2] == 'ADMITTED' then
    local began = grant_began(user)
    if now < began + grant_ttl then answers[at] = {2, whole(began)} end
  elseif not answers[at] then
    ask_again(user)
  end
end
call(choose())

-- What the trail says that was promised at join, and how long it was until the call that ends then;
-- no pause counts. Who let a call end has had the promise kept.
local function promise_of(user, ticket, moment)
  local id = tick_id(ticket)
  local entry = redis.call('XRANGE', trail, id, id)[1]
  local told = {}
  for field = 1, entry and #entry[2] or 0, 2 do
    told[entry[2][field]] = tonumber(entry[2][field + 1])
  end
  if noshows_size > 0 and redis.call('ZSCORE', noshows, user) then told.eta = nil end
  local paused = (number(fields[25], 0) or 0) - (told.paused or 0)
  local took = (moment - ready_ttl) * 1000 + paused_for - ticket - math.max(0, paused)
  return told.eta or -1, told.eta_low or told.eta or -1, told.eta_high or told.eta or -1,
    whole(math.max(0, took))
end

local until_when, is_operators = calls_of(users)
local admitted_now, marks, began, moments, own_tokens = {}, {}, {}, {}, 0
local standing = called > 0 and redis.call('ZMSCORE', waiting, unpack(users)) or {}
local has_entered, may_enter = {}, state ~= 'paused' and store_lost ~= -1
for at, user in ipairs(users) do
  local place = tonumber(standing[at])
  if has_entered[user] then
    answers[at] = answers[at] or {2, whole(now)}
  elseif not answers[at] and until_when[at] and place and (may_enter or is_operators[at]) then
    if #admitted_now == 0 then go_on() end
    local entered = tick()
    has_entered[user], admitted_now[#admitted_now + 1] = true, user
    marks[#marks + 1], marks[#marks + 2] = whole(entered), user
    began[#began + 1], began[#began + 2] = whole(now), user
    moments[#moments + 1], moments[#moments + 2] = whole(now_ms + grant_ttl / 1000), user
    if is_operators[at] then own_tokens = own_tokens + 1 end
    count_overtaken(place, is_operators[at])
    append(entered, 'op', 'enter', 'user', user, 'ticket', whole(place))
    answers[at] = {1, whole(now), whole(math.max(0, now - place)),
      promise_of(user, place, until_when[at])}
  end
end

local changes = back.changes
if #admitted_now > 0 then
  local rates = redis.call('HMGET', state_key,
    'admit_1m', 'admit_5m', 'admit_15m', 'admit_at', 'admit_from')
  remove(unpack(admitted_now))
  forget_calls(unpack(admitted_now))
  -- Their tokens are spent.
  tokens = math.max(0, tokens - (#admitted_now - own_tokens))
  note_size(done, sizes.done)
  note_size(grants, sizes.grants)
  note_size(inside, inside_size)
  redis.call('ZADD', done, unpack(marks))
  redis.call('ZADD', grants, unpack(began))
  redis.call('ZADD', inside, unpack(moments))
  if admitted_size > 0 then redis.call('ZREM', admitted, unpack(admitted_now)) end
  if is_bound then forget_served(admitted_now) end
  count('admitted', #admitted_now)
  for place, minutes in ipairs({1, 5, 15}) do
    changes[#changes + 1] = 'admit_' .. minutes .. 'm'
    changes[#changes + 1] = exact(
      decayed(rates[place], rates[4], minutes * 60) + #admitted_now / (minutes * 60))
  end
  for _, text in ipairs({'admit_at', whole(now), 'admit_from', rates[5] or whole(now)}) do
    changes[#changes + 1] = text
  end
end
if #admitted_now > 0 or back.must_save or is_changed then save(unpack(changes)) end

for at, user in ipairs(users) do
  if not answers[at] then
    local position = redis.call('ZRANK', waiting, user) + 1
    local left = call_left(until_when[at])
    answers[at] = left > 0 and {4, position, left} or {3, position}
  elseif answers[at][1] == 0 then
    answers[at][3] = whole(inside_until_of(user) or 0)
  end
end
return {1, progress, loss, length, exact(usable_tokens()), whole(rebuild_until), state,
  unpack(answers)}
