-- Takes back BullMQ's mark that there may be jobs to take, where there are none: it would wake a worker for nothing.
-- KEYS, all BullMQ's: 1 the waiting jobs (list), 2 those with a priority (sorted set), 3 the mark (sorted set), 4 the queue's
-- events (stream)
-- Reply: the id of the last event, '0-0' for none
if redis.call('LLEN', KEYS[1]) == 0 and redis.call('ZCARD', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[3], '0')
end
local last = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)[1]
return last and last[1] or '0-0'
