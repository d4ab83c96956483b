-- Put before every script that mutates. A slot's scripts touch only keys of that slot (one hash tag).

-- The next version of a slot: above the last one given, and above Redis' clock in microseconds, so that versions go
-- on rising after Redis lost data. Whole numbers up to 2^53 are exact in Lua; %.0f keeps them from becoming 1.8e+15.
-- Returns: version as digits, Redis' clock in milliseconds as a number.
local function next_version(clock)
  local time = redis.call('TIME')
  local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
  local last = tonumber(redis.call('GET', clock) or '0')
  return string.format('%.0f', math.max(last + 1, micros)), math.floor(micros / 1000)
end

-- Whether the slot's journal has no room; checked before anything changes.
local function journal_is_full(journal, bound)
  return redis.call('XLEN', journal) >= tonumber(bound)
end

-- Whether what a write asks of the pair that is there does not hold; checked before anything changes.
-- condition: '' for none; else '=' (the pair must have one of the versions) or '!' (it must have none of them), and
-- then '*' for any version, or the versions as ',1,2,'.
-- Returns nil when it holds, else the version that is there, '' for no pair.
local function unmet(pair, condition)
  if condition == '' then
    return nil
  end
  local version = redis.call('HGET', pair, 'version') or ''
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
local function heard_of(pair, changed, key, condition)
  local moment, within = string.match(condition, '^%?(%d+),(%d+)$')
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  if not is_watched_since(changed, now, tonumber(moment), tonumber(within)) then
    return 'unwatched'
  end
  if redis.call('EXISTS', pair) == 1 then
    return redis.call('HGET', pair, 'version') or ''
  end
  return redis.call('ZSCORE', changed, key) and ''
end

-- Why a write's condition keeps it from being made; nil when it does not. condition: as unmet() or heard_of() takes it.
local function refusal(pair, changed, key, condition)
  if string.sub(condition, 1, 1) == '?' then
    return heard_of(pair, changed, key, condition)
  end
  return unmet(pair, condition)
end

-- Appends a mutation to the journal, moves the slot's clock and, while the slot is watched (see watch.lua), notes that
-- the key changed. The journal comes first: if Redis refuses it (out of memory, say), the script ends there with
-- nothing changed.
-- fields: op, key, value, expireAt, ttlSec, sessionId, interactionId; an empty string stands for absent, and what is
-- absent takes no room in the entry.
local function record(clock, journal, changed, version, op, key, value, expire_at, ttl_sec, session, interaction)
  local entry = { 'op', op, 'key', key }
  local function add(field, content)
    if content ~= '' then
      entry[#entry + 1] = field
      entry[#entry + 1] = content
    end
  end
  add('value', value)
  add('expireAt', expire_at)
  add('ttlSec', ttl_sec)
  add('sessionId', session)
  add('interactionId', interaction)
  redis.call('XADD', journal, version .. '-0', unpack(entry))
  redis.call('SET', clock, version)
  if redis.call('EXISTS', changed) == 1 then
    redis.call('ZADD', changed, version, key)
  end
end
