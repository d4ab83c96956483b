-- Applies mutations of one slot in one atomic step, in their order: what is refused, or fails, does so alone. An error
-- before anything was written, though, is about Redis (out of memory, a replica, a right that is missing): it ends the
-- script, and is told to all.
-- KEYS: as slot.lua says, with the pair of each mutation
-- ARGV: 1 the floor of the versions, the journal's bound: 2 in entries, 3 in entries where the mutation makes room, 4 in
--   bytes; then for each mutation: op (a function of APPLY), key, value, time to live in seconds, when it expires in
--   ms since 1970 where that does not say it, sessionId, interactionId, the condition; '' for absent
-- Reply: for each mutation {version, …} as its function says, or the error it met. When nothing changed: {} for a full
--   journal, {the version there is, '' for none} for a condition that does not hold, {'unwatched'} for one that one
--   can't tell of, {'no integer'} or {'beyond'} for a number that can't be added to
local FLOOR = ARGV[1]
local MOST_ENTRIES, MOST_WITH_ROOM_MADE, MOST_BYTES = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local APPLY = {}
-- Whole numbers up to this one are exact in Lua, and in JSON.
local HIGHEST_INTEGER = 9007199254740991

-- When a mutation's pair expires, in ms since 1970, '' for never.
local function expiry_asked(m)
  if m.ttlSec == '' then
    return m.expireAt
  end
  return string.format('%.0f', math.floor(MICROS / 1000) + tonumber(m.ttlSec) * 1000)
end

-- When the pair that is there expires, in the same form.
local function expiry_held(pair)
  local expire_ms = redis.call('PEXPIRETIME', pair)
  return expire_ms > 0 and string.format('%.0f', expire_ms) or ''
end

-- Sets a pair: its version, the pair with its expiry, and the journal entry. Whatever else lies under the pair's name is
-- replaced.
-- Returns: {version, when it expires, '' for never}
function APPLY.set(pair, m)
  if journal_is_full(MOST_ENTRIES, MOST_BYTES, #m.value) then
    return {}
  end
  local present = refusal(pair, m.key, m.condition)
  if present then
    return { present }
  end
  m.expireAt = expiry_asked(m)
  local version = record(next_version(FLOOR), m)
  redis.call('DEL', pair) -- an earlier expiry goes with it
  redis.call('HSET', pair, 'value', m.value, 'version', version)
  if m.expireAt ~= '' then
    redis.call('PEXPIREAT', pair, m.expireAt)
  end
  return { version, m.expireAt }
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

-- Makes a new mutation of the pair that the cache holds of a key now: the same value under a new version, with what
-- `expiry` gives. Where there is no pair nothing changes: it may have been lost, and its shadow be the last copy.
-- Returns: {version, when it expires, '' for never, value}, or {''} for no pair
local function set_again(pair, m, expiry)
  local value = held_by(pair)
  if journal_is_full(MOST_ENTRIES, MOST_BYTES, #(value or '')) then
    return {}
  end
  local present = unmet(pair, m.condition)
  if present then
    return { present }
  end
  if not value then
    return { '' }
  end
  m.op, m.value, m.expireAt = 'set', value, expiry(m, pair)
  local version = record(next_version(FLOOR), m)
  redis.call('HSET', pair, 'version', version)
  return { version, m.expireAt, value }
end

-- The pair keeps its expiry.
function APPLY.resync(pair, m)
  return set_again(pair, m, function()
    return expiry_held(pair)
  end)
end

-- The pair has another expiry from now on, or none.
function APPLY.expire(pair, m)
  local reply = set_again(pair, m, expiry_asked)
  if #reply > 1 then
    if m.expireAt == '' then
      redis.call('PERSIST', pair)
    else
      redis.call('PEXPIREAT', pair, m.expireAt)
    end
  end
  return reply
end

-- Adds to the number that a pair's value is, 0 for no pair, which keeps its expiry. What is added is m.value, digits.
-- Returns: {version, when it expires, '' for never, the sum}
function APPLY.increment(pair, m)
  local held = held_by(pair)
  local number = tonumber(held or '0')
  local exact = number and held ~= '-0' and string.format('%.0f', number) == (held or '0') and math.abs(number) <= HIGHEST_INTEGER
  if journal_is_full(MOST_ENTRIES, MOST_BYTES, 17) then
    return {}
  end
  local present = refusal(pair, m.key, m.condition)
  if present then
    return { present }
  end
  if not exact then
    return { 'no integer' }
  end
  local sum = number + tonumber(m.value)
  if math.abs(sum) > HIGHEST_INTEGER then
    return { 'beyond' }
  end
  m.op, m.value, m.expireAt = 'set', string.format('%.0f', sum), held and expiry_held(pair) or ''
  local version = record(next_version(FLOOR), m)
  if not held then
    redis.call('DEL', pair)
  end
  redis.call('HSET', pair, 'value', m.value, 'version', version)
  return { version, m.expireAt, m.value }
end

local reply = {}
for i = 1, #KEYS - 4 do
  local at = 4 + 8 * (i - 1)
  local m = {
    op = ARGV[at + 1],
    key = ARGV[at + 2],
    value = ARGV[at + 3],
    ttlSec = ARGV[at + 4],
    expireAt = ARGV[at + 5],
    sessionId = ARGV[at + 6],
    interactionId = ARGV[at + 7],
    condition = ARGV[at + 8],
  }
  local done, outcome = pcall(APPLY[m.op], KEYS[4 + i], m)
  if not done then
    outcome = { err = type(outcome) == 'table' and outcome.err or outcome }
    if not given then
      return outcome
    end
  end
  reply[i] = outcome
end
keep_slot()
return reply
