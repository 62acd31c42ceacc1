-- Reads, changes, deletes or writes back what operators set for an event: `queue:settings:{E}`,
-- which lives on when the line has ended. Of what was deleted a note stays for event-ttl, so that
-- no sidecar writes back what it remembers.
--
-- Own ARGV  1 'read', 'change', 'delete' or 'write back'
--       change, delete:
--               2 the newest version that the caller knows
--               3 the versions that may be replaced, each between spaces; '' any, '*' any but none
--               4 who   5 trace id   6… a setting and its text, '' to take it away
--       write back: 2 version   3 until when the note that nothing is set lives, µs, or 0
--               4… a setting and its text
-- Returns {1, progress, loss, settings, {now, length, state, joined, admitted, rate, tokens,
--         whether everything is sold (1 or 0), how much is left or -1, whether the event is known
--         (1 or 0), called, inside, parked, no-shows}} when reading,
--       {1, progress, loss, settings before, settings now} when changing or deleting,
--       {0, progress, loss, 'STALE', version}, {0, progress, loss, 'REBUILDING'},
--       {0, progress, loss, 'DISORDERED'} where an event would close before it opens, and the like,
--       {0, progress, loss, 'UNKNOWN'} when nothing is there to delete,
--       {1, progress, loss, settings now} when writing back;
--       where settings are {version, until, setting, text, …}.

local operation = ARGV[own + 1]
local function time_of(text) return text and decimal(text, 0, 9007199254740991) or 0 end
local version, ends = math.floor(time_of(set[1])), math.floor(time_of(set[2]))
if ends > 0 and ends <= now then version, ends = 0, 0 end
local texts = {}
for place, name in ipairs(SETTINGS) do texts[name] = set[place + 2] or nil end

local function settings()
  local list = {whole(version), whole(ends)}
  for _, name in ipairs(SETTINGS) do
    if texts[name] then list[#list + 1], list[#list + 2] = name, texts[name] end
  end
  return list
end

-- The same for a person who reads the trail.
local function told()
  local words = {}
  for _, name in ipairs(SETTINGS) do
    if texts[name] then words[#words + 1] = name .. '=' .. texts[name] end
  end
  return table.concat(words, ' ')
end

-- Takes over what the script's own arguments say from one on.
local function take_over(first)
  for at = own + first, #ARGV, 2 do
    texts[ARGV[at]] = ARGV[at + 1] ~= '' and ARGV[at + 1] or nil
  end
end

-- Writes all of it anew. The first write is never refused: an operator must be able to pause an
-- event when memory is short. Nothing is left of the hash after it, and so no end of an old note.
local function write()
  redis.call('HDEL', settings_key, 'version', 'until', unpack(SETTINGS))
  local list = settings()
  redis.call('HSET', settings_key, 'version', list[1], 'until', list[2], unpack(list, 3))
  if ends > 0 then
    redis.call('EXPIRE', settings_key, whole(math.ceil((ends - now) / 1000000)))
  end
end

-- What a text says that is set, or was written by hand, if it makes sense.
local function meaning(place)
  local text = texts[SETTINGS[place]] or place <= 4 and fields[place + 6]
  return text and #text <= 64 and understood(SETTINGS[place], text), text
end

local function is_ordered()
  return is_in_order(meaning(10) or nil, meaning(11) or nil, meaning(12) or nil)
end

-- Whether what is set now, or was written by hand, pauses the event.
local function is_paused_now()
  for place = 1, #SETTINGS do
    local value, text = meaning(place)
    if text and not value or value == 'paused' then return true end
  end
  return not is_ordered()
end

local counted = redis.call('HMGET', state_key, 'joined', 'admitted', 'no_shows')
for at = 1, 3 do counted[at] = number(counted[at], 0) or 0 end

-- Whether there is such an event: something is set for it, it has something to sell, or people were
-- there since it was deleted.
local function is_known()
  if version > 0 and ends == 0 or next(texts) or left_for_sale() then return true end
  if fields[7] or fields[8] or fields[9] or fields[10] then return true end
  return length > 0 or not is_new and (ends == 0 or counted[1] > 0 or parked_size > 0)
end

if operation == 'read' then
  local left = left_for_sale()
  return {1, progress, loss, settings(), {whole(now), length, state, whole(counted[1]),
    whole(counted[2]), exact(rate), exact(usable_tokens()), is_sold_out() and 1 or 0, left or -1,
    is_known() and 1 or 0, called, count_inside(), redis.call('ZCARD', parked),
    whole(counted[3])}}
end

if operation == 'write back' then
  local theirs = tonumber(ARGV[own + 2])
  if theirs > version then
    version, ends, texts = theirs, tonumber(ARGV[own + 3]), {}
    take_over(4)
    if ends == 0 or ends > now then write() end
  end
  return {1, progress, loss, settings()}
end

-- A sidecar that knows it has yet to write back what was lost: what is changed before would win.
if version < tonumber(ARGV[own + 2]) then return {0, progress, loss, 'REBUILDING'} end
local before, told_before, expected = settings(), told(), ARGV[own + 3]
if expected == '*' and (version == 0 or ends > 0)
  or expected ~= '' and expected ~= '*' and not expected:find(' ' .. before[1] .. ' ', 1, true)
then
  return {0, progress, loss, 'STALE', before[1]}
end

if operation == 'delete' and not is_known() then return {0, progress, loss, 'UNKNOWN'} end
if operation == 'delete' then texts = {} else take_over(6) end
for at = own + 6, #ARGV, 2 do
  if ARGV[at]:find('_at$') and not is_ordered() then
    return {0, progress, loss, 'DISORDERED'}
  end
end
notice_loss()
last = math.max(last, version)
version = tick()
ends = operation == 'delete' and now + event_ttl * 1000000 or 0
write()
note_pause(is_paused_now())
append(version, 'op', operation == 'delete' and operation or 'settings', 'who', ARGV[own + 4],
  'trace', ARGV[own + 5], 'before', told_before, 'after', told())
save()
return {1, progress, loss, before, settings()}
