-- Sessions: who is inside by one, and which have ended. Stands behind `people.lua`.
--
-- A session is named by its person and by when the grant began that became it: one admission is one
-- session. In `queue:grants` that moment is less than 0 once the grant has become a session.
--
-- KEYS  20 queue:ended:{E}  ZSET  'when the grant began:user' → until when it is refused, ms; later
--                                 ends have higher scores

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local ended_size = redis.call('ZCARD', ended)
local last_ended = 0
if ended_size > 0 then
  last_ended = tonumber(redis.call('ZRANGE', ended, -1, -1, 'WITHSCORES')[2])
end

local function name_of_session(user, began) return whole(began) .. ':' .. user end

local function has_ended(user, began)
  return ended_size > 0 and redis.call('ZSCORE', ended, name_of_session(user, began))
end

-- Whether the person was admitted again since.
local function is_followed(user, began)
  local latest = redis.call('ZSCORE', grants, user)
  return latest and math.abs(tonumber(latest)) > began
end

-- A person who was inside before a loss shows up: one fewer of those who are not known to be.
local function see_again()
  if now_ms < inside_until and inside_back < inside_lost then inside_back = inside_back + 1 end
end

-- Notes that the grant has become a session.
local function note_exchanged(user, began)
  note_size(grants, sizes.grants)
  redis.call('ZADD', grants, whole(-began), user)
end

-- Notes that a person is inside by a session; `option` is one of ZADD, if any.
local function put_inside(user, began, moment, ...)
  if not inside_until_of(user) then see_again() end
  local list = {...}
  list[#list + 1], list[#list + 2] = whole(moment), user
  note_size(inside, inside_size)
  redis.call('ZADD', inside, unpack(list))
  note_exchanged(user, began)
  inside_size, is_changed = inside_size + 1, true
end

-- Writes down that a session is over: it is refused until then.
local function note_ended(user, began, moment)
  last_ended = math.max(moment, last_ended + 1)
  note_size(ended, ended_size)
  redis.call('ZADD', ended, whole(last_ended), name_of_session(user, began))
  ended_size, is_changed = ended_size + 1, true
end

-- For how long a session that ends now is refused at least, ms: no front renews it for longer
-- before it hears of the end.
local function refusal() return math.max(session_ttl, grant_ttl / 1000) + 5000 end

local function renew(user, began, moment)
  if has_ended(user, began) or is_followed(user, began) then return end
  put_inside(user, began, moment, 'GT')
end

-- Ends a session, which frees its place. What it was shown with may live longer than its last
-- renewal that is known here.
local function finish(user, began, moment)
  if has_ended(user, began) then return end
  local present = inside_until_of(user)
  if not is_followed(user, began) then
    if present then redis.call('ZREM', inside, user) else see_again() end
    forget_served({user})
    note_exchanged(user, began)
  end
  note_ended(user, began, math.max(moment, present or 0, now_ms + refusal()))
  append(tick(), 'op', 'end', 'user', user, 'began', whole(began))
  count('ended', 1)
end

-- Writes down again what a loss took.
local function write_back(user, began, moment)
  if moment <= now_ms or has_ended(user, began) then return end
  if not is_followed(user, began) then redis.call('ZREM', inside, user) end
  note_ended(user, began, moment)
end

-- Keeps how many were seen again.
local function keep_inside_back()
  if inside_back ~= (number(fields[21], 0) or 0) then
    remember('inside_back', whole(inside_back))
  end
end
-- luacheck: pop
