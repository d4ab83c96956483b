-- Tries whether a slot would take a write, by what a write does, and changes nothing that anyone reads.
-- KEYS: as version.lua says, with the slot's probe (its own key: a hash, gone after a minute) in place of a pair
-- ARGV: 1 the journal's bound in entries, 2 in bytes
-- Reply: 'OK', 'JOURNAL_FULL' where there is no room; else the error that a write would meet
if journal_is_full(ARGV[1], ARGV[2], 0) then
  return 'JOURNAL_FULL'
end
next_version('')
-- No stream takes this id, so nothing is appended; whatever else would keep it from being appended comes first.
local appended = redis.pcall('XADD', JOURNAL, '0-0', 'op', 'probe')
if not string.find(appended.err or '', 'must be greater than 0-0', 1, true) then
  return appended
end
redis.call('SET', KEYS[5], '')
redis.call('DEL', KEYS[5])
redis.call('HSET', KEYS[5], 'value', '')
redis.call('PEXPIRE', KEYS[5], 60000)
return 'OK'
