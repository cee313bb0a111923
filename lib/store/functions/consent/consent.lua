-- The acts of the consent register, and what is kept beside them.

local ONCE_SECONDS = 86400
-- The record was composed by Redis's time a moment ago.
local OLDEST_MS, NEWEST_MS = 10000, 2000
local OUTBOX_KEPT = 250000
local ASKED_KEPT = 100
local DAY_MS = 86400000

local function whole(value)
  return string.format('%.0f', value)
end

-- consent_version: which version is loaded. Returns version and Redis's time in milliseconds.
local function consent_version()
  return { VERSION, whole(redis_time()) }
end

-- consent_read: a person's state, and whether a request was taken before. Read-only.
-- KEYS[1] consent:{sid}:state  KEYS[2] consent:{sid}:once:<request>, where there is a request
-- Returns Redis's time, the receipt of the request (empty: none), and the state as a flat list.
local function consent_read(keys)
  return { whole(redis_time()), keys[2] and redis.call('GET', keys[2]) or '', redis.call('HGETALL', keys[1]) }
end

-- consent_act: one act. It happens whole or not at all.
-- KEYS[1] consent:{sid}:log  [2] :state  [3] :once:<request>  [4] :words  [5] consent:outbox
--     [6] notice:<name> of the act, or the log again where it has none  [7…] meta:{sid}:<purpose> that go with it
-- ARGV  the record  its hash  its answer for :once  the customer's words (empty: none)  whether the words of before go (1, 0)
--       then of the state: `-` and field for what goes, `+`, field and value for what is set
-- Returns done, or moved where another act was faster, or repeated and the answer of before.
local function consent_act(keys, args)
  local text, head = args[1], args[2]
  local again = redis.call('GET', keys[3])
  if again then return { 'repeated', again } end
  local act = cjson.decode(text)
  local state = redis.call('HMGET', keys[2], '#seq', '#head', '#at', '#closed')
  local seq = tonumber(state[1] or '0')
  if state[4] or act.seq ~= seq + 1 or act.prev ~= (state[2] or string.rep('0', 64)) then return { 'moved' } end
  if redis.call('LLEN', keys[1]) ~= seq then refuse('CHAIN', 'the list and the state do not agree: nothing is appended') end
  local time, given = redis_time(), tonumber(args[6])
  if not given or given < time - OLDEST_MS or (given > time + NEWEST_MS and act.at ~= state[3]) then return { 'moved' } end
  if (act.act == 'grant' or act.act == 'served') and not (act.notice and redis.call('EXISTS', keys[6]) == 1) then
    refuse('NOTICE', 'there is no such notice')
  end
  redis.call('RPUSH', keys[1], text)
  local i = 7
  while i <= #args do
    if args[i] == '-' then
      redis.call('HDEL', keys[2], args[i + 1])
      i = i + 2
    else
      redis.call('HSET', keys[2], args[i + 1], args[i + 2])
      i = i + 3
    end
  end
  if args[5] == '1' then redis.call('DEL', keys[4]) end
  if args[4] ~= '' then redis.call('HSET', keys[4], whole(act.seq), args[4]) end
  for k = 7, #keys do redis.call('DEL', keys[k]) end
  redis.call('SET', keys[3], args[3], 'EX', ONCE_SECONDS)
  redis.call('XADD', keys[5], 'MAXLEN', '~', OUTBOX_KEPT, '*', 'sid', act.sid, 'seq', whole(act.seq), 'act', act.act,
    'pairs', table.concat(act.pairs, ','), 'at', act.at, 'head', head)
  return { 'done' }
end

-- consent_asked: leaves a trace that somebody asked, if nothing has changed since the answer was read.
-- KEYS[1] consent:{sid}:asked  [2] consent:{sid}:state
-- ARGV  #seq as it was read  the trace  for how many days it is kept
-- Returns 1, or 0 where the state has changed.
local function consent_asked(keys, args)
  if redis.call('HGET', keys[2], '#seq') ~= args[1] then return 0 end
  redis.call('LPUSH', keys[1], args[2])
  redis.call('LTRIM', keys[1], 0, ASKED_KEPT - 1)
  redis.call('EXPIRE', keys[1], args[3] * 86400)
  return 1
end

-- consent_keep: keeps metadata of a call for one purpose, if nothing has changed since it was found to be allowed.
-- KEYS[1] meta:{sid}:<purpose>  [2] consent:{sid}:state
-- ARGV  #seq as it was read  for how many days it is kept  until when it may be, in milliseconds (empty: no such end)  then field, value …
-- Returns 1, or 0 where the state has changed.
local function consent_keep(keys, args)
  if redis.call('HGET', keys[2], '#seq') ~= args[1] then return 0 end
  local time = redis_time()
  local oldest, till = time - args[2] * DAY_MS, time + args[2] * DAY_MS
  if args[3] ~= '' then till = math.min(till, tonumber(args[3])) end
  if till <= time then return 0 end
  redis.call('XADD', keys[1], 'MINID', whole(oldest), '*', unpack(args, 4))
  redis.call('PEXPIREAT', keys[1], whole(till))
  return 1
end

-- notice_keep: keeps a notice, once and for ever.
-- KEYS[1] notice:<id>@<version>:<language>
-- ARGV  its canonical text
-- Returns what is kept there: the same text, or that of before.
local function notice_keep(keys, args)
  redis.call('SETNX', keys[1], args[1])
  return redis.call('GET', keys[1])
end

-- consent_show: a person's state, for people: 'consent:{sid}:state'. `virkne consent show NUMBER` names the sid. Read-only.
local function consent_show(keys)
  return redis.call('HGETALL', keys[1])
end

-- consent_history: a person's acts, for people. KEYS[1] consent:{sid}:log  ARGV [from] [to], from 0. Read-only.
local function consent_history(keys, args)
  return redis.call('LRANGE', keys[1], tonumber(args[1] or '0') or 0, tonumber(args[2] or '-1') or -1)
end

register('consent_version', consent_version, READ_ONLY)
register('consent_read', consent_read, READ_ONLY)
register('consent_show', consent_show, READ_ONLY)
register('consent_history', consent_history, READ_ONLY)
register('consent_act', consent_act)
register('consent_asked', consent_asked)
register('consent_keep', consent_keep)
register('notice_keep', notice_keep)
