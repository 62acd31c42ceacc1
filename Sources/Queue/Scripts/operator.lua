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
  'active_limit', 'ready_ttl', 'session_ttl',
}
local set = redis.call('HMGET', settings_key, 'version', 'until', unpack(SETTINGS))

-- Digits, perhaps a point and more digits, as flags are written: tonumber reads ' 0x1F ', too.
local function decimal(text, least, most)
  if not text:find('^%d+$') and not text:find('^%d+%.%d+$') then return nil end
  local value = tonumber(text)
  if value >= least and value <= most then return value end
end

-- Milliseconds from a duration as flags write it, such as '60s'.
local UNITS = {ms = 1, s = 1000, m = 60000, h = 3600000}
local function duration(text, least, most)
  local digits, unit = text:match('^(%d+)(%l+)$')
  local value = digits and UNITS[unit] and tonumber(digits) * UNITS[unit]
  if value and value >= least and value <= most then return value end
end

-- What a text says of a setting, nothing if it makes no sense: `EventSettings.swift` has this, too.
local function understood(name, text)
  if name == 'rate' then
    return decimal(text, 0, 0) or decimal(text, 0.001, 1000000)
  elseif name == 'burst' then
    return decimal(text, 1, 1000000)
  elseif name == 'state' then
    return (text == 'open' or text == 'paused' or text == 'closed') and text
  elseif name == 'admit_within_inventory' then
    return (text == 'yes' or text == 'no') and text
  elseif name == 'queue_limit' or name == 'active_limit' then
    return not text:find('.', 1, true) and decimal(text, 0, 100000000)
  elseif name == 'ready_ttl' then
    return duration(text, 1000, 3600000)
  elseif name == 'session_ttl' then
    return duration(text, 1000, 86400000)
  end
  return (text == 'allow' or text == 'refuse') and text
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

-- Whether the event is paused where these are the texts of its settings, and those written by hand.
local function is_paused_by(texts, by_hand)
  local is_paused = false
  for place, name in ipairs(SETTINGS) do
    local text = texts[name] or by_hand[place]
    local value = text and #text <= 64 and understood(name, text)
    if text and not value or name == 'state' and value == 'paused' then is_paused = true end
  end
  return is_paused
end
-- luacheck: pop
