-- Put before every script that mutates pairs, behind slot.lua: what a write asks of the pair that is there.

-- Whether a condition does not hold; checked before anything changes.
-- condition: '' for none; else '=' (the pair must have one of the versions) or '!' (it must have none of them), and
-- then '*' for any version, or the versions as ',1,2,'.
-- Returns nil when it holds, else the version that is there, '' for no pair.
local function unmet(pair, condition)
  if condition == '' then
    return nil
  end
  local version = version_of(pair) or ''
  local versions = string.sub(condition, 2)
  local matches = version ~= '' and (versions == '*' or string.find(versions, ',' .. version .. ',', 1, true) ~= nil)
  if matches == (string.sub(condition, 1, 1) == '=') then
    return nil
  end
  return version
end

-- Whether the cache may know of a key that its shadows, read when all mutations before a moment had arrived there, did
-- not: there is a pair, or a mutation was noted. Checked before anything changes.
-- condition: '?', the moment on Redis' clock in microseconds, ',', how long ago that may be at most, in microseconds
-- Returns nil for a key never heard of, the version that there is, '' for a key that was noted and has no pair, or
-- 'unwatched' when the slot was not watched all the time since the moment, so that one can't say.
local function heard_of(pair, key, condition)
  local moment, within = string.match(condition, '^%?(%d+),(%d+)$')
  if not is_watched_since(CHANGED, MICROS, tonumber(moment), tonumber(within)) then
    return 'unwatched'
  end
  if redis.call('EXISTS', pair) == 1 then
    return version_of(pair) or ''
  end
  return redis.call('ZSCORE', CHANGED, key) and ''
end

-- Why a write's condition keeps it from being made; nil when it does not. condition: as unmet() or heard_of() takes it.
local function refusal(pair, key, condition)
  if string.sub(condition, 1, 1) == '?' then
    return heard_of(pair, key, condition)
  end
  return unmet(pair, condition)
end
