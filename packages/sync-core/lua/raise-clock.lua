-- Moves a slot's clock up to a version, if it is lower: the next version given is above it.
-- KEYS: 1 the slot's clock
-- ARGV: 1 version
-- Reply: the clock as it is then
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
return redis.call('GET', KEYS[1])
