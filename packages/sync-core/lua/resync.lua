-- Makes a new mutation of the pair that the cache holds of a key now: the same value and expiry under a new version.
-- Where there is no pair nothing changes: it may have been lost, and its shadow be the last copy.
-- KEYS: as version.lua says
-- ARGV: 1 key, 2 the journal's bound in entries, 3 in bytes, 4 sessionId, 5 interactionId, 6 the condition, as unmet()
--   takes it, 7 the floor of the version
-- Reply: [version, value, expireAt in ms since 1970 ('' for never)], and when nothing changed: [] for a full journal,
-- [the version there is, '' for none] for a condition that does not hold, [''] for no pair
local value = held_by(PAIR)
if journal_is_full(ARGV[2], ARGV[3], #(value or '')) then
  return {}
end
local present = unmet(ARGV[6])
if present then
  return { present }
end
if not value then
  return { '' }
end
local version, micros = next_version(ARGV[7])
local expire_ms = redis.call('PEXPIRETIME', PAIR)
local expire_at = expire_ms > 0 and string.format('%.0f', expire_ms) or ''
local mutation = { op = 'set', key = ARGV[1], value = value, expireAt = expire_at, sessionId = ARGV[4], interactionId = ARGV[5] }
local given = record(version, micros, mutation)
redis.call('HSET', PAIR, 'version', given)
return { given, value, expire_at }
