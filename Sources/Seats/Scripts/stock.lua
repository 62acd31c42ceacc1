-- What the scripts of an event's stock begin with: things without names, of which each person may
-- have one. Stands behind `common.lua`.
--
-- KEYS  1 stock:total:{E}   ZSET    item → how many there are in all
--       2 stock:left:{E}    ZSET    item → how many of them are left
--       3 stock:taken:{E}   HASH    item, line feed, user → which one the user took, from 1
--       4 seat:served:{E}   ZSET    user → when they were admitted, of those who have something
--       5, 6 see `delivery.lua`
-- ARGV  3 item

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local totals, rest, takers, served = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local item = ARGV[3]

-- Read first, which is where a key of a wrong type fails.
local total = tonumber(redis.call('ZSCORE', totals, item))
local left = tonumber(redis.call('ZSCORE', rest, item)) or 0
redis.call('HLEN', takers)
redis.call('ZCARD', served)
-- luacheck: pop
