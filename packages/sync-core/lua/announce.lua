-- Notes what a process says of itself, tells it what the lookout saw last, and makes it the lookout where no one is.
-- KEYS: 1 the process's roster (hash: a process's id, and when it spoke last in ms since 1970, a space, and what it said),
--       2 the roster of the pods, 3 the lookout's lease (string: its id), 4 what the lookout saw (string)
-- ARGV: 1 the process's id, 2 what it says, 3 after how long without a word a roster is gone in ms,
--       4 how long the lease stands in ms, 0 for a process that is not to be the lookout, 5 most processes of a roster,
--       6 '1' where a lookout wants the pods' roster
-- Reply: the time in ms since 1970, 1 when the caller is the lookout now, else 0, what the lookout saw ('' for nothing),
--        and for a lookout that wants it the pods' roster as it stands, else nothing
local id, lease = ARGV[1], ARGV[4]
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))

local is_new = redis.call('HSET', KEYS[1], id, now .. ' ' .. ARGV[2]) == 1
if is_new and redis.call('HLEN', KEYS[1]) > tonumber(ARGV[5]) then
  redis.call('HDEL', KEYS[1], id)
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])

local mine = redis.call('GET', KEYS[3]) == id
if lease == '0' then
  if mine then
    redis.call('DEL', KEYS[3])
  end
  mine = false
elseif mine then
  redis.call('PEXPIRE', KEYS[3], lease)
elseif not stands(KEYS[3], lease) then
  redis.call('SET', KEYS[3], id, 'PX', lease)
  mine = true
end

local seen = redis.call('GET', KEYS[4]) or ''
return { now, mine and 1 or 0, seen, mine and ARGV[6] == '1' and redis.call('HGETALL', KEYS[2]) or {} }
