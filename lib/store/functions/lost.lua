-- Lost nodes: a call of a node that died has exactly one record, too --------------------------------------------------------------
-- Each process of the service says every few seconds that it lives. When one has been silent for its lease, another process, or the same
-- node started again, reckons its calls from what Redis knows: its live calls, and its turns that have no record. In the slot of the records.
--   {records}:nodes          sorted set  the processes of all nodes, by when they lapse (milliseconds)
--   {records}:taking:<node>  text        for a minute: which process reckons the calls of that one

local NODE_LEASE = 30000
local TAKING_SECONDS = 60
local MOST_TAKEN = 10
local ESTIMATED_SECONDS = 2592000

local function nodes_key(key)
  return '{' .. key .. '}:nodes'
end

-- node_alive: that the process lives; and which have lapsed, for this one to reckon their calls.
-- KEYS[1] records
-- ARGV    node
-- Returns for each of them: its name, and until when it was known to live (milliseconds).
local function node_alive(keys, args)
  local key, node = keys[1], args[1]
  if not node or node == '' then refuse('ARGUMENTS', 'say: FCALL node_alive 1 records NODE') end
  local now, lapsed = redis_time(), {}
  redis.call('ZADD', nodes_key(key), now + NODE_LEASE, node)
  local found = redis.call('ZRANGE', nodes_key(key), '-inf', string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, MOST_TAKEN, 'WITHSCORES')
  for i = 1, #found, 2 do
    if redis.call('SET', '{' .. key .. '}:taking:' .. found[i], node, 'NX', 'EX', TAKING_SECONDS) then
      put(lapsed, found[i], string.format('%.0f', tonumber(found[i + 1]) - NODE_LEASE))
    end
  end
  return lapsed
end

-- node_leave: the process ends as planned, or its calls have their records: there is nothing more to reckon.
-- KEYS[1] records
-- ARGV    node [lapsed: another one says so of it, which holds only if it has not said meanwhile that it lives]
local function node_leave(keys, args)
  local key, node = keys[1], args[1] or ''
  local till = args[2] == 'lapsed' and redis.call('ZSCORE', nodes_key(key), node)
  if till and tonumber(till) > redis_time() then return 0 end
  redis.call('DEL', '{' .. key .. '}:taking:' .. node, live_key(key, node))
  redis.call('ZREM', live_key(key), node)
  return redis.call('ZREM', nodes_key(key), node)
end

-- record_known: which of these calls have a record. Read-only.
-- KEYS[1] records
-- ARGV    calls, 500 at most
-- Returns those that have one.
local function record_known(keys, args)
  local known = {}
  if #args == 0 then return known end
  if #args > PIECE then refuse('ARGUMENTS', 'at most ' .. PIECE .. ' calls') end
  for i, id in ipairs(redis.call('HMGET', ids_key(keys[1]), unpack(args))) do
    if id then known[#known + 1] = args[i] end
  end
  return known
end

-- record_estimate: adds the records that were reckoned of calls, each unless the call has a record.
-- KEYS[1] records
-- ARGV    a record each, as record_add takes it
-- Returns how many were added.
local function record_estimate(keys, args)
  local key, missing, flat, seen = keys[1], {}, {}, {}
  for _, record in ipairs(records_of(args, 1)) do
    if not seen[record.call] and redis.call('HEXISTS', ids_key(key), record.call) == 0 then put(missing, record) end
    seen[record.call] = true
  end
  append(key, missing)
  for _, record in ipairs(missing) do put(flat, record.call, record.id) end
  in_pieces('HSET', estimated_key(key), flat, 1, #flat)
  if #flat > 0 then redis.call('EXPIRE', estimated_key(key), ESTIMATED_SECONDS) end
  return #missing
end

register('node_alive', node_alive)
register('node_leave', node_leave)
register('record_known', record_known, READ_ONLY)
register('record_estimate', record_estimate)
