-- Reads the beginnings of pairs of one slot, all in the same moment, so that no large value travels.
-- KEYS: the pairs (hashes)
-- ARGV: 1 bytes of each value that are read at most
-- Reply: for each pair its version (nil for no pair), the bytes of its value, the beginning of the value, and expireAt in
--        ms since 1970 (negative for never)
local reply = {}
for i, pair in ipairs(KEYS) do
  local value, version = held_by(pair)
  local at = 4 * (i - 1)
  reply[at + 1] = version or false
  reply[at + 2] = value and #value or 0
  reply[at + 3] = value and string.sub(value, 1, tonumber(ARGV[1])) or ''
  reply[at + 4] = value and redis.call('PEXPIRETIME', pair) or -1
end
return reply
