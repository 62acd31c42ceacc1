-- What the scripts of an event's stock begin with: things without names, of which each person may have
-- one. It is put in front of each of the others.
--
-- KEYS  1 stock:total:{E}   ZSET    item → how many there are in all
--       2 stock:left:{E}    ZSET    item → how many of them are left
--       3 stock:taken:{E}   HASH    item, line feed, user → which one the user took, from 1
--       4 stream:stock:{E}  STREAM  what was taken, for whoever delivers it
--       5 seat:served:{E}   ZSET    user → when they were admitted, of those who have something
-- ARGV  1 event-ttl, s

local totals, rest, takers, deliveries, served = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local event_ttl = ARGV[1]
local item = ARGV[2]

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- tostring would print 14 digits.
local function whole(number) return string.format('%.0f', number) end

-- Read first, which is where a key of a wrong type fails.
local total = tonumber(redis.call('ZSCORE', totals, item))
local left = tonumber(redis.call('ZSCORE', rest, item)) or 0
redis.call('HLEN', takers)
redis.call('XLEN', deliveries)
redis.call('ZCARD', served)

local function keep_alive()
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, event_ttl) end
end
