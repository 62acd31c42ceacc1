-- What is left for sale, as its sellers write it down: all that the queue knows of what people
-- queue for. Stands behind `common.lua`.
--
-- KEYS  6 inventory:{E}    STRING  how many seats are available
--       7 seat:holds:{E}   ZSET    seat → when its hold ends, µs
--       8 seat:served:{E}  ZSET    user → when their grant began, of those who have got something
--       9 stock:left:{E}   ZSET    item → how many are left

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local inventory, holds, served, stock_left = KEYS[6], KEYS[7], KEYS[8], KEYS[9]

-- How much the event has left to sell, and how many seats may come back; nothing at all if it never
-- had anything.
local function left_for_sale()
  local seats = redis.call('GET', inventory)
  local items = redis.call('ZRANGE', stock_left, 0, 99, 'WITHSCORES')
  if not seats and #items == 0 then return nil end
  local left = number(seats, 0) or 0
  for at = 2, #items, 2 do left = left + tonumber(items[at]) end
  return left, redis.call('ZCARD', holds)
end

local function is_sold_out()
  local left, held = left_for_sale()
  return left == 0 and held == 0
end

-- How many seats are held, and when the first and the last hold end by themselves, µs, or 0.
local function ends_of_holds()
  local first = redis.call('ZRANGE', holds, 0, 0, 'WITHSCORES')[2]
  local final = redis.call('ZRANGE', holds, -1, -1, 'WITHSCORES')[2]
  return {redis.call('ZCARD', holds), whole(tonumber(first or 0)), whole(tonumber(final or 0))}
end

-- How many of those whose grant began after a moment have got something.
local function served_after(moment)
  return redis.call('ZCOUNT', served, '(' .. whole(moment), '+inf')
end

-- How many more people may come in, so that each of them can get something: `inside` are in, `got`
-- of whom have got something. A person inside may still take as many seats as a person may, all
-- but one if they have some; and one of each item, but none of the only one if they have something.
-- Where nothing is known to be for sale, no one can get anything.
local function room_inside(inside, got, seats_per_person)
  local seats = number(redis.call('GET', inventory), 0)
  local items = redis.call('ZRANGE', stock_left, 0, 99, 'WITHSCORES')
  local without = math.max(0, inside - got)
  local reserved = without * seats_per_person + got * (seats_per_person - 1)
  local room = seats and math.ceil((seats - reserved) / seats_per_person) or 0
  local takers = (seats or #items > 2) and inside or without
  for at = 2, #items, 2 do room = math.max(room, tonumber(items[at]) - takers) end
  return math.max(0, room)
end

-- People are out, or come in once more, to get more.
local function forget_served(users) redis.call('ZREM', served, unpack(users)) end
-- luacheck: pop
