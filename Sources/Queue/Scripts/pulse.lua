-- Once a second an event and front: writes down who was seen, keeps the event's keys alive, ends
-- calls and makes them, and brings back what the front must know to answer everyone who polls in
-- the next second.
--
-- Own ARGV  1 how many sessions follow
--       2 the highest score in `queue:ended` that the front knows; -1 where it wants to know none
--       then of each session: 'renew' | 'end' | 'ended' (the front remembers that it did), user,
--       when its grant began, µs, until when it lasts, or is refused, ms
--       then users seen in the last second
-- Returns {1, progress, loss, now, what Redis' clock says, length, created (0 if nothing is saved),
--       rebuild_until, tokens, rate, burst, state, then the fields of the state that measure, in
--       the order below, whether everything is sold (1 or 0), whether an operator named the event
--       (1 or 0), epoch, the place up to which people were called, how many before it need no
--       further token, how many are called, how many are inside, the most who may be (0: no limit),
--       no-shows and overtakes so far (because a person came back, by a fault), whether there
--       are more calls to make (1 or 0), call time, the place to which calls may come within two
--       seconds, or '', how long a session lasts without being renewed, ms, the tokens of the
--       bucket alone, how many people what is left for sale allows to call or -1, where that is
--       none {how many seats are held, when the first hold ends, when the last one does}, else
--       zeros, how many calls were first ones, when calling begins and ends, µs (0: never),
--       overtakes so far of those whom operators called, {ended session, score, …}, of 500}.

local sessions, known_ended = tonumber(ARGV[own + 1]), tonumber(ARGV[own + 2])
local first_user = own + 3 + 4 * sessions
-- First, since this is never refused: people who poll must not look absent for want of memory.
if #ARGV > own + 2 then keep_alive() end
if #ARGV >= first_user then
  local presences = {}
  for at = first_user, #ARGV do
    presences[#presences + 1], presences[#presences + 2] = whole(now_ms), ARGV[at]
  end
  -- Only people in line have a presence.
  redis.call('ZADD', seen, 'XX', unpack(presences))
end
-- An event that no one joined gets no keys; but a person who joins it now must hear of the rebuild.
local is_unknown = is_new and not is_torn and known_tick == 0 and sessions == 0
local latest
for at = own + 3, first_user - 1, 4 do
  latest = math.max(tonumber(ARGV[at + 2]), latest or 0)
end
local must_save = notice_loss(latest) and not is_unknown
local chosen = {}
if not is_new then
  learn_inside()
  local change = {renew = renew, ['end'] = finish, ended = write_back}
  for at = own + 3, first_user - 1, 4 do
    change[ARGV[at]](ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
  end
  keep_inside_back()
  end_calls()
  local passed
  chosen, passed = choose()
  call(chosen, passed)
end
if must_save or is_changed and not is_unknown then save() end

-- By settings of its own, be they none, or by something to sell.
local function is_named()
  if set[1] and (number(set[2], 0) or 0) == 0 then return 1 end
  for place = 1, #SETTINGS do
    if set[place + 2] or fields[place + 6] and place <= 4 then return 1 end
  end
  return left_for_sale() and 1 or 0
end

-- Those behind it need not be looked for among the called for the next seconds.
local function callable_to()
  -- Whom an operator calls stands anywhere.
  if steered.called > 0 then return '' end
  local rank = settled() + math.ceil(burst + 2 * rate)
  local found = redis.call('ZRANGE', waiting, rank, rank, 'WITHSCORES')
  return found[2] and whole(tonumber(found[2])) or ''
end

-- Those that the front does not know, the longest ended first.
local function ended_since()
  if known_ended < 0 or ended_size == 0 then return {} end
  local from = math.max(now_ms, ARGV[15] == epoch and known_ended or 0)
  return redis.call('ZRANGE', ended, '(' .. whole(from), '+inf', 'BYSCORE', 'LIMIT', 0, 500,
    'WITHSCORES')
end

local usable = usable_tokens()

local function held()
  if room_for_sale ~= 0 or left_for_sale() ~= 0 then return {0, 0, 0} end
  return ends_of_holds()
end

local measured = redis.call('HMGET', state_key, 'admitted',
  'admit_1m', 'admit_5m', 'admit_15m', 'admit_at', 'admit_from', 'depart_5m', 'depart_at')
local counted = redis.call('HMGET', state_key, 'no_shows', 'overtaken_return', 'overtaken_fault',
  'called', 'called_again', 'overtaken_operator')
for place, text in ipairs(measured) do measured[place] = number(text, 0) and text or false end
measured[#measured + 1] = is_sold_out() and 1 or 0
measured[#measured + 1] = is_named()
for _, text in ipairs({epoch, whole(called_to), settled(), called, count_inside(),
  whole(active_limit), whole(number(counted[1], 0) or 0), whole(number(counted[2], 0) or 0),
  whole(number(counted[3], 0) or 0), #chosen == CALLS and 1 or 0, whole(call_now), callable_to(),
  whole(session_ttl), exact(store_lost < 0 and 0 or tokens),
  whole(is_bound and room_for_sale or -1), held(),
  whole((number(counted[4], 0) or 0) - (number(counted[5], 0) or 0)), whole(hours.opens),
  whole(hours.closes == math.huge and 0 or hours.closes), whole(number(counted[6], 0) or 0),
  ended_since()}) do
  measured[#measured + 1] = text
end
return {1, progress, loss, whole(now), whole(clock), length, is_unknown and '0' or whole(created),
  whole(rebuild_until), exact(usable), exact(rate), exact(burst), state,
  unpack(measured)}
