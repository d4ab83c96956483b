-- Makes a new mutation of what the cache holds of a key now: the same value and expiry under a new version, or a
-- delete where there is no pair.
-- KEYS: 1 pair (hash), 2 the slot's clock, 3 the slot's journal
-- ARGV: 1 key, 2 the journal's bound, 3 sessionId, 4 interactionId
-- Reply: [version, 'set', value, expireAt ('' for never)] or [version, 'del'], or [] when the journal is full
if journal_is_full(KEYS[3], ARGV[2]) then
  return {}
end
local value = redis.call('HGET', KEYS[1], 'value')
local version = next_version(KEYS[2])
if not value then
  record(KEYS[2], KEYS[3], version, 'del', ARGV[1], '', '', '', ARGV[3], ARGV[4])
  return { version, 'del' }
end
local expire_ms = redis.call('PEXPIRETIME', KEYS[1])
local expire_at = expire_ms > 0 and string.format('%.0f', expire_ms) or ''
record(KEYS[2], KEYS[3], version, 'set', ARGV[1], value, expire_at, '', ARGV[3], ARGV[4])
redis.call('HSET', KEYS[1], 'version', version)
return { version, 'set', value, expire_at }
