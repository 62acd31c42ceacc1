-- What a person is promised who joins and is not called: how long it is until the call, or why no
-- one knows. Stands behind `people.lua`; the rule is that of `Prospect`, which tells those who wait
-- already.
--
-- Own ARGV, behind two others, of `Prospect.Terms`
--       3 places that are called for each token that is refilled
--       4 for how many seconds nothing but the bucket decides   5 most calls a second then
--       6 the share of the people ahead who go away a second
--       7 what keeps people from being called, beside the bucket, or ''
--       8 until when that is so at least, µs, or 0
--       9 to 16 how far the wait may be below and above what is expected, as shares of it, for each
--         of four lengths

-- luacheck: push ignore 211 (a script uses a part of what it begins with)
-- Returns a function that says for a place: whole seconds, the least and the most, and a reason or
-- ''; or -1, -1, -1 and a reason. The bucket is taken as it is now.
local function promising()
  local function term(at) return tonumber(ARGV[own + at]) end
  local used, alone_for, most, departing = term(3), term(4), term(5), term(6)
  local barrier, free_at = ARGV[own + 7], term(8)
  local before = settled()
  local have, starts, reason = usable_tokens(), 0, ''
  local function start_at(moment, why)
    local rest = (moment - now) / 1000000
    if rest > starts then starts, reason = rest, why end
  end
  start_at(rebuild_until, 'rebuilding')
  start_at(hours.opens, 'opening')
  if starts > 0 then
    local room = math.max(0, burst - called + steered.called)
    have = math.max(have, math.min(room, tokens + rate * starts))
    if room_for_sale then have = math.min(have, room_for_sale) end
  end
  -- Less than 0 where more are inside than may be.
  if active_limit > 0 then have = math.min(have, active_limit - count_inside() - called) end
  if barrier == 'holds' then
    start_at(free_at, 'holds')
    have = math.max(have, 1)
  end

  -- Seconds until so many more are called at that speed, of whom some go away; nothing where they
  -- never are.
  local function lasts(people, speed)
    if people <= 0 then return 0 end
    if speed <= 0 then return nil end
    local leaving = departing * people / speed
    return leaving > 1e-6 and math.log(1 + leaving) / departing or people / speed
  end
  -- How many of them are left after so many seconds.
  local function left_after(seconds, people, speed)
    local leaving = departing * seconds
    if leaving < 1e-6 then return people - speed * seconds end
    local rest = math.exp(-leaving)
    return people * rest - speed / departing * (1 - rest)
  end
  local function seconds_until(place)
    local people = left_after(starts, math.max(1, place - before), 0) - have
    if people <= 0 then return starts end
    local speed = rate * used
    if alone_for > 0 then
      local alone = lasts(people, speed)
      if not alone then return nil end
      if alone <= alone_for then return starts + alone end
      people = left_after(alone_for, people, speed)
    end
    local rest = lasts(people, math.min(speed, most))
    return rest and starts + alone_for + rest, true
  end
  local function class_of(seconds)
    if seconds < 30 then return 9 elseif seconds < 120 then return 11 end
    return seconds < 600 and 13 or 15
  end
  return function(place)
    if state == 'paused' then return -1, -1, -1, 'paused' end
    if now >= hours.closes then return -1, -1, -1, 'closed' end
    local seconds, is_barred = seconds_until(place)
    if not seconds then
      return -1, -1, -1, rate > 0 and barrier ~= '' and barrier or 'stopped'
    end
    local moving = seconds - starts
    local class, why = class_of(moving), reason
    if is_barred and barrier ~= '' and moving > 0 then why = barrier end
    local function at_most(value) return math.min(2592000, value) end
    return math.max(1, at_most(math.ceil(seconds))),
      at_most(math.floor(starts + moving * term(class))),
      math.max(1, at_most(math.ceil(starts + moving * term(class + 1)))), why
  end
end

-- The same for the trail.
local function told(eta, low, high, reason)
  local words = {}
  local function say(name, value) words[#words + 1], words[#words + 2] = name, value end
  if eta >= 0 then
    say('eta', eta)
    say('eta_low', low)
    say('eta_high', high)
  end
  if reason ~= '' then say('eta_reason', reason) end
  if fields[25] and fields[25] ~= '0' then say('paused', fields[25]) end
  return words
end
-- luacheck: pop
