-- Watches a slot: while its sorted set of changed keys is there, every mutation notes its key and version in it. What
-- restores pairs needs that to tell a key that was never there from one that a client deleted a moment ago.
-- The member '' (no key is empty) holds since when the watch stands without a gap.
-- KEYS: 1 the slot's clock, 2 the slot's changed keys (sorted set), 3 the slot's journal
-- ARGV: 1 how long the watch stands from now on, in ms, 2 how old a note may become, in microseconds
-- Reply: [Redis' clock in microseconds, the highest version that can have been given so far]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now_text = string.format('%.0f', now)
-- What is no watch goes, and so does one of a time that is still to come: Redis' clock went back since.
local began = redis.pcall('ZSCORE', KEYS[2], '')
if redis.call('TYPE', KEYS[2]).ok ~= 'zset' or (tonumber(began) or 0) > now then
  redis.call('DEL', KEYS[2])
end
redis.call('ZADD', KEYS[2], 'NX', now_text, '')
local since = redis.call('ZSCORE', KEYS[2], '')
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. since, string.format('%.0f', now - tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return { now_text, string.format('%.0f', math.max(last_version(KEYS[1], KEYS[3]), now)) }
