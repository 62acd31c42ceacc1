-- Who is called, and who is inside. Stands behind `event.lua`.
--
-- A call says to a person: your turn has come, enter until it ends. It takes a token, a place under
-- `active_limit` and what may be left for sale, and when it ends without the person, all three are
-- free again. People are called in the order of their places. A person who was there,
-- by polling, and let the call end is a no-show: keeps the place, and is called again only after
-- asking to enter, later each time. Of the bucket, no-shows get half at most while others wait.
--
-- KEYS  15 queue:ready:{E}   ZSET  user → until when the call lasts, ms of call time: Redis time
--                                  less what pauses have taken while anyone was called; 10^15
--                                  more for one whom an operator called
--       16 queue:calls:{E}   HASH  user → how many calls ended without the person
--       17 queue:noshows:{E} ZSET  no-show in line → when a call may come again, ms; less than 0
--                                  until the person asks for it, CALLED_AGAIN while it lasts
--       18 queue:ahead:{E}   ZSET  user → ticket, who waits before `called_to` and was not called:
--                                  who came back to an earlier place, or was silent
--       19 queue:inside:{E}  ZSET  user → until when, ms: grants and sessions

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local ready, calls, noshows, ahead = KEYS[15], KEYS[16], KEYS[17], KEYS[18]
local inside, ended = KEYS[19], KEYS[20]
local CALLED_AGAIN = 1e15
-- The most calls that one script makes or ends, and those that it looks at beyond.
local CALLS, SPARE = 500, 50

local now_ms = math.floor(now / 1000)
local noshows_size, ahead_size = redis.call('ZCARD', noshows), redis.call('ZCARD', ahead)
local calls_size = redis.call('HLEN', calls)
local inside_size = redis.call('ZCARD', inside)
-- The place up to which people were called.
local called_to = number(fields[17], 0) or 0
local longest_call = number(fields[18], 0) or 0
-- Whether the last call was one of a no-show.
local is_repeated = fields[19] == '1'
-- With no one called, call time is Redis time again.
if called == 0 and paused_for > 0 then
  paused_for = 0
  if not is_new then remember('paused_for', 0) end
end
local call_now = math.floor(((paused_at or now) - paused_for) / 1000)

-- Those who were inside when the event was lost, less those who showed themselves since, count
-- until their sessions must have ended.
local inside_lost, inside_back = number(fields[20], 0) or 0, number(fields[21], 0) or 0
local inside_until = number(fields[22], 0) or 0
local function count_inside()
  local people = redis.call('ZCOUNT', inside, '(' .. whole(now_ms), '+inf')
  if now_ms < inside_until then people = people + math.max(0, inside_lost - inside_back) end
  return people
end

-- Takes in how many the caller knows to have been inside before the loss that is being mended.
local function learn_inside()
  local known = tonumber(ARGV[14])
  if now >= rebuild_until or ARGV[15] == epoch or ARGV[15] == '' then return end
  known = known - redis.call('ZCARD', inside)
  if known > inside_lost then
    inside_lost, inside_until = known, now_ms + session_ttl
    remember('inside_lost', whole(inside_lost))
    remember('inside_until', whole(inside_until))
  end
end

-- Only a loss voids calls.
local function void_calls()
  redis.call('UNLINK', ready, calls, noshows, ahead)
  called, calls_size, noshows_size, ahead_size, called_to = 0, 0, 0, 0, 0
  steered.called = 0
  inside_lost, inside_back = 0, 0
  remember('called_to', 0)
  remember('inside_lost', 0)
  remember('inside_back', 0)
end

-- Those who stand before all who were never called, and need no further token.
local function settled()
  if called_to == 0 then return 0 end
  return redis.call('ZCOUNT', waiting, '-inf', whole(called_to)) - ahead_size
end

-- The tokens with which people may be called now; how many of them what is left for sale allows, is
-- noted where that has a say.
local room_for_sale
local function usable_tokens()
  if store_lost < 0 or is_stranger and created < now - 2000000 then return 0 end
  local usable = tokens
  if active_limit > 0 or is_bound then
    local people = count_inside() + called
    if active_limit > 0 then usable = math.min(usable, active_limit - people) end
    if is_bound then
      -- A sidecar of version 0.1 writes down who was admitted, and not who is inside; its tick may
      -- be ahead of the clock.
      local marks = redis.call('ZCOUNT', done, '(' .. whole(now - grant_ttl), whole(now + 1000000))
      -- Who went out since the last round of parking may still be among those who have got
      -- something.
      local alive = redis.call('ZCOUNT', inside, '(' .. whole(now_ms), '+inf')
      local got = math.min(served_after(now - ticket_ttl), alive)
      got = math.max(0, got - redis.call('ZCARD', inside) + alive)
      room_for_sale = room_inside(math.max(people, marks + called), got, tonumber(ARGV[10]))
      usable = math.min(usable, room_for_sale)
    end
  end
  return math.max(0, usable)
