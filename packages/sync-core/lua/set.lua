-- Sets a pair: its version, the pair with its expiry, and the journal entry, in one atomic step. Whatever else lies
-- under the pair's name is replaced.
-- KEYS: as version.lua says
-- ARGV: 1 key, 2 value, 3 time to live in seconds ('' for none), 4 the journal's bound in entries, 5 in bytes,
--   6 sessionId, 7 interactionId, 8 the condition, as refusal() takes it, 9 when it expires, in ms since
--   1970 ('' where 3 says it), 10 the floor of the version
-- Reply: [version, expireAt in ms since 1970 ('' for never)], and when nothing changed: [] for a full journal,
-- [the version there is, '' for none] for a condition that does not hold, ['unwatched'] for one that one can't tell of
if journal_is_full(ARGV[4], ARGV[5], #ARGV[2]) then
  return {}
end
local present = refusal(ARGV[1], ARGV[8])
if present then
  return { present }
end
local version, micros = next_version(ARGV[10])
local expire_at = ARGV[9]
if ARGV[3] ~= '' then
  expire_at = string.format('%.0f', math.floor(micros / 1000) + tonumber(ARGV[3]) * 1000)
end
local given = record(version, micros, {
  op = 'set',
  key = ARGV[1],
  value = ARGV[2],
  expireAt = expire_at,
  ttlSec = ARGV[3],
  sessionId = ARGV[6],
  interactionId = ARGV[7],
})
redis.call('DEL', PAIR) -- an earlier expiry goes with it
redis.call('HSET', PAIR, 'value', ARGV[2], 'version', given)
if expire_at ~= '' then
  redis.call('PEXPIREAT', PAIR, expire_at)
end
return { given, expire_at }
