-- Put before every script that mutates: a slot, as it is while the script runs. Nothing else comes between, so what it
-- holds is read once, by open_slot(), and what is known of it is kept once, by keep_slot(), behind its last mutation.
-- KEYS, alike in all of these scripts, for each slot, all of one hash tag:
-- 1 the slot's clock, 2 the slot's journal, 3 the slot's changed keys, 4 what the journal's size is thought to be (hash:
-- bytes, and the number of entries when it was measured last), then what is written: the pair of each mutation (hash)
local CLOCK, JOURNAL, CHANGED, SIZE

-- What an entry takes beside its key and value, about, in bytes.
local ENTRY_BYTES = 150
-- A version that is further ahead of Redis' clock, in microseconds, does not tell when it was given.
local LEAD = 1000000
-- A watch stands for so long at most, in ms, as cache-restorer.ts asks for it.
local WATCH_MS = 120000

-- Redis' clock in microseconds. Whole numbers up to 2^53 are exact in Lua.
local MICROS = (function(time) return time[1] * 1000000 + time[2] end)(redis.call('TIME'))

-- Entries of the journal.
local entries
-- The last version given here, as a number; nil before the first.
local given
-- The bytes that the journal is thought to hold, nil before that was asked for, and what was appended here of them.
local held, appended
-- How many entries there were when its bytes were measured last.
local measured_at
-- Whether what is thought of the size takes the place of what was thought before.
local size_is_new
-- What is at the name of the changed keys, as TYPE tells it.
local changed_is

-- Turns to the slot whose keys begin at this place of KEYS.
local function open_slot(at)
  CLOCK, JOURNAL, CHANGED, SIZE = unpack(KEYS, at, at + 3)
  given, held, appended, measured_at, size_is_new = nil, nil, 0, nil, false
  entries = redis.call('XLEN', JOURNAL)
  changed_is = redis.call('TYPE', CHANGED).ok
end

-- The next version of the slot: above the last one given, above Redis' clock, so that versions go on rising after Redis
-- lost data, and above the floor, the highest version that the caller knows to have been given, so that they rise also
-- when Redis lost data and its clock is behind.
local function next_version(floor)
  return given and given + 1 or math.max(last_version(CLOCK, JOURNAL) + 1, (version_in(floor) or 0) + 1, MICROS)
end

-- Whether the slot's journal has no room for a value of so many bytes. An empty journal has room for any.
-- The bytes of entries that are removed are not counted off: it is measured anew, where entries came or went since,
-- when it seems to be full. Nothing is written here: Redis refuses a script for want of memory only until its first
-- write.
local function journal_is_full(most_entries, most_bytes, bytes)
  if entries == 0 then
    held, size_is_new = 0, true
    return false
  end
  if entries >= most_entries then
    return true
  end
  if not held then
    local size = redis.pcall('HMGET', SIZE, 'bytes', 'entries')
    held, measured_at = (tonumber(size[1] or 0) or 0) + appended, tonumber(size[2] or '')
  end
  if held + bytes > most_bytes and measured_at ~= entries then
    local usage = redis.pcall('MEMORY', 'USAGE', JOURNAL, 'SAMPLES', '0')
    held, measured_at, size_is_new = type(usage) == 'number' and usage or 0, entries, true
  end
  return held + bytes > most_bytes
end

-- While the slot is watched (see watch.lua), notes that a key changed. What is no sorted set is no watch, and neither is
-- one that would stand for longer than any does, since Redis' clock went back: it goes, and whoever watched is told so.
local function note_change(version, key)
  if changed_is == 'zset' and redis.call('PTTL', CHANGED) <= WATCH_MS then
    redis.call('ZADD', CHANGED, version, key)
  elseif changed_is ~= 'none' then
    redis.call('DEL', CHANGED)
    changed_is = 'none'
  end
end

-- Appends a mutation to the journal, and notes that the key changed. The journal comes first: if Redis refuses it (out of
-- memory, say), the mutation ends there with nothing changed. Where the journal's last id is above the version, since the
-- slot's clock was set back, the version is raised above it, by as many as it stands for (see set_pair).
-- m: op, key, value, expireAt, ttlSec, sessionId, interactionId; an empty string stands for absent, and what is absent
-- takes no room in the entry. `at`, Redis' clock in ms, is noted where the version does not tell it.
-- Returns: the mutation's version, as digits.
local function record(version, m)
  local entry = { 'op', m.op, 'key', m.key }
  for _, field in ipairs({ 'value', 'expireAt', 'ttlSec', 'sessionId', 'interactionId' }) do
    if m[field] and m[field] ~= '' then
      entry[#entry + 1] = field
      entry[#entry + 1] = m[field]
    end
  end
  if version - MICROS > LEAD then
    entry[#entry + 1] = 'at'
    entry[#entry + 1] = string.format('%.0f', math.floor(MICROS / 1000))
  end
  local digits = string.format('%.0f', version)
  local added = redis.pcall('XADD', JOURNAL, digits .. '-0', unpack(entry))
  if type(added) == 'table' and added.err then
    if string.find(added.err, 'equal or smaller', 1, true) then
      version = math.max(version, last_journaled(JOURNAL) + 1 + (m.options and m.options.older or 0))
      digits = string.format('%.0f', version)
    end
    redis.call('XADD', JOURNAL, digits .. '-0', unpack(entry))
  end
  given = version
  local bytes = #m.key + #(m.value or '') + ENTRY_BYTES
  entries, appended, held = entries + 1, appended + bytes, held and held + bytes
  note_change(digits, m.key)
  return digits
end

-- Moves the slot's clock to the last version given, and keeps what is thought of the journal's size.
local function keep_slot()
  if given then
    redis.call('SET', CLOCK, string.format('%.0f', given))
  end
  if size_is_new and entries > 0 then
    redis.call('DEL', SIZE)
    redis.call('HSET', SIZE, 'bytes', held)
    if measured_at == entries then
      redis.call('HSET', SIZE, 'entries', entries)
    end
  elseif given and type(redis.pcall('HINCRBY', SIZE, 'bytes', appended)) == 'table' then
    redis.call('DEL', SIZE)
  end
end
