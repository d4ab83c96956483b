-- Takes a lease that no one holds, or only looks whether someone does.
-- KEYS: 1 lease (string)
-- ARGV: 1 the taker's token, '' to look only, 2 how long a lease stands, in ms
-- Reply: 'HELD' when someone holds it, 'TAKEN' when the caller does now, 'FREE' when no one does
if stands(KEYS[1], ARGV[2]) then
  return 'HELD'
end
if ARGV[1] == '' then
  return 'FREE'
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'TAKEN'
