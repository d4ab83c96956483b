-- Sets a pair: its version, the pair with its expiry, and the journal entry, in one atomic step.
-- KEYS: 1 pair (hash), 2 the slot's clock, 3 the slot's journal, 4 the slot's changed keys
-- ARGV: 1 key, 2 value, 3 time to live in seconds ('' for none), 4 the journal's bound, 5 sessionId, 6 interactionId,
--   7 the condition, as refusal() takes it, 8 when it expires, in ms since 1970 ('' where 3 says it)
-- Reply: [version, expireAt in ms since 1970 ('' for never)], and when nothing changed: [] for a full journal,
-- [the version there is, '' for none] for a condition that does not hold, ['unwatched'] for one that one can't tell of
if journal_is_full(KEYS[3], ARGV[4]) then
  return {}
end
local present = refusal(KEYS[1], KEYS[4], ARGV[1], ARGV[7])
if present then
  return { present }
end
local version, now_ms = next_version(KEYS[2])
local expire_at = ARGV[8]
if ARGV[3] ~= '' then
  expire_at = string.format('%.0f', now_ms + tonumber(ARGV[3]) * 1000)
end
record(KEYS[2], KEYS[3], KEYS[4], version, 'set', ARGV[1], ARGV[2], expire_at, ARGV[3], ARGV[5], ARGV[6])
redis.call('DEL', KEYS[1]) -- an earlier expiry goes with it
redis.call('HSET', KEYS[1], 'value', ARGV[2], 'version', version)
if expire_at ~= '' then
  redis.call('PEXPIREAT', KEYS[1], expire_at)
end
return { version, expire_at }
