-- Put before every script that acts on what a watch (see watch.lua) tells.

-- Whether a slot was watched all the time since a moment, and that was not too long ago: notes are forgotten in time.
-- A moment that is still to come was before Redis' clock went back: how long ago, no one knows.
-- changed: the slot's changed keys; now, moment: on Redis' clock, within: all in microseconds
local function is_watched_since(changed, now, moment, within)
  local since = tonumber(redis.pcall('ZSCORE', changed, '')) -- nil for no watch, and for what is no sorted set
  return since and since <= moment and moment <= now and now - moment <= within
end
