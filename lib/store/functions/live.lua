-- Live calls: those that go on now, of all nodes --------------------------------------------------------------------------------
-- A node tells every few seconds what has changed, many calls at once. In the slot of the stream of records.
--   {records}:live          sorted set  the nodes that have such calls, by when they lapse (milliseconds)
--   {records}:live:<node>   hash        call → JSON: node, pilot, caller, hidden, started, answered, member. Hidden when its node is silent, gone when lost.lua has taken it up

local LIVE_LEASE = 30000
-- Of a node that died they are kept until somebody has written the records of its calls.
local LIVE_KEPT = 604800000
local MOST_LIVE = 500

local function live_key(key, node)
  return '{' .. key .. '}:live' .. (node and ':' .. node or '')
end

-- live_update: what has changed of a node's calls, and that the node lives.
-- KEYS[1] records
-- ARGV    node, how many calls began or changed, for each of them call and JSON, then the calls that are over
-- Returns how many calls of the node are there; when that is not what the node reckons with, it tells all of them again.
local function live_update(keys, args)
  local key, node, changed = keys[1], args[1], tonumber(args[2] or '')
  if not changed or #args < 2 + 2 * changed then refuse('ARGUMENTS', 'say: FCALL live_update 1 records NODE COUNT CALL JSON … CALL …') end
  local calls = live_key(key, node)
  in_pieces('HSET', calls, args, 3, 2 + 2 * changed)
  in_pieces('HDEL', calls, args, 3 + 2 * changed, #args)
  local now, count = redis_time(), redis.call('HLEN', calls)
  redis.call('ZREMRANGEBYSCORE', live_key(key), '-inf', now)
  if count == 0 then
    redis.call('ZREM', live_key(key), node)
    return 0
  end
  redis.call('ZADD', live_key(key), now + LIVE_LEASE, node)
  redis.call('PEXPIRE', calls, LIVE_KEPT)
  redis.call('PEXPIRE', live_key(key), LIVE_LEASE)
  return count
end

-- live_leave: the node ends as planned, or begins anew: it has no calls.
-- KEYS[1] records
-- ARGV    node
local function live_leave(keys, args)
  redis.call('ZREM', live_key(keys[1]), args[1])
  return redis.call('DEL', live_key(keys[1], args[1]))
end

local LIVE = 'hunt_live 1 records [CURSOR] [COUNT]'

-- hunt_live: the calls that go on now, of all nodes, a page at a time. At most a few seconds old. Read-only.
-- KEYS[1] records; may be left out where there is no Cluster
-- ARGV    [cursor, 0 at first] [about how many, 500 at most]
-- Returns the next cursor (0: that was the last page), then calls: each its id and a JSON object. A page may have none; one call may come twice.
local function hunt_live(keys, args)
  local key, cursor = keys[1] or 'records', args[1] or '0'
  local count = tonumber(string.match(args[2] or '100', '^%d+$'))
  if not count or count < 1 or count > MOST_LIVE then
    refuse('COUNT', 'count ' .. quote(args[2]) .. ' is not allowed: choose 1 to ' .. MOST_LIVE .. ': FCALL ' .. LIVE)
  end
  local position, from = string.match(cursor, '^(%d+) (.+)$')
  if not position and cursor ~= '0' then refuse('CURSOR', 'cursor ' .. quote(cursor) .. ' is none that hunt_live gave: FCALL ' .. LIVE) end
  local nodes = redis.call('ZRANGE', live_key(key), string.format('(%.0f', redis_time()), '+inf', 'BYSCORE')
  table.sort(nodes)
  local at = 1
  while from and at <= #nodes and nodes[at] < from do at = at + 1 end
  if at > #nodes then return { '0' } end
  -- The node may have gone meanwhile: then it goes on with the next one.
  local page = redis.call('HSCAN', live_key(key, nodes[at]), nodes[at] == from and position or '0', 'COUNT', count)
  local rest = page[1] ~= '0' and page[1] .. ' ' .. nodes[at] or nodes[at + 1] and '0 ' .. nodes[at + 1] or '0'
  return { rest, unpack(page[2]) }
end

register('live_update', live_update)
register('live_leave', live_leave)
register('hunt_live', hunt_live, READ_ONLY)
