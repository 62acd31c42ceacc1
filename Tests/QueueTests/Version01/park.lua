-- Parks the absent: takes whoever has been silent for too long out of the index, so that nobody
-- waits for a closed tab. They keep their place: their ticket brings them back to it.
--
-- At most once a second an event, however many sidecars call it, and in bounded batches. When the
-- last call is long ago, Redis or all sidecars were away and nobody could be seen: everyone's
-- silence then counts from now.
--
-- Whoever is ready and silent holds a token that others wait for, so the ready have less time.
-- Those whom the bucket does not cover yet hold up nobody, and may be told to poll less often.
--
-- KEYS  10… the event's other keys, which live on with it
-- ARGV  8 presence-ttl, ms   9 presence-head-ttl, ms (for the places that the bucket covers)
-- Returns {1, parked, forgotten}, or {0, 'NOT_YET'}.

local BATCH = 1000
local OUTAGE = 5000000

local ttl, head_ttl = tonumber(ARGV[8]), tonumber(ARGV[9])
local gate = redis.call('HMGET', state_key, 'parked_at', 'watched_since')
local parked_at = number(gate[1], 0) or 0
if now - parked_at >= 0 and now - parked_at < 1000000 then return {0, 'NOT_YET'} end
-- None of this event's keys must be made again once it has ended.
if is_new and not is_torn then return {1, 0, 0} end

local watched_since = number(gate[2], 0) or now
if now < parked_at or now - parked_at > OUTAGE then watched_since = now end
local watched_ms = (now - watched_since) / 1000
local now_ms = now / 1000

local absent, unseen = {}, {}
if watched_ms > ttl then
  absent = redis.call('ZRANGE', seen, '-inf', '(' .. whole(now_ms - ttl),
    'BYSCORE', 'LIMIT', 0, BATCH)
end
if watched_ms > head_ttl then
  local ready = math.min(BATCH, math.floor(usable_tokens()))
  local head = ready > 0 and redis.call('ZRANGE', index, 0, ready - 1) or {}
  if #head > 0 then
    local known = {}
    for _, user in ipairs(absent) do known[user] = true end
    for place, at in ipairs(redis.call('ZMSCORE', seen, unpack(head))) do
      local user = head[place]
      if not at then
        -- The presence was lost, not the person: it counts from now.
        unseen[#unseen + 1], unseen[#unseen + 2] = whole(math.floor(now_ms)), user
      elseif not known[user] and tonumber(at) < now_ms - head_ttl then
        absent[#absent + 1] = user
      end
    end
  end
end

-- Marks of admissions and leaves are kept for as long as the tickets that they end could live.
local oldest = now - ticket_ttl
local forgotten = redis.call('ZRANGE', done, 0, '(' .. whole(oldest), 'BYSCORE', 'LIMIT', 0, BATCH)
local left = redis.call('ZRANGE', done, '(' .. whole(-oldest), 0, 'BYSCORE', 'LIMIT', 0, BATCH)
for _, user in ipairs(left) do forgotten[#forgotten + 1] = user end

-- First, since this is never refused: when memory is short, parking makes room.
keep_alive()
notice_loss()
local parked = #absent > 0 and remove(unpack(absent)) or 0
if #forgotten > 0 then redis.call('ZREM', done, unpack(forgotten)) end
if #unseen > 0 then redis.call('ZADD', seen, unpack(unseen)) end
local changes = {'parked_at', whole(now), 'watched_since', whole(watched_since)}
if parked > 0 then
  append(tick(), 'op', 'park', 'people', parked)
  count('parked', parked)
  for _, change in ipairs({departures(parked)}) do changes[#changes + 1] = change end
end
save(unpack(changes))
return {1, parked, #forgotten}
