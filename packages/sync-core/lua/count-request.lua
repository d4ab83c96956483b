-- Counts requests of a caller in the window of time that its first one began.
-- KEYS: 1 the caller's count (string)
-- ARGV: 1 the window's length, in ms; 2 how many requests
-- Reply: [how many there were, how long the window still lasts in ms]
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
if count == tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
stands(KEYS[1], ARGV[1])
return { count, redis.call('PTTL', KEYS[1]) }
