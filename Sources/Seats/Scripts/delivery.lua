-- What a script that sells begins with, behind `seats.lua` or `stock.lua`: each sale is an entry in
-- a stream, written by the same call, for the program that delivers it.
--
-- KEYS  last but one  stream:stock:{E}  STREAM  what was sold: op take (item, user, number) or
--                                               confirm (user, hold, seats with spaces between)
--       last          queue:state:{E}   HASH    the queue's, of which the event's epoch is read
-- ARGV  last          how many entries the stream keeps

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local deliveries = KEYS[#KEYS - 1]
-- The queue's state ends with the queue's other keys, and not with a sale.
durable = KEYS[#KEYS]

-- Read first, which is where a key of a wrong type fails. Where no person queued yet, the event
-- has no epoch.
redis.call('XLEN', deliveries)
local epoch = redis.call('HGET', durable, 'epoch') or '0'

local function deliver(...)
  redis.call('XADD', deliveries, 'MAXLEN', '~', ARGV[#ARGV], '*', 'epoch', epoch, ...)
end
-- luacheck: pop
