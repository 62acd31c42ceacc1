-- Parks the absent: takes those who have been silent for too long out of the index, so that no one
-- waits for a closed tab. They keep their place: their ticket brings them back to it, and as long
-- as that lives, so does joining again.
--
-- At most once a second an event, however many sidecars call it, but for the steps of one round:
-- each is bounded, and says whether there is more to do.
--
-- Silence counts from when people could be seen. A sidecar that has reached this event all the
-- while says since when; so did those before it, if the last call is not long ago. Where neither
-- says anything, Redis or all sidecars were away. For those who were there before a loss,
-- silence counts anew.
--
-- Who is called is not parked before the call ends. Those who are called next have less time, so
-- that no call goes to a closed tab: as many as the bucket can hold, and a second brings. All
-- others may be told to poll less often; so may everyone while no one can be called.
--
-- KEYS  behind those of `event.lua`: the event's other keys, which live on with it
-- Own ARGV  1 presence-ttl, ms   2 'begin' or 'go on': the first step of a round, or a further one
--       3 for how long the caller has reached this event without a gap, µs
-- Returns {1, progress, loss, parked, forgotten, whether there is more to do (1 or 0), how many
--       sessions have expired}, or {0, progress, loss, 'NOT_YET'}.

local BATCH = 1000
-- The most batches that are looked at for one.
local PAGES = 10
local PAUSE = 5000000

local ttl = tonumber(ARGV[own + 1])
local parked_at = number(fields[23], 0) or 0
if ARGV[own + 2] == 'begin' and now - parked_at >= 0 and now - parked_at < 1000000 then
  return {0, progress, loss, 'NOT_YET'}
end
-- None of this event's keys must be made again once it has ended.
if is_new and not is_torn then return {1, progress, loss, 0, 0, 0, 0} end

-- What was seen before a loss says nothing of who is there.
notice_loss()
learn_inside()
end_calls()

-- Since when people could be seen.
local function watch_began()
  local began = now - tonumber(ARGV[own + 3])
  if now >= parked_at and now - parked_at <= PAUSE then
    began = math.min(began, number(fields[24], 0) or now)
  end
  return math.max(began, rebuild_until - rebuild_window)
end
local watched_since = watch_began()
local watched = (now - watched_since) / 1000
local has_more = false

-- At most so many of a range of scores; when there are so many, there may be more.
local function some(key, from, to)
  local found = redis.call('ZRANGE', key, from, to, 'BYSCORE', 'LIMIT', 0, BATCH)
  if #found == BATCH then has_more = true end
  return found
end

