-- Writes places of the hash of token secrets, all or none: only if each still says what the caller
-- read there. What belongs there, the caller decides.
--
-- KEYS  1 queue:secrets
-- ARGV  place, what the caller read there ('' for nothing), what it is to say; and so on
-- Returns {1} when written, {0} when another sidecar was first.

for at = 1, #ARGV, 3 do
  if (redis.call('HGET', KEYS[1], ARGV[at]) or '') ~= ARGV[at + 1] then return {0} end
end
for at = 1, #ARGV, 3 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2]) end
return {1}
