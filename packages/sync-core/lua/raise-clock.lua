-- Moves a slot's clock up to a version, if it is lower: the next version given is above it.
-- KEYS: 1 the slot's clock, 2 the slot's journal
-- ARGV: 1 version
-- Reply: the clock as it is then
local last, version = last_version(KEYS[1], KEYS[2]), version_in(ARGV[1]) or 0
local clock = string.format('%.0f', math.max(last, version))
if last < version then
  redis.call('SET', KEYS[1], clock)
end
return clock
