-- Makes a new mutation of the pair that the cache holds of a key now: the same value and expiry under a new version.
-- Where there is no pair nothing changes: it may have been lost, and its shadow be the last copy.
-- KEYS: 1 pair (hash), 2 the slot's clock, 3 the slot's journal, 4 the slot's changed keys
-- ARGV: 1 key, 2 the journal's bound, 3 sessionId, 4 interactionId, 5 the condition, as unmet() takes it
-- Reply: [version, value, expireAt in ms since 1970 ('' for never)], and when nothing changed: [] for a full journal,
-- [the version there is, '' for none] for a condition that does not hold, [''] for no pair
if journal_is_full(KEYS[3], ARGV[2]) then
  return {}
end
local present = unmet(KEYS[1], ARGV[5])
if present then
  return { present }
end
local value = redis.call('HGET', KEYS[1], 'value')
if not value then
  return { '' }
end
local version = next_version(KEYS[2])
local expire_ms = redis.call('PEXPIRETIME', KEYS[1])
local expire_at = expire_ms > 0 and string.format('%.0f', expire_ms) or ''
record(KEYS[2], KEYS[3], KEYS[4], version, 'set', ARGV[1], value, expire_at, '', ARGV[3], ARGV[4])
redis.call('HSET', KEYS[1], 'version', version)
return { version, value, expire_at }
