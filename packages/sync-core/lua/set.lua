-- Sets a pair, in one atomic step; see mutations.lua.
-- KEYS: as version.lua says
-- ARGV: 1 key, 2 value, 3 time to live in seconds ('' for none), 4 the journal's bound in entries, 5 in bytes,
--   6 sessionId, 7 interactionId, 8 the condition, 9 when it expires, in ms since 1970 ('' where 3 says it), 10 the floor
--   of the version
-- Reply: as set() returns it
local mutation = {
  key = ARGV[1],
  value = ARGV[2],
  ttlSec = ARGV[3],
  expireAt = ARGV[9],
  sessionId = ARGV[6],
  interactionId = ARGV[7],
  condition = ARGV[8],
}
return set(KEYS[5], mutation, ARGV[10], ARGV[4], ARGV[5])
