-- Changes what is set at run time, whole or not at all, keeps what was changed, and tells every process that listens.
-- KEYS: 1 settings (hash), 2 their history (stream)
-- ARGV: 1 the revision that the change is for, '' for whichever it is; 2 changes that the history keeps, 3 channel,
--       4 who, 5 why, 6 '1' to forget all that is set, else '0';
--       then, unless all is forgotten, pairs: name of a setting, value as JSON or '' to forget it
-- Reply: {1, new revision}, or {0, present revision} where ARGV 1 is another one: then nothing was changed
local fields = redis.call('HGETALL', KEYS[1])
local stored = {}
for i = 1, #fields, 2 do
  stored[fields[i]] = fields[i + 1]
end
-- Anyone may have written to Redis: what is no revision is none.
local present = tonumber(stored.revision or '0') or 0
if ARGV[1] ~= '' and tonumber(ARGV[1]) ~= present then
  return {0, present}
end

local names, after = {}, {}
local function put(name, value)
  names[#names + 1] = name
  after[name] = value
end
if ARGV[6] == '1' then
  for i = 1, #fields, 2 do
    local name = string.match(fields[i], '^value:(.*)$')
    if name then
      put(name, '')
    end
  end
end
for i = 7, #ARGV, 2 do
  put(ARGV[i], ARGV[i + 1])
end

local revision = present + 1
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
local entry = {'revision', revision, 'at', at, 'by', ARGV[4], 'reason', ARGV[5]}
for _, name in ipairs(names) do
  for _, part in ipairs({'before:' .. name, stored['value:' .. name] or '', 'after:' .. name, after[name]}) do
    entry[#entry + 1] = part
  end
end
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[2], '*', unpack(entry))
for _, name in ipairs(names) do
  if after[name] == '' then
    redis.call('HDEL', KEYS[1], 'value:' .. name, 'set:' .. name)
  elseif stored['value:' .. name] ~= after[name] then
    -- What is set already has been so since it was.
    redis.call('HSET', KEYS[1], 'value:' .. name, after[name], 'set:' .. name, revision .. ' ' .. at .. ' ' .. ARGV[4])
  end
end
redis.call('HSET', KEYS[1], 'revision', revision, 'by', ARGV[4])
redis.call('PUBLISH', ARGV[3], revision)
return {1, revision}
