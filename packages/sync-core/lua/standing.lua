-- Put before every script that meets what stands for a while, and no longer.

-- Whether a key is there; it then stands for no longer than ms from now on. It would, where Redis' clock went back since
-- the key was written: a replica whose clock is slower took over, say, and keys end at a time, not after one.
local function stands(key, ms)
  local left = redis.call('PTTL', key)
  if left == -1 or left > tonumber(ms) then
    redis.call('PEXPIRE', key, ms)
  end
  return left ~= -2
end
