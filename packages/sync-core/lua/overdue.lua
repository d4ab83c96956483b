-- Reads a slot's oldest journal entries that are overdue, until they hold so many bytes; at least one. How old an entry
-- is its id tells, or, where versions were ahead of the time, its field `at`; one whose id is ahead of the time and that
-- has no such field (written by 0.1.0, or before Redis' clock went back) counts as overdue: its age is not known.
-- KEYS: 1 the slot's journal (stream)
-- ARGV: 1 before when an entry must have been appended, in ms since 1970 on Redis' clock, 2 entries at most, 3 bytes
--       after which no further entry is read, 4 the version behind which to begin
-- Reply: the entries, as XRANGE gives them
local CHUNK = 8 -- so that few large values are ever read in vain
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local before, most, most_bytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function is_overdue(id, fields)
  local at = (tonumber(string.match(id, '^%d+')) or 0) / 1000
  for field = 1, #fields, 2 do
    if fields[field] == 'at' then
      at = tonumber(fields[field + 1]) or 0
    end
  end
  return at < before or at > math.max(now, before) + 1000
end

local function bytes_of(fields)
  local bytes = 0
  for at = 1, #fields do
    bytes = bytes + #fields[at]
  end
  return bytes
end

local found = {}
local bytes = 0
local from = '(' .. ARGV[4] .. '-0'
while #found < most do
  local chunk = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', math.min(CHUNK, most - #found))
  for _, entry in ipairs(chunk) do
    if bytes >= most_bytes or not is_overdue(entry[1], entry[2]) then
      return found
    end
    bytes = bytes + bytes_of(entry[2])
    found[#found + 1] = entry
  end
  if #chunk < CHUNK then
    break
  end
  from = '(' .. chunk[#chunk][1]
end
return found
