-- Prolongs or gives up a lease, if the caller still holds it.
-- KEYS: 1 lease (string)
-- ARGV: 1 the holder's token, 2 how long it is to stand from now on, in ms; 0 gives it up
-- Reply: 1 when the caller held it, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
