-- Reads pairs of one slot, each one's value, version and expiry in the same moment.
-- KEYS: pairs (hashes)
-- Reply: [Redis' clock in ms since 1970, then for each pair: value (nil for no pair), version (nil where it has none),
--         expireAt in ms since 1970 (negative for never)]
local time = redis.call('TIME')
local reply = { tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) }
for _, pair in ipairs(KEYS) do
  -- What is no hash is no pair; it must not keep the others from being read.
  local held = redis.pcall('HMGET', pair, 'value', 'version')
  local at = #reply
  reply[at + 1] = held[1] or false
  reply[at + 2] = held[2] or false
  reply[at + 3] = redis.call('PEXPIRETIME', pair)
end
return reply
