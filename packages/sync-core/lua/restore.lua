-- Brings shadows of one slot back into the cache, under the versions they have, wherever that is newer than what the
-- cache knows of the key. Moves the slot's clock above them, so that versions keep rising.
-- KEYS: 1 the slot's clock, 2 the slot's changed keys, 3 the slot's journal, then the pairs (hashes)
-- ARGV: 1 a moment on Redis' clock, in microseconds, 2 how long ago that may be at most, in microseconds; then for each
--       pair: key, version, op ('set' or 'del'), value, expireAt in ms ('' for never). The shadows were read when all
--       mutations before that moment had arrived there.
-- Reply: for each pair 'restored', 'removed' (the pair, which was older than a delete or an expired set), 'newer' (the
--        cache knows something as new or newer: nothing changed), 'foreign' (something else than a pair is there, which
--        is not ours to remove) or 'absent' (there was nothing to remove); [] when the slot was not watched all the
--        time since that moment, and nothing changed
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
if not is_watched_since(KEYS[2], now, tonumber(ARGV[1]), tonumber(ARGV[2])) then
  return {}
end
local some_changed = redis.call('ZCARD', KEYS[2]) > 1
local clock = last_version(KEYS[1], KEYS[3])
local highest = clock
local reply = {}
for i = 4, #KEYS do
  local pair = KEYS[i]
  local at = 3 + 5 * (i - 4)
  local version = tonumber(ARGV[at + 1])
  local held = version_of(pair)
  local changed = some_changed and redis.call('ZSCORE', KEYS[2], ARGV[at])
  highest = math.max(highest, version_in(ARGV[at + 1]) or 0)
  if not held and redis.call('EXISTS', pair) == 1 then
    reply[i - 3] = 'foreign'
  elseif (held and tonumber(held) >= version) or (changed and tonumber(changed) > version) then
    reply[i - 3] = 'newer'
  else
    local existed = redis.call('DEL', pair)
    local expire_at = ARGV[at + 4]
    if ARGV[at + 2] == 'set' and (expire_at == '' or tonumber(expire_at) * 1000 > now) then
      redis.call('HSET', pair, 'value', ARGV[at + 3], 'version', ARGV[at + 1])
      if expire_at ~= '' then
        redis.call('PEXPIREAT', pair, expire_at)
      end
      reply[i - 3] = 'restored'
    else
      reply[i - 3] = existed == 1 and 'removed' or 'absent'
    end
  end
end
if highest > clock then
  redis.call('SET', KEYS[1], string.format('%.0f', highest))
end
return reply
