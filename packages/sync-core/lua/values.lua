-- Reads the values of pairs, all in the same moment, until they hold so many bytes together; at least one.
-- KEYS: the pairs (hashes)
-- ARGV: 1 bytes after which no further pair is read
-- Reply: for each pair that was read its value; nil for nothing at all, and {its type} where something else is there
local most = tonumber(ARGV[1])
local bytes = 0
local reply = {}
for i = 1, #KEYS do
  if bytes >= most then
    break
  end
  local value = held_by(KEYS[i])
  if value then
    bytes = bytes + #value
  else
    local kind = redis.call('TYPE', KEYS[i]).ok
    value = kind ~= 'none' and { kind }
  end
  reply[i] = value
end
return reply
