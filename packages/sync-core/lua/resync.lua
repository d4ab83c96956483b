-- Makes a new mutation of a pair that is there, in one atomic step; see mutations.lua.
-- KEYS: as version.lua says
-- ARGV: 1 key, 2 the journal's bound in entries, 3 in bytes, 4 sessionId, 5 interactionId, 6 the condition, 7 the floor
--   of the version
-- Reply: as resync() returns it
local mutation = { key = ARGV[1], sessionId = ARGV[4], interactionId = ARGV[5], condition = ARGV[6] }
return resync(KEYS[5], mutation, ARGV[7], ARGV[2], ARGV[3])
