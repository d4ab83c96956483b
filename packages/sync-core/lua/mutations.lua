-- Put before every script that mutates pairs, behind version.lua: what each mutation does.
-- pair: the pair's name; floor: of the version; m: the mutation, as each of them says, with
--   key, sessionId, interactionId, and its condition, as refusal() takes it; an empty string stands for absent
-- Each returns, when nothing changed: {} for a full journal, {the version there is, '' for none} for a condition that
-- does not hold, {'unwatched'} for one that one can't tell of.

-- Sets a pair: its version, the pair with its expiry, and the journal entry. Whatever else lies under the pair's name
-- is replaced.
-- m: also value, ttlSec, expireAt in ms since 1970, where ttlSec does not say it
-- Returns: {version, expireAt, '' for never}
local function set(pair, m, floor, most_entries, most_bytes)
  local full, measured = journal_is_full(most_entries, most_bytes, #m.value)
  if full then
    return {}
  end
  local present = refusal(pair, m.key, m.condition)
  if present then
    return { present }
  end
  local version, micros = next_version(floor)
  if m.ttlSec ~= '' then
    m.expireAt = string.format('%.0f', math.floor(micros / 1000) + tonumber(m.ttlSec) * 1000)
  end
  m.op = 'set'
  local given = record(version, micros, m, measured)
  redis.call('DEL', pair) -- an earlier expiry goes with it
  redis.call('HSET', pair, 'value', m.value, 'version', given)
  if m.expireAt ~= '' then
    redis.call('PEXPIREAT', pair, m.expireAt)
  end
  return { given, m.expireAt }
end

-- Deletes a pair. A key that is not there is a mutation all the same: its shadow may still hold an older value. It is
-- taken beyond the bytes of a journal, since it makes room.
-- Returns: {version, how many pairs were deleted: '0' or '1'}
local function delete(pair, m, floor, most_entries)
  if redis.call('XLEN', JOURNAL) >= tonumber(most_entries) then
    return {}
  end
  local present = refusal(pair, m.key, m.condition)
  if present then
    return { present }
  end
  local existed = version_of(pair) and '1' or '0'
  local version, micros = next_version(floor)
  m.op = 'del'
  local given = record(version, micros, m)
  redis.call('DEL', pair)
  return { given, existed }
end

-- Makes a new mutation of the pair that the cache holds of a key now: the same value and expiry under a new version.
-- Where there is no pair nothing changes: it may have been lost, and its shadow be the last copy.
-- Returns: {version, value, expireAt in ms since 1970, '' for never}, or {''} for no pair
local function resync(pair, m, floor, most_entries, most_bytes)
  local value = held_by(pair)
  local full, measured = journal_is_full(most_entries, most_bytes, #(value or ''))
  if full then
    return {}
  end
  local present = unmet(pair, m.condition)
  if present then
    return { present }
  end
  if not value then
    return { '' }
  end
  local version, micros = next_version(floor)
  local expire_ms = redis.call('PEXPIRETIME', pair)
  m.op, m.value, m.expireAt = 'set', value, expire_ms > 0 and string.format('%.0f', expire_ms) or ''
  local given = record(version, micros, m, measured)
  redis.call('HSET', pair, 'version', given)
  return { given, value, m.expireAt }
end
