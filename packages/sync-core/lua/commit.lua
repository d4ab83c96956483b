-- Applies mutations of one slot in one atomic step, in their order: what is refused, or fails, does so alone. An error
-- before anything was written, though, is about Redis (out of memory, a replica, a right that is missing): it ends the
-- script, and is told to all.
-- KEYS: as slot.lua says, 5 the slot's scratch (string), then the pair, or the pairs, of each mutation
-- ARGV: 1 to 4 as kinds.lua says; then for each mutation: op (a function of APPLY), key, value, time to live in seconds,
--   when it expires in ms since 1970 where that does not say it, sessionId, interactionId, the condition; '' for absent;
--   options, as the function has them, in JSON; '' for none
-- Reply: for each mutation {version, …} as its function says, or the error it met. When nothing changed: {} for a full
--   journal, {the version there is, '' for none} for a condition that does not hold, {'unwatched'} for one that one
--   can't tell of, {'unchanged', …} or {why} as the function says
local NO_OPTIONS = {}
local reply = {}
local pair_at = 6
for i = 1, (#ARGV - 4) / 9 do
  local at = 4 + 9 * (i - 1)
  local options = ARGV[at + 9]
  local m = {
    op = ARGV[at + 1],
    key = ARGV[at + 2],
    value = ARGV[at + 3],
    ttlSec = ARGV[at + 4],
    expireAt = ARGV[at + 5],
    sessionId = ARGV[at + 6],
    interactionId = ARGV[at + 7],
    condition = ARGV[at + 8],
    options = options == '' and NO_OPTIONS or cjson.decode(options),
  }
  local done, outcome = pcall(APPLY[m.op], KEYS[pair_at], m, pair_at)
  pair_at = pair_at + (m.options.pairs and #m.options.pairs or 1)
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
