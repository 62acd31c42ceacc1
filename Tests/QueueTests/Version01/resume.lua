-- Puts whoever comes back with a live ticket at that ticket's place: after being parked, and after
-- a loss of the index.
--
-- ARGV  8 user   9 ticket
-- Returns {1, created, position, length, rebuild_until, resumed (1 or 0)},
--       {0, 'ADMITTED' | 'LEFT' | 'EXPIRED', created}.

local user, ticket = ARGV[8], tonumber(ARGV[9])

local reason = why_gone(user, ticket)
if reason then
  local present = reason == 'EXPIRED' and tonumber(redis.call('ZSCORE', index, user))
  -- The entry of this very ticket, that is; a younger one of the same person stays.
  if present and present <= ticket then
    remove(user)
    save()
  end
  return {0, reason, whole(saved_created)}
end

local loss_noticed = notice_loss(ticket)
local _, is_back = take_place(user, ticket)
save_return(user, ticket, is_back, loss_noticed)
return {1, whole(saved_created), redis.call('ZRANK', index, user) + 1, length,
  whole(rebuild_until), is_back and 1 or 0}
