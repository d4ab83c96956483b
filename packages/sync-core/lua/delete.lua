-- Deletes a pair. A key that is not there is a mutation all the same: its shadow may still hold an older value.
-- KEYS: 1 pair (hash), 2 the slot's clock, 3 the slot's journal
-- ARGV: 1 key, 2 the journal's bound, 3 sessionId, 4 interactionId
-- Reply: [version, how many pairs were deleted: 0 or 1], or [] when the journal is full and nothing changed
if journal_is_full(KEYS[3], ARGV[2]) then
  return {}
end
local version = next_version(KEYS[2])
record(KEYS[2], KEYS[3], version, 'del', ARGV[1], '', '', '', ARGV[3], ARGV[4])
return { version, tostring(redis.call('DEL', KEYS[1])) }
