-- Reads what a slot's journal holds of one key, newest first, without the values.
-- KEYS: 1 the slot's journal (stream)
-- ARGV: 1 the key, 2 entries that are looked at, at most, 3 bytes of entries after which no further one is looked at
-- Reply: [1 where the whole journal was looked at, else 0, then for each entry its id, the bytes of its value, and its
--         other fields as XRANGE gives them]
local CHUNK = 8 -- so that few large values are ever read in vain
local most, most_bytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local reply = { 0 }
local looked_at, bytes = 0, 0
local to = '+'
while looked_at < most and bytes < most_bytes do
  local chunk = redis.call('XREVRANGE', KEYS[1], to, '-', 'COUNT', CHUNK)
  for _, entry in ipairs(chunk) do
    local others, value_bytes, key = {}, 0, nil
    for at = 1, #entry[2], 2 do
      local name, text = entry[2][at], entry[2][at + 1]
      bytes = bytes + #text
      if name == 'value' then
        value_bytes = #text
      else
        others[#others + 1] = name
        others[#others + 1] = text
      end
      if name == 'key' then
        key = text
      end
    end
    if key == ARGV[1] then
      reply[#reply + 1] = { entry[1], value_bytes, others }
    end
  end
  looked_at = looked_at + #chunk
  if #chunk < CHUNK then
    reply[1] = 1
    break
  end
  to = '(' .. chunk[#chunk][1]
end
return reply
