-- Takes back BullMQ's mark that there may be jobs to take, where there are none: it would wake a worker for nothing.
-- KEYS: 1 the waiting jobs (list), 2 those with a priority (sorted set), 3 the mark (sorted set), all BullMQ's
-- Reply: 1 where it was taken back
if redis.call('LLEN', KEYS[1]) == 0 and redis.call('ZCARD', KEYS[2]) == 0 then
  return redis.call('ZREM', KEYS[3], '0')
end
return 0
