-- Tries whether a slot would take a write, by what a write does, and changes nothing that anyone reads.
-- KEYS: as slot.lua says, with the slot's probe (its own key: a hash, gone after a minute) in place of pairs
-- ARGV: 1 the journal's bound in entries, 2 in bytes
-- Reply: 'OK', 'JOURNAL_FULL' where there is no room; else the error that a write would meet
local PROBE = KEYS[5]
open_slot(1)
if journal_is_full(tonumber(ARGV[1]), tonumber(ARGV[2]), 0) then
  keep_slot()
  return 'JOURNAL_FULL'
end
next_version('')
-- No stream takes this id, so nothing is appended; whatever else would keep it from being appended comes first.
local added = redis.pcall('XADD', JOURNAL, '0-0', 'op', 'probe')
if not string.find(added.err or '', 'must be greater than 0-0', 1, true) then
  return added
end
redis.call('SET', PROBE, '')
redis.call('DEL', PROBE)
redis.call('HSET', PROBE, 'value', '')
redis.call('PEXPIRE', PROBE, 60000)
return 'OK'
