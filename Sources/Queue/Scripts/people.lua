-- People: their places, why they have none any more, and what is noted of them. Stands behind
-- `loss.lua`.

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
-- People went from the line without being admitted, so it moved by that much; or came back (less
-- than 0). Fields to be saved.
local function departures(people)
  local rates = redis.call('HMGET', state_key, 'depart_5m', 'depart_at')
  local departing = math.max(0, decayed(rates[1], rates[2], 300) + people / 300)
  return 'depart_5m', exact(departing), 'depart_at', whole(now)
end

-- The place of a parked person: the ticket; nothing if none is known.
local function place_of_parked(user)
  return parked_size > 0 and tonumber(redis.call('HGET', places, user)) or nil
end

-- Forgets the places of parked people, who are back or gone.
local function forget_places(...)
  if parked_size == 0 then return end
  redis.call('ZREM', parked, ...)
  redis.call('HDEL', places, ...)
end

-- Whether a ticket has lived its time: ticket-ttl since the last sign of life. That is joining, the
-- stamp of the token, or, as long as the person stands in line, or is parked, by this ticket or an
-- older one, when they were last seen. A person who stands there unseen was not silent: the
-- presence was lost.
local function is_expired(user, ticket, present, stamp)
  if now - math.max(ticket, stamp) <= ticket_ttl then return false end
  if not present then
    local place = place_of_parked(user)
    if not place or place > ticket then return true end
    return now > (tonumber(redis.call('ZSCORE', parked, user)) or 0)
  end
  if present > ticket then return true end
  local at = tonumber(redis.call('ZSCORE', seen, user))
  return at ~= nil and now - at * 1000 > ticket_ttl
end

-- The tick at which a person was last admitted, and that at which they last left; 0 for never. They
-- are two facts: that a person left with one ticket says nothing of what came of another. The mark
-- holds the later one, as version 0.1 reads it.
local function ends_of(user, mark)
  if mark > 0 then return mark, 0 end
  return admitted_size > 0 and tonumber(redis.call('ZSCORE', admitted, user)) or 0, -mark
end

local function mark_of(user) return tonumber(redis.call('ZSCORE', done, user) or 0) end

-- When an operator removed a person, or until when the person is kept out, µs; 0 for never. No user
-- id begins like that.
function steered.removal_of(user)
  return 0 - (redis.call('ZSCORE', done, '\1' .. user) or 0)
end

-- Until when an operator keeps a person out, µs; nothing if not.
function steered.kept_out_until(user)
  local moment = now < steered.blocked_until and steered.removal_of(user) or 0
  return moment > now and moment or nil
end

-- Why a ticket no longer waits, or nothing if it does: the one rule, for every script. `present` is
-- the ticket by which the person stands in line, if any; `mark` what `done` says, or 0.
local function why_gone(user, ticket, stamp, present, mark)
  local admitted_at, left_at = ends_of(user, mark)
  if ticket <= math.max(admitted_at, left_at) then
    if steered.removal_of(user) >= math.max(admitted_at, left_at) then return 'REMOVED' end
    return ticket <= admitted_at and 'ADMITTED' or 'LEFT'
  end
  if ticket <= steered.reset_at then return 'REMOVED' end
  if is_expired(user, ticket, present, stamp) then return 'EXPIRED' end
end

-- The same for one person; a ticket that waits no longer has no place either.
local function gone(user, ticket, stamp)
  local present = tonumber(redis.call('ZSCORE', waiting, user))
  local reason = why_gone(user, ticket, stamp, present, mark_of(user))
  -- The entry of this very ticket, that is; a younger one of the same person stays.
  if reason and present and present <= ticket then
    notice_loss()
    remove(user)
    forget_calls(user)
    save()
  end
  return reason
end

-- Until when a person is inside, ms; nothing for one who is not.
local function inside_until_of(user)
  local moment = inside_size > 0 and tonumber(redis.call('ZSCORE', inside, user))
  return moment and moment > now_ms and moment or nil
end

-- When a person's latest grant began, if that was written down, and whether it became a session.
local function grant_of(user)
  local began = tonumber(redis.call('ZSCORE', grants, user))
  if began then return math.abs(began), began < 0 end
end

-- When a person's latest grant began; version 0.1 writes down no more than the mark.
local function grant_began(user) return (grant_of(user)) or (ends_of(user, mark_of(user))) end

-- Marks that a person left, and keeps what else is known of them.
local function mark_left(user, at)
  local admitted_at = ends_of(user, mark_of(user))
  note_size(done, sizes.done)
  redis.call('ZADD', done, whole(-at), user)
  if admitted_at > 0 then
    redis.call('ZADD', admitted, whole(admitted_at), user)
    note_size(admitted, admitted_size)
  end
end

-- luacheck: pop
