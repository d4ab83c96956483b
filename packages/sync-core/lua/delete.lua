-- Deletes a pair, in one atomic step, also when Redis is out of memory, since it makes room; see mutations.lua.
-- KEYS: as version.lua says
-- ARGV: 1 key, 2 the journal's bound in entries, 3 sessionId, 4 interactionId, 5 the condition, 6 the floor of the version
-- Reply: as delete() returns it
local mutation = { key = ARGV[1], sessionId = ARGV[3], interactionId = ARGV[4], condition = ARGV[5] }
return delete(KEYS[5], mutation, ARGV[6], ARGV[2])