-- What is noted at a time to come, since the clock has stepped back, counts from now.
local function from_the_future(key, present, unit)
  local found = {}
  for _, user in ipairs(some(key, '(' .. whole(present + unit), '+inf')) do
    found[#found + 1], found[#found + 2] = whole(present), user
  end
  return found
end
local seen_later = from_the_future(seen, now_ms, 1000)
local granted_later = from_the_future(grants, now, 1000000)
local served_later = from_the_future(served, now, 1000000)

-- Who is silent for longer than that, of those whom a call would not reach.
local absent, unseen = {}, {}
if watched > ttl then
  -- However many are called and silent, those behind them are found.
  for page = 0, PAGES - 1 do
    local silent = redis.call('ZRANGE', seen, '-inf', '(' .. whole(now_ms - ttl), 'BYSCORE',
      'LIMIT', page * BATCH, BATCH)
    local until_when = #silent > 0 and calls_of(silent) or {}
    for at, user in ipairs(silent) do
      if not until_when[at] and #absent < BATCH then absent[#absent + 1] = user end
    end
    if #absent == BATCH then has_more = true end
    if #silent < BATCH or #absent == BATCH then break end
  end
end
local opened = open_since()
if watched > head_ttl and opened and now_ms - opened > head_ttl then
  local known = {}
  for _, user in ipairs(absent) do known[user] = true end
  local _, head, tickets = those_in_turn(math.min(BATCH, math.floor(burst + rate)) - SPARE)
  local sights = #head > 0 and redis.call('ZMSCORE', seen, unpack(head)) or {}
  for place, user in ipairs(head) do
    local at = sights[place]
    if not at then
      -- The presence was lost, not the person: it counts from now.
      unseen[#unseen + 1], unseen[#unseen + 2] = whole(now_ms), user
    elseif tickets[place] and not known[user] and tonumber(at) < now_ms - head_ttl then
      absent[#absent + 1] = user
      -- Others are called next then.
      has_more = true
    end
  end
end

-- Marks of admissions and leaves are kept for as long as the tickets that they end could live.
local oldest = now - ticket_ttl
local forgotten = some(done, 0, '(' .. whole(oldest))
for _, user in ipairs(some(done, '(' .. whole(-oldest), 0)) do forgotten[#forgotten + 1] = user end

-- By which tickets the absent stood there, and until when these live.
local tickets, sights, ends, entries, people = {}, {}, {}, {}, {}
if #absent > 0 then
  tickets = redis.call('ZMSCORE', waiting, unpack(absent))
  sights = redis.call('ZMSCORE', seen, unpack(absent))
end
for at, user in ipairs(absent) do
  if tickets[at] then
    people[#people + 1] = at
    entries[#entries + 1], entries[#entries + 2] = user, whole(tonumber(tickets[at]))
    ends[#ends + 1] = whole(math.min(tonumber(sights[at]) * 1000, now) + ticket_ttl)
    ends[#ends + 1] = user
  end
end
-- Version 0.1 puts people back without noting that they stand before `called_to`.
local stranded = {}
local function find_stranded()
  local repeats = redis.call('ZCOUNT', noshows, CALLED_AGAIN, '+inf')
  local noted = ahead_size + noshows_size + called - steered.called - repeats
  if called_to == 0 or redis.call('ZCOUNT', waiting, '-inf', whole(called_to)) <= noted then
    return remember('checked_to', 0)
  end
  local from = number(redis.call('HGET', state_key, 'checked_to'), 0) or 0
  local found = redis.call('ZRANGE', waiting, '(' .. whole(from), whole(called_to), 'BYSCORE',
    'LIMIT', 0, BATCH, 'WITHSCORES')
  local there = {}
  for at = 1, #found, 2 do there[#there + 1] = found[at] end
  remember('checked_to', #there == BATCH and found[#found] or 0)
  for at = 1, #there do
    local user = there[at]
    local again = tonumber(redis.call('ZSCORE', noshows, user))
    local is_called = redis.call('ZSCORE', ready, user)
    if again == CALLED_AGAIN and not is_called then
      -- The call was lost, not the person.
      redis.call('ZADD', noshows, whole(now_ms), user)
    elseif not again and not is_called and not redis.call('ZSCORE', ahead, user) then
      stranded[#stranded + 1], stranded[#stranded + 2] = user, tonumber(found[2 * at])
    end
  end
end
local over = some(parked, '-inf', '(' .. whole(now))
-- Whose grants and sessions have expired.
local outside = inside_size > 0 and some(inside, '-inf', whole(now_ms)) or {}
local expired = 0
for _, began in ipairs(#outside > 0 and redis.call('ZMSCORE', grants, unpack(outside)) or {}) do
  if began and tonumber(began) < 0 then expired = expired + 1 end
end

-- What is known of a grant is kept for as long as the mark, and as its person is inside.
local function forget_ends()
  local past = {}
  if #forgotten > 0 then
    local moments = redis.call('ZMSCORE', inside, unpack(forgotten))
    for at, user in ipairs(forgotten) do
      if not moments[at] then past[#past + 1] = user end
    end
    redis.call('ZREM', done, unpack(forgotten))
    redis.call('ZREM', admitted, unpack(forgotten))
  end
  if #outside > 0 then
    local marks = redis.call('ZMSCORE', done, unpack(outside))
    for at, user in ipairs(outside) do
      if not marks[at] then past[#past + 1] = user end
    end
  end
  if #past > 0 then redis.call('ZREM', grants, unpack(past)) end
end

-- First, since this is never refused: when memory is short, parking makes room.
keep_alive()
find_stranded()
for at = 1, #stranded, 2 do note_early(stranded[at], stranded[at + 1]) end
local count_parked = #absent > 0 and remove(unpack(absent)) or 0
if #over > 0 then
  forget_places(unpack(over))
  forget_calls(unpack(over))
end
if #outside > 0 then
  redis.call('ZREM', inside, unpack(outside))
  forget_served(outside)
end
redis.call('ZREMRANGEBYSCORE', ended, '-inf', whole(now_ms))
forget_ends()
for _, later in ipairs({{seen, seen_later}, {grants, granted_later}, {served, served_later}}) do
  if #later[2] > 0 then redis.call('ZADD', later[1], 'XX', unpack(later[2])) end
end
if #unseen > 0 then redis.call('ZADD', seen, unpack(unseen)) end
local changes = {'parked_at', whole(now), 'watched_since', whole(watched_since)}
if count_parked > 0 then
  for _, key in ipairs({parked, places}) do note_size(key, parked_size) end
  redis.call('ZADD', parked, unpack(ends))
  redis.call('HSET', places, unpack(entries))
  for _, at in ipairs(people) do
    append(tick(), 'op', 'park', 'user', absent[at], 'ticket', whole(tonumber(tickets[at])))
  end
  count('parked', count_parked)
  for _, change in ipairs({departures(count_parked)}) do changes[#changes + 1] = change end
end
call(choose())
save(unpack(changes))
return {1, progress, loss, count_parked, #forgotten, has_more and 1 or 0, expired}
