-- Reads pairs of one slot, all in the same moment, until their values hold so many bytes together; at least one.
-- KEYS: 1 the slot's clock, 2 the slot's journal, then the pairs (hashes)
-- ARGV: 1 bytes after which no further pair is read
-- Reply: [Redis' clock in ms since 1970, a version that none given so far exceeds, then for each pair that was read:
--         value (nil for no pair), version (nil for nothing at all, and where something else than a pair is there: '!'
--         and its type), expireAt in ms since 1970 (negative for never)]
local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
local reply = { math.floor(micros / 1000), string.format('%.0f', math.max(last_version(KEYS[1], KEYS[2]), micros)) }
local most = tonumber(ARGV[1])
local bytes = 0
for i = 3, #KEYS do
  if bytes >= most then
    break
  end
  local value, version = held_by(KEYS[i])
  if value then
    bytes = bytes + #value
  else
    local kind = redis.call('TYPE', KEYS[i]).ok
    version = kind ~= 'none' and '!' .. kind
  end
  local at = #reply
  reply[at + 1] = value or false
  reply[at + 2] = version
  reply[at + 3] = redis.call('PEXPIRETIME', KEYS[i])
end
return reply
