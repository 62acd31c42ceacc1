-- Takes seats off an event's list, but for those that are held or bought.
--
-- ARGV  3 plan: see furnish.lua   4… seats
-- Returns {1, holds ended, removed, all, available, held, sold, seat that stays…},
--       {0, 'SUPERSEDED', holds ended}.

local plan, seats = ARGV[3], {unpack(ARGV, 4)}

if redis.call('HGET', state_key, 'plan') ~= plan then return reply({0, 'SUPERSEDED', ended}) end

local free, stay = {}, {}
for at, value in ipairs(redis.call('HMGET', status, unpack(seats))) do
  if value == 'available' then
    free[#free + 1] = seats[at]
  elseif value then
    stay[#stay + 1] = seats[at]
  end
end
local removed = 0
if #free > 0 then
  removed = redis.call('HDEL', status, unpack(free))
  redis.call('ZREM', order, unpack(free))
end
all = all - removed
available, is_changed = math.max(0, all - held - bought), true
return reply({1, ended, removed, all, available, held, bought, unpack(stay)})
