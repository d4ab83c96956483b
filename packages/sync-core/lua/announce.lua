-- Notes what a pod says of itself, and forgets the pods that have said nothing for too long.
-- KEYS: 1 roster (hash: a pod's id, and when it spoke last in ms since 1970, a space, and what it said)
-- ARGV: 1 the pod's id, 2 what it says, 3 after how long without a word a pod is forgotten in ms, 4 most pods
-- Reply: of each pod known then: its id, how long ago it spoke in ms, what it said
local id, word, forgetAfter, mostPods = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local entries = redis.call('HGETALL', KEYS[1])
local known = {}
local others = 0
for at = 1, #entries, 2 do
  local spokeAt, said = string.match(entries[at + 1], '^(%d+) (.*)$')
  local age = now - (tonumber(spokeAt) or 0)
  -- Redis' clock may have gone back, after a failover say.
  if math.abs(age) > forgetAfter then
    redis.call('HDEL', KEYS[1], entries[at])
  elseif entries[at] ~= id then
    others = others + 1
    table.insert(known, entries[at])
    table.insert(known, math.max(age, 0))
    table.insert(known, said)
  end
end

if others < mostPods then
  redis.call('HSET', KEYS[1], id, string.format('%.0f', now) .. ' ' .. word)
  redis.call('PEXPIRE', KEYS[1], forgetAfter)
  table.insert(known, id)
  table.insert(known, 0)
  table.insert(known, word)
end
return known
