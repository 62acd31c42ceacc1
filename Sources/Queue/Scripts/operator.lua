-- What operators set for the event. Stands behind `common.lua`.
--
-- KEYS  12 queue:settings:{E}  HASH  see `settings.lua`
--
-- A setting counts where it stands first: in 12, then, written by hand, in the event's state
-- (`rate`, `burst`, `state`, `admit_within_inventory`), then in the arguments.

-- luacheck: push ignore 211 311 (a script uses a part of what it begins with)
local settings_key = KEYS[12]
durable = settings_key

local SETTINGS = {
  'rate', 'burst', 'state', 'admit_within_inventory', 'queue_limit', 'sold_out_join',
  'active_limit', 'ready_ttl', 'session_ttl', 'prequeue_at', 'opens_at', 'closes_at',
}
local set = redis.call('HMGET', settings_key, 'version', 'until', unpack(SETTINGS))

-- Digits, perhaps a point and more digits, as flags are written: tonumber reads ' 0x1F ', too.
local function decimal(text, least, most)
  if not text:find('^%d+$') and not text:find('^%d+%.%d+$') then return nil end
  local value = tonumber(text)
  if value >= least and value <= most then return value end
end

-- What a text says of a setting, nothing if it makes no sense: `EventSettings.swift` has this, too.
local understood
do
  -- Milliseconds from a duration as flags write it, such as '60s'.
  local UNITS = {ms = 1, s = 1000, m = 60000, h = 3600000}
  local function duration(text, least, most)
    local digits, unit = text:match('^(%d+)(%l+)$')
    local value = digits and UNITS[unit] and tonumber(digits) * UNITS[unit]
    if value and value >= least and value <= most then return value end
  end

  local function whole_number(text, least, most)
    return not text:find('.', 1, true) and decimal(text, least, most)
  end

  function understood(name, text)
    if name == 'rate' then
      return decimal(text, 0, 0) or decimal(text, 0.001, 1000000)
    elseif name == 'burst' then
      return decimal(text, 1, 1000000)
    elseif name == 'state' then
      return (text == 'open' or text == 'paused' or text == 'closed') and text
    elseif name == 'admit_within_inventory' then
      return (text == 'yes' or text == 'no') and text
    elseif name == 'queue_limit' or name == 'active_limit' then
      return whole_number(text, 0, 100000000)
    elseif name == 'ready_ttl' then
      return duration(text, 1000, 3600000)
    elseif name == 'session_ttl' then
      return duration(text, 1000, 86400000)
    elseif name == 'sold_out_join' then
      return (text == 'allow' or text == 'refuse') and text
    end
    -- A time, ms since 1970: in seconds it would have passed long ago, in microseconds never come.
    return whole_number(text, 1000000000000, 9000000000000)
  end
end

-- Whether the times of an event, or those of them that are set, come one after another.
local function is_in_order(prequeue, opens, closes)
  return (prequeue or 0) <= (opens or closes or math.huge)
    and (opens or 0) <= (closes or math.huge)
end

-- A setting, if it is set. A text that makes no sense pauses the event: what was meant
-- cannot be known, and a door that is shut for no reason can be opened again.
local makes_sense = true
local function setting(place, by_hand)
  local text = set[place + 2] or by_hand
  if not text then return nil end
  local value = #text <= 64 and understood(SETTINGS[place], text)
  if not value then makes_sense = false end
  return value
end
-- luacheck: pop
