-- Traces: the courses of calls, for explaining them ------------------------------------------------------------------------------
-- In the slot of the stream itself.
--   {records}:trace:CALL   text          the trace, as lib/trace/kept-trace.ts says; leaves by itself
--   {records}:traces       sorted set    the calls that have one, by when it leaves

local TRACES = 'trace_add 1 records SECONDS MOST CALL TRACE …'
-- So many go at once, so that Redis is not held up where `most` was made small.
local LEFT_AT_ONCE = 1000

local function trace_key(key, id)
  return '{' .. key .. '}:trace:' .. id
end

local function traces_key(key)
  return '{' .. key .. '}:traces'
end

-- trace_add: keeps traces for a while. Beyond `most` the oldest go.
-- KEYS[1] records
-- ARGV    seconds, most, then call and trace of each
-- Returns how many there are now.
local function trace_add(keys, args)
  local key, seconds, most = keys[1], tonumber(args[1]), tonumber(args[2])
  if not key or not seconds or seconds < 1 or not most or most < 1 or #args % 2 ~= 0 then
    refuse('ARGUMENTS', 'say: FCALL ' .. TRACES)
  end
  local set, now = traces_key(key), redis_time()
  redis.call('ZREMRANGEBYSCORE', set, '-inf', now)
  for i = 3, #args, 2 do
    redis.call('SET', trace_key(key, args[i]), args[i + 1], 'EX', math.floor(seconds))
    redis.call('ZADD', set, string.format('%.0f', now + seconds * 1000), args[i])
  end
  local many = redis.call('ZCARD', set) - math.floor(most)
  if many > 0 then
    local oldest = redis.call('ZPOPMIN', set, math.min(many, LEFT_AT_ONCE))
    for i = 1, #oldest, 2 do redis.call('DEL', trace_key(key, oldest[i])) end
  end
  return redis.call('ZCARD', set)
end

register('trace_add', trace_add)
