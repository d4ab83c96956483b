-- Put before every script that mutates; their KEYS are alike, all of one slot (one hash tag):
-- 1 the slot's clock, 2 the slot's journal, 3 the slot's changed keys, 4 what the journal's size is thought to be (hash:
-- bytes, and the number of entries when it was measured last), 5 the pair that is mutated (hash)
local CLOCK, JOURNAL, CHANGED, SIZE = unpack(KEYS)

-- What an entry takes beside its key and value, about, in bytes.
local ENTRY_BYTES = 150
-- A version that is further ahead of Redis' clock, in microseconds, does not tell when it was given.
local LEAD = 1000000
-- A watch stands for so long at most, in ms, as cache-restorer.ts asks for it.
local WATCH_MS = 120000

-- The next version of a slot: above the last one given, above Redis' clock in microseconds, so that versions go on
-- rising after Redis lost data, and above the floor, the highest version that the caller knows to have been given, so
-- that they rise also when Redis lost data and its clock is behind. Whole numbers up to 2^53 are exact in Lua.
-- Returns: version, Redis' clock in microseconds; both as numbers.
local function next_version(floor)
  local time = redis.call('TIME')
  local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
  return math.max(last_version(CLOCK, JOURNAL) + 1, (version_in(floor) or 0) + 1, micros), micros
end

-- Whether the slot's journal has no room for a value of so many bytes. An empty journal has room for any.
-- The bytes of entries that are removed are not counted off: it is measured anew, where entries came or went since,
-- when it seems to be full. Nothing is written here unless it is full: Redis refuses a script for want of memory only
-- until its first write.
-- Returns: that, and the journal's bytes where they were found to be others than thought, for record() to keep.
local function journal_is_full(most_entries, most_bytes, bytes)
  local entries = redis.call('XLEN', JOURNAL)
  if entries == 0 then
    return false, 0
  end
  if entries >= tonumber(most_entries) then
    return true
  end
  local size = redis.pcall('HMGET', SIZE, 'bytes', 'entries')
  local held, most = tonumber(size[1] or 0) or 0, tonumber(most_bytes)
  if held + bytes <= most then
    return false
  end
  if size[2] == tostring(entries) then
    return true
  end
  local usage = redis.pcall('MEMORY', 'USAGE', JOURNAL, 'SAMPLES', '0')
  held = type(usage) == 'number' and usage or 0
  if held + bytes <= most then
    return false, held
  end
  redis.call('DEL', SIZE)
  redis.call('HSET', SIZE, 'bytes', held, 'entries', entries)
  return true
end

-- Whether what a write asks of the pair that is there does not hold; checked before anything changes.
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
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  if not is_watched_since(CHANGED, now, tonumber(moment), tonumber(within)) then
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

-- While the slot is watched (see watch.lua), notes that a key changed. What is no sorted set is no watch, and neither is
-- one that would stand for longer than any does, since Redis' clock went back: it goes, and whoever watched is told so.
local function note_change(version, key)
  local kind = redis.call('TYPE', CHANGED).ok
  if kind == 'zset' and redis.call('PTTL', CHANGED) <= WATCH_MS then
    redis.call('ZADD', CHANGED, version, key)
  elseif kind ~= 'none' then
    redis.call('DEL', CHANGED)
  end
end

-- Appends a mutation to the journal, moves the slot's clock, and notes that the key changed. The journal comes first:
-- if Redis refuses it (out of memory, say), the script ends there with nothing changed. Where the journal's last id is
-- above the version, since the slot's clock was set back, the version is raised above it.
-- m: op, key, value, expireAt, ttlSec, sessionId, interactionId; an empty string stands for absent, and what is absent
-- takes no room in the entry. `at`, Redis' clock in ms, is noted where the version does not tell it. measured: as
-- journal_is_full() found it.
-- Returns: the mutation's version, as digits.
local function record(version, micros, m, measured)
  local entry = { 'op', m.op, 'key', m.key }
  for _, field in ipairs({ 'value', 'expireAt', 'ttlSec', 'sessionId', 'interactionId' }) do
    if m[field] and m[field] ~= '' then
      entry[#entry + 1] = field
      entry[#entry + 1] = m[field]
    end
  end
  if version - micros > LEAD then
    entry[#entry + 1] = 'at'
    entry[#entry + 1] = string.format('%.0f', math.floor(micros / 1000))
  end
  local digits = string.format('%.0f', version)
  local added = redis.pcall('XADD', JOURNAL, digits .. '-0', unpack(entry))
  if type(added) == 'table' and added.err then
    if string.find(added.err, 'equal or smaller', 1, true) then
      digits = string.format('%.0f', math.max(version, last_journaled(JOURNAL) + 1))
    end
    redis.call('XADD', JOURNAL, digits .. '-0', unpack(entry))
  end
  redis.call('SET', CLOCK, digits)
  if measured then
    redis.call('DEL', SIZE)
    redis.call('HSET', SIZE, 'bytes', measured)
  end
  local counted = redis.pcall('HINCRBY', SIZE, 'bytes', #m.key + #(m.value or '') + ENTRY_BYTES)
  if type(counted) == 'table' then
    redis.call('DEL', SIZE)
  end
  note_change(digits, m.key)
  return digits
end
