-- Cuts the locks of a queue's jobs, and BullMQ's mark of its last look for jobs whose worker died, to their length:
-- where Redis' clock went back, such a job would stay in no one's hands for as long as the clock is behind.
-- KEYS: 1 the jobs in hand (list of BullMQ's), 2 the mark of its last look (string), 3 the mark of the last run of this
-- ARGV: 1 how long a lock stands, 2 how long BullMQ's mark does, both in ms, 3 first part of the names of the jobs' keys
-- Reply: 1, or 0 where another worker was here within half of a lock's time
local every = math.floor(tonumber(ARGV[1]) / 2)
if stands(KEYS[3], every) then
  return 0
end
stands(KEYS[2], ARGV[2])
local jobs = redis.pcall('LRANGE', KEYS[1], 0, -1)
for at = 1, #jobs do
  stands(ARGV[3] .. jobs[at] .. ':lock', ARGV[1])
end
redis.pcall('SET', KEYS[3], '', 'PX', every)
return 1
