-- Put before every script that looks at pairs.

-- Versions are whole numbers of at most this size; what is larger was not given by us.
local HIGHEST_VERSION = 9000000000000000

-- A version as a number, or nil for text that is none.
local function version_in(text)
  if type(text) ~= 'string' or #text > 16 or not string.find(text, '^%d+$') then
    return nil
  end
  local version = tonumber(text)
  return version <= HIGHEST_VERSION and version or nil
end

-- The last id that a slot's journal took, as a version; 0 for none.
local function last_journaled(journal)
  local info = redis.pcall('XINFO', 'STREAM', journal)
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then
      return version_in(string.match(info[at + 1], '^%d+')) or 0
    end
  end
  return 0
end

-- The last version given in a slot. Where the clock is lost, or is no number, the journal may still tell.
local function last_version(clock, journal)
  return version_in(redis.pcall('GET', clock)) or last_journaled(journal)
end

-- The version of a pair, as digits, or nil for no pair. What is no hash, or lacks a value or a version, is no pair.
local function version_of(pair)
  local version = redis.pcall('HGET', pair, 'version')
  if version_in(version) and redis.call('HEXISTS', pair, 'value') == 1 then
    return version
  end
  return nil
end

-- A pair's value and version, or nil for no pair.
local function held_by(pair)
  local held = redis.pcall('HMGET', pair, 'value', 'version')
  if held[1] and version_in(held[2]) then
    return held[1], held[2]
  end
  return nil
end
