-- How much a slot's journal holds, without what is in it, and how far the slot's versions are ahead of the time.
-- KEYS: 1 the slot's journal (stream), 2 the slot's clock
-- ARGV: 1 '1' to measure its bytes, which takes longer the more there are, else '0'
-- Reply: [Redis' clock in ms since 1970, entries, id of the oldest ('' for none), when that was appended, in ms since 1970 ('' where its id tells),
--         how many ms the last version given is ahead of Redis' clock, at least 0, bytes of memory; 0 where not
--         measured, or nothing is there]
local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now = math.floor(micros / 1000)
local lead = math.max(0, math.floor((last_version(KEYS[2], KEYS[1]) - micros) / 1000))
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not oldest then
  return { now, 0, '', '', lead, 0 }
end
local at = ''
for field = 1, #oldest[2], 2 do
  if oldest[2][field] == 'at' then
    at = oldest[2][field + 1]
  end
end
local bytes = ARGV[1] == '1' and redis.pcall('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', '0')
return { now, redis.call('XLEN', KEYS[1]), oldest[1], at, lead, type(bytes) == 'number' and bytes or 0 }
