-- Deletes a pair. A key that is not there is a mutation all the same: its shadow may still hold an older value. It is
-- taken also when Redis is out of memory, and beyond the bytes of a journal, since it makes room.
-- KEYS: as version.lua says
-- ARGV: 1 key, 2 the journal's bound in entries, 3 sessionId, 4 interactionId, 5 the condition, as refusal() takes it,
--   6 the floor of the version
-- Reply: [version, how many pairs were deleted: 0 or 1], and when nothing changed: [] for a full journal, [the
-- version there is, '' for none] for a condition that does not hold, ['unwatched'] for one that one can't tell of
if redis.call('XLEN', JOURNAL) >= tonumber(ARGV[2]) then
  return {}
end
local present = refusal(ARGV[1], ARGV[5])
if present then
  return { present }
end
local existed = version_of(PAIR) and '1' or '0'
local version, micros = next_version(ARGV[6])
local given =
  record(version, micros, { op = 'del', key = ARGV[1], sessionId = ARGV[3], interactionId = ARGV[4] })
redis.call('DEL', PAIR)
return { given, existed }
