-- How much a slot's journal holds, without what is in it.
-- KEYS: 1 the slot's journal (stream)
-- Reply: [entries, id of the oldest, '' for none]
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
return { redis.call('XLEN', KEYS[1]), oldest[1] and oldest[1][1] or '' }
