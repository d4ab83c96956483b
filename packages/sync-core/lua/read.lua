-- Reads pairs of one slot, all in the same moment.
-- KEYS: 1 the slot's clock, then the pairs (hashes)
-- Reply: [Redis' clock in ms since 1970, a version that none given so far exceeds, then for each pair: value (nil for no
--         pair), version (nil where it has none), expireAt in ms since 1970 (negative for never)]
local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local reply = { math.floor(micros / 1000), string.format('%.0f', math.max(last, micros)) }
for i = 2, #KEYS do
  -- What is no hash is no pair; it must not keep the others from being read.
  local held = redis.pcall('HMGET', KEYS[i], 'value', 'version')
  local at = #reply
  reply[at + 1] = held[1] or false
  reply[at + 2] = held[2] or false
  reply[at + 3] = redis.call('PEXPIRETIME', KEYS[i])
end
return reply
