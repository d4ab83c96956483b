-- Deletes a pair. A key that is not there is a mutation all the same: its shadow may still hold an older value.
-- KEYS: 1 pair (hash), 2 the slot's clock, 3 the slot's journal, 4 the slot's changed keys
-- ARGV: 1 key, 2 the journal's bound, 3 sessionId, 4 interactionId, 5 the condition, as refusal() takes it
-- Reply: [version, how many pairs were deleted: 0 or 1], and when nothing changed: [] for a full journal, [the
-- version there is, '' for none] for a condition that does not hold, ['unwatched'] for one that one can't tell of
if journal_is_full(KEYS[3], ARGV[2]) then
  return {}
end
local present = refusal(KEYS[1], KEYS[4], ARGV[1], ARGV[5])
if present then
  return { present }
end
local version = next_version(KEYS[2])
record(KEYS[2], KEYS[3], KEYS[4], version, 'del', ARGV[1], '', '', '', ARGV[3], ARGV[4])
return { version, tostring(redis.call('DEL', KEYS[1])) }
