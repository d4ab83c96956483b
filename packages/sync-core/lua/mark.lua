-- Notes what a projector has in hand of a slot, also when Redis is out of memory: what it does makes room.
-- KEYS: 1 what is in hand (string)
-- ARGV: 1 what to note
-- Reply: OK
return redis.call('SET', KEYS[1], ARGV[1])
