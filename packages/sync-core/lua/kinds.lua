-- Put before commit.lua: the kinds of mutation that set what they are given, or what is there.
-- Each takes the pair, a mutation m, as commit.lua reads it, and the pair's place in KEYS; it returns the mutation's reply. What is decided by the
-- pair that is there is decided before anything changes; a kind that then changes nothing needs no room in the journal.
-- ARGV: the journal's bound: 1 in entries, 2 in entries where the mutation makes room, 3 in bytes
local MOST_ENTRIES, MOST_WITH_ROOM_MADE, MOST_BYTES = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
-- Of the slot at hand: the floor of its versions, and a string that is there within a script only.
local FLOOR, SCRATCH

local APPLY = {}

-- When a mutation's pair is to expire, in ms since 1970, '' for never.
local function expiry_asked(m)
  if m.ttlSec == '' then
    return m.expireAt
  end
  return string.format('%.0f', math.floor(MICROS / 1000) + math.floor(tonumber(m.ttlSec) * 1000 + 0.5))
end

-- When the pair that is there expires, in the same form.
local function expiry_held(pair)
  local expire_ms = redis.call('PEXPIRETIME', pair)
  return expire_ms > 0 and string.format('%.0f', expire_ms) or ''
end

-- The reply of a mutation that may not be made: there is no room for so many bytes, or its condition does not hold.
local function not_taken(pair, m, bytes)
  if journal_is_full(MOST_ENTRIES, MOST_BYTES, bytes) then
    return {}
  end
  local present = refusal(pair, m.key, m.condition)
  return present and { present }
end

-- Makes a pair of m: its journal entry, its version, its expiry. Whatever else lies under the pair's name is replaced.
-- Below its version are those of the older sets that it stands for, which are told them, too.
-- Returns: the version
local function set_pair(pair, m)
  local version = record(next_version(FLOOR) + (m.options.older or 0), m)
  redis.call('DEL', pair) -- an earlier expiry goes with it
  redis.call('HSET', pair, 'value', m.value, 'version', version)
  if m.expireAt ~= '' then
    redis.call('PEXPIREAT', pair, m.expireAt)
  end
  return version
end

-- Sets a pair.
-- options: onlyIf 'absent' or 'present', keepExpiry, old: whether the value that was there is told; or older: for how many
--   sets before it, of the same pair, it stands
-- Returns: {version, when it expires, '' for never}, and, if it is asked for, the value that was there, false for none;
--   for older ones behind these the moment, in ms; {'unchanged', the same or false} where onlyIf does not hold
function APPLY.set(pair, m)
  local options = m.options
  local held = (options.onlyIf or options.keepExpiry or options.old) and held_by(pair) or nil
  if options.onlyIf and (options.onlyIf == 'present') ~= (held ~= nil) then
    return { 'unchanged', options.old and held or false }
  end
  local refused = not_taken(pair, m, #m.value)
  if refused then
    return refused
  end
  if options.keepExpiry then
    m.expireAt = held and expiry_held(pair) or ''
  else
    m.expireAt = expiry_asked(m)
  end
  local reply = { set_pair(pair, m), m.expireAt }
  if options.old then
    reply[3] = held or false
  elseif options.older then
    reply[3], reply[4] = false, string.format('%.0f', math.floor(MICROS / 1000))
  end
  return reply
end

-- Sets several pairs, all of them or, where one of them is there, none. They follow each other in KEYS, from `at` on.
-- options: pairs: a list of {key, value}
-- Returns: {the last version, all versions, as ',1,2'}, or {'unchanged', false}
function APPLY.setAll(_, m, at)
  local bytes = 0
  for i, asked in ipairs(m.options.pairs) do
    if version_of(KEYS[at + i - 1]) then
      return { 'unchanged', false }
    end
    bytes = bytes + #asked[2]
  end
  if journal_is_full(MOST_ENTRIES - #m.options.pairs + 1, MOST_BYTES, bytes) then
    return {}
  end
  local version, versions = '', ''
  m.op = 'set'
  for i, asked in ipairs(m.options.pairs) do
    m.key, m.value = asked[1], asked[2]
    version = set_pair(KEYS[at + i - 1], m)
    versions = versions .. ',' .. version
  end
  return { version, versions }
end

-- Deletes a pair. A key that is not there is a mutation all the same: its shadow may still hold an older value. It is
-- taken beyond the bytes of a journal, since it makes room.
-- Returns: {version, how many pairs were deleted: '0' or '1'}
function APPLY.del(pair, m)
  if entries >= MOST_WITH_ROOM_MADE then
    return {}
  end
  local present = refusal(pair, m.key, m.condition)
  if present then
    return { present }
  end
  local existed = version_of(pair) and '1' or '0'
  local version = record(next_version(FLOOR), m)
  redis.call('DEL', pair)
  return { version, existed }
end

-- Deletes a pair, and tells its value; without one nothing changes.
-- Returns: {version, the value}, or {'unchanged', false}
function APPLY.take(pair, m)
  local held = held_by(pair)
  if not held then
    return { 'unchanged', false }
  end
  m.op = 'del'
  local reply = APPLY.del(pair, m)
  if #reply > 1 then
    reply[2] = held
  end
  return reply
end

-- Makes a new mutation of the pair that the cache holds of a key now: the same value under a new version, with this expiry
-- or, for nil, the one that it has. Where there is no pair nothing changes: it may have been lost, and its shadow be the
-- last copy.
-- Returns: {version, when it expires, '' for never, value}, or {''} for no pair
local function set_again(pair, m, expire_at)
  local value = held_by(pair)
  local refused = not_taken(pair, m, #(value or ''))
  if refused or not value then
    return refused or { '' }
  end
  m.op, m.value, m.expireAt = 'set', value, expire_at or expiry_held(pair)
  local version = record(next_version(FLOOR), m)
  redis.call('HSET', pair, 'version', version)
  return { version, m.expireAt, value }
end

-- The pair keeps its expiry.
function APPLY.resync(pair, m)
  return set_again(pair, m)
end

-- Whether one of these asks of the expiry that is there keeps it: 'none', 'some', 'later' or 'earlier' than that. No expiry
-- is later than any.
local function keeps_expiry(asks, held, asked)
  local held_ms, asked_ms = tonumber(held) or math.huge, tonumber(asked) or math.huge
  local holds = {
    none = held == '',
    some = held ~= '',
    later = asked_ms > held_ms,
    earlier = asked_ms < held_ms,
  }
  for _, ask in ipairs(asks) do
    if not holds[ask] then
      return true
    end
  end
  return false
end

-- Gives a pair another expiry, or none; a time that has come deletes it.
-- options: onlyIf: a list, as keeps_expiry() takes it
-- Returns: {version, when it expires, '' for never, 'del' for deleted, value}, {''} for no pair, or {'unchanged', value}
--   where onlyIf does not hold
function APPLY.expire(pair, m)
  local value = held_by(pair)
  local expire_at = expiry_asked(m)
  if value and m.options.onlyIf and keeps_expiry(m.options.onlyIf, expiry_held(pair), expire_at) then
    return { 'unchanged', value }
  end
  if value and expire_at ~= '' and tonumber(expire_at) * 1000 <= MICROS then
    m.ttlSec, m.expireAt = '', ''
    local reply = APPLY.take(pair, m)
    return #reply > 1 and { reply[1], 'del', value } or reply
  end
  local reply = set_again(pair, m, expire_at)
  if #reply > 1 then
    if expire_at == '' then
      redis.call('PERSIST', pair)
    else
      redis.call('PEXPIREAT', pair, expire_at)
    end
  end
  return reply
end
