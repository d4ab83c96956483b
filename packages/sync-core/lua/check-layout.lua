-- Claims the layout for the first process, and tells every later one what the data was written with. A claim that
-- MongoDB agreed to, which has the deployment's id, takes the place of one that was made while MongoDB was away.
-- KEYS: 1 meta (hash)
-- ARGV: 1 layout version, 2 slot count, 3 deployment's id, empty while MongoDB has not agreed
-- Reply: [layout version, slot count, deployment's id or nil] as stored
local stored = redis.call('HMGET', KEYS[1], 'layout', 'slots', 'deployment')
if not stored[1] or (not stored[3] and ARGV[3] ~= '') then
  redis.call('HSET', KEYS[1], 'layout', ARGV[1], 'slots', ARGV[2])
  if ARGV[3] ~= '' then
    redis.call('HSET', KEYS[1], 'deployment', ARGV[3])
  end
end
return redis.call('HMGET', KEYS[1], 'layout', 'slots', 'deployment')
