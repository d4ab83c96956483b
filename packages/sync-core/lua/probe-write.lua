-- Tries whether a slot would take a write, by what a write does, and changes nothing that anyone reads.
-- KEYS: 1 the slot's probe (its own key: a hash, gone after a minute), 2 the slot's clock, 3 the slot's journal
-- ARGV: 1 the journal's bound
-- Reply: 'OK', 'JOURNAL_FULL' where there is no room; else the error that a write would meet
if journal_is_full(KEYS[3], ARGV[1]) then
  return 'JOURNAL_FULL'
end
redis.call('GET', KEYS[2])
-- No stream takes this id, so nothing is appended; whatever else would keep it from being appended comes first.
local appended = redis.pcall('XADD', KEYS[3], '0-0', 'op', 'probe')
if not string.find(appended.err or '', 'must be greater than 0-0', 1, true) then
  return appended
end
redis.call('SET', KEYS[1], '')
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'value', '')
redis.call('PEXPIRE', KEYS[1], 60000)
return 'OK'
