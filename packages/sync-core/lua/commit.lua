-- Applies mutations of one slot or several in one atomic step, those of a slot in their order: what is refused, or fails,
-- does so alone. An error before anything was written of a slot is told to all of the slot and, where it is about Redis (out
-- of memory, a replica, a right that is missing) and nothing was written at all, ends the script.
-- KEYS: for each slot as slot.lua says, 5 the slot's scratch (string), then the pair, or the pairs, of each mutation
-- ARGV: 1 to 3 as kinds.lua says; then for each slot: the floor of its versions, the number of its mutations, and for each
--   mutation: op (a function of APPLY), key, value, time to live in seconds, when it expires in ms since 1970 where that
--   does not say it, sessionId, interactionId, the condition; '' for absent; options, as the function has them, in JSON; ''
--   for none
-- Reply: for each mutation {version, …} as its function says, or the error it met. When nothing changed: {} for a full
--   journal, {the version there is, '' for none} for a condition that does not hold, {'unwatched'} for one that one
--   can't tell of, {'unchanged', …} or {why} as the function says
local NO_OPTIONS = {}
local reply = {}
local key_at, at = 1, 4
local anything_given = false

local function error_of(why)
  return { err = type(why) == 'table' and why.err or why }
end

-- Whether an error is about what lies at a slot's keys, or the mutation itself.
local function is_of_slot(why)
  return string.find(why.err, 'WRONGTYPE', 1, true) or string.find(why.err, 'attempt to', 1, true)
end

while at <= #ARGV do
  local opened, why = pcall(open_slot, key_at)
  local fails = not opened and error_of(why) or nil
  FLOOR, SCRATCH = ARGV[at], KEYS[key_at + 4]
  local first, count = #reply + 1, tonumber(ARGV[at + 1])
  key_at, at = key_at + 5, at + 2
  for i = first, first + count - 1 do
    local options = ARGV[at + 8]
    local m = {
      op = ARGV[at],
      key = ARGV[at + 1],
      value = ARGV[at + 2],
      ttlSec = ARGV[at + 3],
      expireAt = ARGV[at + 4],
      sessionId = ARGV[at + 5],
      interactionId = ARGV[at + 6],
      condition = ARGV[at + 7],
      options = options == '' and NO_OPTIONS or cjson.decode(options),
    }
    if not fails then
      local done, outcome = pcall(APPLY[m.op], KEYS[key_at], m, key_at)
      if not done then
        outcome = error_of(outcome)
        fails = not given and outcome or nil
      end
      reply[i] = outcome
    end
    key_at, at = key_at + (m.options.pairs and #m.options.pairs or 1), at + 9
  end
  if fails and not anything_given and not is_of_slot(fails) then
    return fails
  end
  if not fails then
    anything_given = anything_given or given ~= nil
    local kept, kept_not = pcall(keep_slot)
    fails = not kept and error_of(kept_not) or nil
  end
  for i = first, fails and first + count - 1 or 0 do
    reply[i] = fails
  end
end
return reply