end

-- Since when those who come next may be called, ms; nothing while no one can be, since the event is
-- shut, or full, or nothing is left for them. Until then they are told to poll as seldom as others.
local function open_since()
  if not hours.is_calling or now < rebuild_until then return nil end
  if usable_tokens() < 1 and (tokens >= 1 or rate == 0 and called == 0) then return nil end
  return math.max(rebuild_until, hours.opens, number(fields[26], 0) or 0) / 1000
end

-- Whether a person was silent for so long that a call would reach no one. Silence counts from when
-- people could be seen, which `park.lua` keeps; where it has not run lately, no one is silent. It
-- counts anew from the opening, from the end of a pause and of a rebuild.
local watched_ms = number(fields[24], 0)
if not (watched_ms and now - (number(fields[23], 0) or 0) <= 5000000) then watched_ms = nil end
if watched_ms then watched_ms = watched_ms / 1000 end
local head_ttl = tonumber(ARGV[13])
local function is_silent(sight)
  return sight and watched_ms and now_ms - math.max(tonumber(sight), watched_ms,
    rebuild_until / 1000, (number(fields[26], 0) or 0) / 1000, hours.opens / 1000) > head_ttl
end

-- A first write that is never refused: when memory is short, people are called and enter still.
local function go_on() redis.call('EXPIRE', state_key, event_ttl) end

-- A person who let so many calls end may be called again, but only after asking for it.
local function note_no_show(user, times)
  local at = now_ms + 2 ^ math.min(times, 20) * ready_ttl
  redis.call('ZADD', noshows, whole(-at), user)
  note_size(noshows, noshows_size)
  noshows_size = noshows_size + 1
end

-- Notes who came back to a place before the last that was called.
local function note_early(user, ticket)
  if ticket > called_to or called > 0 and redis.call('ZSCORE', ready, user)
    or noshows_size > 0 and redis.call('ZSCORE', noshows, user) then return end
  local times = calls_size > 0 and tonumber(redis.call('HGET', calls, user))
  if times then
    -- By a younger ticket the person may have been passed over.
    if ahead_size > 0 then ahead_size = ahead_size - redis.call('ZREM', ahead, user) end
    note_no_show(user, times)
  else
    note_size(ahead, ahead_size)
    ahead_size = ahead_size + redis.call('ZADD', ahead, whole(ticket), user)
  end
end

-- Whose calls have ended, {user, ticket, how}, which the trail is yet to be told: the entries of
-- joins, whose ticks are earlier, come first.
local lapsed = {}

