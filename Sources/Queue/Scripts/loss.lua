-- A loss, how it shows, and what follows from it. Stands behind `calls.lua`.

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
-- Whether the trail has no entry of the tick that the caller knows, though that came before the
-- last: Redis came back as it was before, and others went on from there. A trail that begins later,
-- or that is ahead of the ticks (see `append`), says nothing.
local function is_known_tick_missing()
  if known_tick >= last or known_tick <= now - ticket_ttl then return false end
  local id = tick_id(known_tick)
  return not has_entry(id, id) and has_entry('-', '(' .. id)
    and not has_entry('(' .. tick_id(last), '+')
end

-- The loss of which there is evidence, and since when; 0 if there is none. A caller who knows a
-- later tick, or a ticket later than the last tick, shows that the event is behind what it was; a
-- tick or ticket earlier than the index, that it was made anew by one who did not know.
local function evidence(ticket)
  -- The caller's clock may be a little ahead; one that is far ahead says nothing.
  local is_recent = store_lost < now + 2000000 and now < store_lost + rebuild_window
  if store_lost > 0 and is_recent and (is_new or created < store_lost) then return 1, store_lost end
  if math.max(known_tick, ticket or 0) > last then return 2, now end
  if known_tick > 0 and is_known_tick_missing() then return 2, now end
  if is_torn then return 3, now end
  local is_older = known_tick > 0 and known_tick < created or ticket and ticket < created
  -- Version 0.1 writes down only until when.
  if is_older and noticed ~= created
    and (number(fields[4], 0) or 0) < created + rebuild_window then
    return 2, created
  end
  return 0
end

-- No one overtakes because of a loss: people need time to come back. Until then no one is admitted,
-- and the bucket, which may be lost too, starts empty. True if a loss was noticed that was not
-- known: the state must be saved then.
local function notice_loss(ticket)
  local kind, since = evidence(ticket)
  progress = saved_last
  last = math.max(last, known_tick, ticket or 0)
  if kind == 0 then return false end
  if since ~= created then created = math.max(now, since) end
  loss = {kind, whole(since)}
  noticed, is_torn, is_new = created, false, false
  epoch = whole(math.max(now, last + 1))
  rebuild_from, rebuild_until = since, math.min(since, now) + rebuild_window
  returned, is_rebuild_changed = 0, true
  void_calls()
  if now < rebuild_until then tokens = 0 end
  return true
end

-- Counts those who came back, where that decides how long the rebuild goes on.
local function count_returns(people)
  if people > 0 and now < rebuild_until and now >= rebuild_until - tenth then
    returned, is_rebuild_changed = returned + people, true
  end
end
-- luacheck: pop
