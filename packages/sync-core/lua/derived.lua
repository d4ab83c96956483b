-- Put before commit.lua, behind kinds.lua: the kinds of mutation whose value comes of the one that is there, that of no pair
-- being empty, or 0. The pair keeps its expiry, and a value its type.
-- Each returns {version, when it expires, '' for never, the value that is kept, …}

-- Whole numbers up to this one are exact in Lua, and in JSON.
local HIGHEST_INTEGER = 9007199254740991

-- Makes `value` that of the pair; `held`: the one that is there, nil for no pair.
local function set_derived(pair, m, held, value)
  local refused = not_taken(pair, m, #value)
  if refused then
    return refused
  end
  m.op, m.value, m.expireAt = 'set', value, held and expiry_held(pair) or ''
  local version = record(next_version(FLOOR), m)
  if not held then
    redis.call('DEL', pair)
  end
  redis.call('HSET', pair, 'value', value, 'version', version)
  return { version, m.expireAt, value }
end

-- Appends m.value, which are bytes.
-- options: text: whether they are UTF-8; mostBytes: what may be kept
-- Returns, where more would have to be kept: {'too long'}; where it takes long to encode: {'slow'}
function APPLY.append(pair, m)
  local held = held_by(pair)
  local value = with_more(held or '', m.value, m.options.text)
  if not value then
    return { 'slow' }
  end
  if #value > m.options.mostBytes then
    return { 'too long' }
  end
  return set_derived(pair, m, held, value)
end

-- Adds m.value to a number as Redis' command of that name does: INCRBY, INCRBYFLOAT.
-- Returns: the sum, or nil and why there is none: 'no number', 'beyond'
local function sum_of(command, number, m)
  redis.call('SET', SCRATCH, number)
  local done = redis.pcall(command, SCRATCH, m.value)
  local sum = redis.call('GET', SCRATCH)
  redis.call('DEL', SCRATCH)
  if type(done) ~= 'table' or not done.err then
    return sum
  end
  local beyond = string.find(done.err, 'overflow', 1, true) or string.find(done.err, 'Infinity', 1, true)
  return nil, beyond and 'beyond' or 'no number'
end

-- What both kinds of addition do. They return the sum as well, as digits; {'no number'} where the value, or what is added, is
-- none; {'beyond'} for a sum that is out of range. exact: whether all are to be exact in JSON
local function add(command, pair, m, exact)
  local present = refusal(pair, m.key, m.condition)
  if present then
    return { present }
  end
  local held = held_by(pair)
  local head, number, base64 = parts_of(held or '0')
  if base64 or (exact and math.abs(tonumber(number) or 0) > HIGHEST_INTEGER) then
    return { 'no number' }
  end
  local sum, why = sum_of(command, number, m)
  if not sum or (exact and math.abs(tonumber(sum)) > HIGHEST_INTEGER) then
    return { why or 'beyond' }
  end
  local reply = set_derived(pair, m, held, head .. sum)
  if #reply > 1 then
    reply[4] = sum
  end
  return reply
end

-- options: exact: whether value and sum have to be safe integers in JSON; else they are of 64 bits
function APPLY.increment(pair, m)
  return add('INCRBY', pair, m, m.options.exact)
end

function APPLY.incrementFloat(pair, m)
  return add('INCRBYFLOAT', pair, m, false)
end