-- Calls that have lasted their time, as users and when each call ended: those that scripts made, or
-- with the `base` of an operator's calls these.
function steered.take_due(base)
  -- What ends later than the longest call was made before the clock stepped back.
  local most = whole(base + call_now + longest_call)
  local top = base > 0 and '+inf' or '(' .. whole(steered.base)
  for _, user in ipairs(redis.call('ZRANGE', ready, '(' .. most, top, 'BYSCORE',
    'LIMIT', 0, CALLS)) do
    go_on()
    redis.call('ZADD', ready, most, user)
  end
  local due = redis.call('ZRANGE', ready, base > 0 and base or '-inf', whole(base + call_now),
    'BYSCORE', 'LIMIT', 0, CALLS, 'WITHSCORES')
  local users, ends = {}, {}
  for at = 1, #due, 2 do
    users[#users + 1], ends[#ends + 1] = due[at], tonumber(due[at + 1]) - base
  end
  if #users > 0 then
    redis.call('ZREM', ready, unpack(users))
    called, is_changed = called - #users, true
  end
  return users, ends
end

-- Ends calls of operators: these count nowhere, and the person waits as before.
function steered.end_calls()
  local users = steered.take_due(steered.base)
  if #users == 0 then return end
  steered.called = steered.called - #users
  for at, ticket in ipairs(redis.call('ZMSCORE', waiting, unpack(users))) do
    if ticket then
      lapsed[#lapsed + 1] = {users[at], tonumber(ticket), 'lapse'}
      note_early(users[at], tonumber(ticket))
    end
  end
end

-- Ends calls that have lasted their time.
local function end_calls()
  if called == 0 or paused_at then return end
  if steered.called > 0 then steered.end_calls() end
  local users, ends = steered.take_due(0)
  if #users == 0 then return end
  local tickets = redis.call('ZMSCORE', waiting, unpack(users))
  local sights = redis.call('ZMSCORE', seen, unpack(users))
  for at, user in ipairs(users) do
    local over = ends[at] + paused_for / 1000
    local could_ask = not fields[23] or watched_ms and watched_ms <= over
    if tickets[at] and could_ask and sights[at] and tonumber(sights[at]) >= over - ready_ttl then
      if redis.call('ZREM', noshows, user) == 1 then noshows_size = noshows_size - 1 end
      note_size(calls, calls_size)
      note_no_show(user, redis.call('HINCRBY', calls, user, 1))
      calls_size = calls_size + 1
      lapsed[#lapsed + 1] = {user, tonumber(tickets[at]), 'no_show'}
      count('no_shows', 1)
    elseif tickets[at] then
      -- The person was not told of the call, or could not enter when it ended, since no one could
      -- reach the event: it counts nowhere.
      lapsed[#lapsed + 1] = {user, tonumber(tickets[at]), 'lapse'}
      if redis.call('ZADD', noshows, 'XX', 'CH', whole(now_ms), user) == 0 then
        redis.call('ZADD', ahead, tickets[at], user)
        note_size(ahead, ahead_size)
        ahead_size = ahead_size + 1
      end
    end
  end
  tokens = tokens + #users
  cap_tokens()
end

-- A no-show asks to enter.
local function ask_again(user)
  local at = noshows_size > 0 and tonumber(redis.call('ZSCORE', noshows, user))
  if at and at < 0 then
    go_on()
    redis.call('ZADD', noshows, whole(-at), user)
    is_changed = true
  end
end

-- Forgets how many calls ended without these people, who wait no longer.
local function forget_calls(...)
  if calls_size > 0 then redis.call('HDEL', calls, ...) end
end

-- Those of some people, as {user, ticket}, who are there.
local function present_of(users, tickets)
  local list = {}
  if #users == 0 then return list end
  for at, sight in ipairs(redis.call('ZMSCORE', seen, unpack(users))) do
    if tickets[at] and not is_silent(sight) then
      list[#list + 1] = {users[at], tonumber(tickets[at])}
    end
  end
  return list
end

-- No-shows who have asked, and may be called again, in order.
local function those_who_ask()
  if noshows_size == 0 then return {} end
  local users = redis.call('ZRANGE', noshows, 0, whole(now_ms), 'BYSCORE', 'LIMIT', 0, CALLS)
  if #users == 0 then return {} end
  local list = present_of(users, redis.call('ZMSCORE', waiting, unpack(users)))
  table.sort(list, function(one, other)
    return one[2] < other[2] or one[2] == other[2] and one[1] < other[1]
  end)
  return list
end

-- Those who were never called, in order, and those who are silent among them.
local function those_in_turn(room)
  local users, tickets = {}, {}
  local most = math.min(room, CALLS) + SPARE
  local function add(found)
    for at = 1, #found, 2 do
      -- Whom an operator called stands anywhere.
      if #users < most and (steered.called == 0 or not redis.call('ZSCORE', ready, found[at])) then
        users[#users + 1], tickets[#tickets + 1] = found[at], found[at + 1]
      end
    end
  end
  if ahead_size > 0 then
    add(redis.call('ZRANGE', ahead, 0, most - 1, 'WITHSCORES'))
  end
  if #users < most then
    add(redis.call('ZRANGE', waiting, '(' .. whole(called_to), '+inf', 'BYSCORE', 'LIMIT', 0,
      most - #users + math.min(steered.called, CALLS), 'WITHSCORES'))
  end
  return present_of(users, tickets), users, tickets
end

-- Who is to be called now: {user, ticket, whether again}, in order; and who is passed over.
local function choose()
  if not hours.is_calling or now < rebuild_until or length <= called then return {}, {} end
  local room = math.floor(usable_tokens())
  if room < 1 then return {}, {} end
  room = math.min(room, CALLS)
  local again, first, chosen = those_who_ask(), nil, {}
  local users, tickets
  first, users, tickets = those_in_turn(room)
  local half = math.floor(burst / 2)
  local repeats = #again > 0 and redis.call('ZCOUNT', noshows, CALLED_AGAIN, '+inf') or 0
  local a, f = 1, 1
  while #chosen < room and (again[a] or first[f]) do
    local may = not first[f] or half > 0 and repeats < half or half == 0 and not is_repeated
    if again[a] and may and (not first[f] or again[a][2] < first[f][2]) then
      chosen[#chosen + 1] = {again[a][1], again[a][2], true}
      a, repeats, is_repeated = a + 1, repeats + 1, true
    elseif first[f] then
      chosen[#chosen + 1] = first[f]
      f, is_repeated = f + 1, false
    else
      break
    end
  end
  local passed, is_chosen, final = {}, {}, f > 1 and first[f - 1][2] or 0
  for at = 1, f - 1 do is_chosen[first[at][1]] = true end
  for at, user in ipairs(users) do
    local ticket = tonumber(tickets[at])
    if ticket > called_to and ticket <= final and not is_chosen[user] then
      passed[#passed + 1] = {user, tickets[at]}
    end
  end
  return chosen, passed
end

-- Calls those who were chosen.
local function call(chosen, passed)
  for _, one in ipairs(lapsed) do
    append(tick(), 'op', one[3], 'user', one[1], 'ticket', whole(one[2]))
  end
  lapsed = {}
  if #chosen == 0 then return end
  go_on()
  local ends, repeats, early = {}, {}, {}
  local moment = whole(call_now + ready_ttl)
  for _, one in ipairs(chosen) do
    ends[#ends + 1], ends[#ends + 2] = moment, one[1]
    if one[3] then
      repeats[#repeats + 1], repeats[#repeats + 2] = CALLED_AGAIN, one[1]
    elseif one[2] <= called_to then
      early[#early + 1] = one[1]
    end
  end
  redis.call('ZADD', ready, unpack(ends))
  if #repeats > 0 then redis.call('ZADD', noshows, unpack(repeats)) end
  if #early > 0 then
    redis.call('ZREM', ahead, unpack(early))
    ahead_size = ahead_size - #early
  end
  for _, one in ipairs(passed) do
    redis.call('ZADD', ahead, one[2], one[1])
    note_size(ahead, ahead_size)
    ahead_size = ahead_size + 1
  end
  local before = called_to
  for _, one in ipairs(chosen) do
    if not one[3] then called_to = math.max(called_to, one[2]) end
    append(tick(), 'op', 'call', 'user', one[1], 'ticket', whole(one[2]))
  end
  count('called', #chosen)
  if #repeats > 0 then count('called_again', #repeats / 2) end
  note_size(ready, called)
  called, tokens = called + #chosen, tokens - #chosen
  if called_to ~= before then remember('called_to', whole(called_to)) end
  if longest_call ~= ready_ttl and (called == #chosen or ready_ttl > longest_call) then
    longest_call = ready_ttl
    remember('longest_call', whole(ready_ttl))
  end
  if (fields[19] == '1') ~= is_repeated then remember('repeated', is_repeated and 1 or 0) end
  is_changed = true
end

-- Until when these people are called, ms of call time, or false; and whether by an operator; in the
-- order given.
local function calls_of(users)
  if called == 0 then return {}, {} end
  local found, is_operators = redis.call('ZMSCORE', ready, unpack(users)), {}
  for at = 1, #users do
    local moment = tonumber(found[at])
    is_operators[at] = moment and moment >= steered.base
    if is_operators[at] then moment = moment - steered.base end
    found[at] = moment and moment > call_now and moment or false
  end
  return found, is_operators
end

-- For how long a call lasts yet, ms; 0 without one.
local function call_left(moment) return moment and moment - call_now or 0 end

-- Takes calls, and the prospect of one, from people who stand in line no longer, or elsewhere; what
-- a call held is free again.
local function withdraw(...)
  if called > 0 then
    local own_tokens = 0
    for _, moment in ipairs(steered.called > 0 and redis.call('ZMSCORE', ready, ...) or {}) do
      if moment and tonumber(moment) >= steered.base then own_tokens = own_tokens + 1 end
    end
    local freed = redis.call('ZREM', ready, ...)
    called, tokens = called - freed, tokens + (freed - own_tokens)
    steered.called = steered.called - own_tokens
    cap_tokens()
  end
  if ahead_size > 0 then ahead_size = ahead_size - redis.call('ZREM', ahead, ...) end
  if noshows_size > 0 then noshows_size = noshows_size - redis.call('ZREM', noshows, ...) end
end

-- Takes people out of line; returns how many of them stood there.
local function remove(...)
  local people = redis.call('ZREM', waiting, ...)
  redis.call('ZREM', seen, ...)
  withdraw(...)
  length = length - people
  return people
end

-- Counts those whom a person overtakes who enters from a place: who came back since the call, and,
-- which must not be, who stands before it and was never called. Whom an operator called overtakes
-- all of them because of that.
local function count_overtaken(place, is_operators)
  local function note(cause, people)
    if people > 0 then count('overtaken_' .. (is_operators and 'operator' or cause), people) end
  end
  if ahead_size > 0 then
    note('return', redis.call('ZCOUNT', ahead, '-inf', '(' .. whole(place)))
  end
  if place > called_to then
    note('fault', redis.call('ZCOUNT', waiting, '(' .. whole(called_to), '(' .. whole(place)))
  end
end

-- Calls and ends calls, as it is time to; the first thing that a script does once it has put people
-- where they belong.
local function call_next()
  end_calls()
  call(choose())
end
-- luacheck: pop
