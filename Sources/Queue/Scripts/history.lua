-- Looks through a part of the audit trail, the latest entries first: for those of one person, or of
-- operators. Changes nothing.
--
-- KEYS  1 stream:event:{E}
-- ARGV  1 from which entry back, '+' for the last   2 how many entries to look through
--       3 'user' or 'operators'   4 the user
-- Returns {the entry from which to go on, or '' when this was the first, {id, fields} of each
--       entry that was looked for}.

local OPERATORS = {settings = true, delete = true, reset = true, admit = true, remove = true}
local entries = redis.call('XREVRANGE', KEYS[1], ARGV[1], '-', 'COUNT', tonumber(ARGV[2]) + 1)
local found, following = {}, ''
for place, entry in ipairs(entries) do
  local fields, is_wanted = entry[2], false
  if place > tonumber(ARGV[2]) then
    following = entry[1]
    break
  end
  for at = 1, #fields, 2 do
    local name, value = fields[at], fields[at + 1]
    if name == 'op' and (ARGV[3] == 'operators' and OPERATORS[value]
      -- All people who were there are gone.
      or ARGV[3] == 'user' and value == 'reset') then is_wanted = true end
    if name == 'user' and ARGV[3] == 'user' and value == ARGV[4] then is_wanted = true end
  end
  if is_wanted then found[#found + 1] = entry end
end
return {following, found}
