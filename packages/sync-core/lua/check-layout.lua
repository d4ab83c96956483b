-- Claims the layout for the first process, and tells every later one what the data was written with.
-- KEYS: 1 meta (hash)
-- ARGV: 1 layout version, 2 slot count
-- Reply: [layout version, slot count] as stored
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'layout', ARGV[1], 'slots', ARGV[2])
end
return redis.call('HMGET', KEYS[1], 'layout', 'slots')
