-- Lookups: the records of a number, of a call, and the end of their life --------------------------------------------------------

local MOST_RECORDS = 100
local CALLS = 'hunt_calls 1 records pilot|member|caller NUMBER [COUNT] [BEFORE], or call ID'

local function by_number(key, role, number, count, before)
  local from = before and '(' .. score_of(before) or '+inf'
  local ids = redis.call('ZREVRANGEBYSCORE', index_key(key, role, number), from, '-inf', 'LIMIT', 0, count)
  local found = {}
  for _, id in ipairs(ids) do
    local entry = entry_of(key, id)
    if entry then found[#found + 1] = entry end
  end
  return found
end

-- Our own legs' Call-IDs begin with the call's id, a UUID.
local UUID = '^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x'

local function by_id(key, name)
  local found = {}
  local ids = redis.call('HGET', ids_key(key), name) or redis.call('HGET', ids_key(key), string.match(name, UUID) or '')
  for id in string.gmatch(ids or '', '%S+') do
    local entry = entry_of(key, id)
    if entry then table.insert(found, 1, entry) end
  end
  return found
end

-- hunt_calls: records, the newest first: of a pilot, a member or a caller, or of one call, named by its id or by the SIP Call-ID of any
-- leg. Read-only; at most 100 at once, so that Redis is never held up.
-- KEYS[1] records
-- ARGV    pilot|member|caller, number (a member may be a SIP URI), [count: 20] [id of the oldest seen, to go on behind it]
--         call, id
-- Returns stream entries: id and a flat list of fields.
local function hunt_calls(keys, args)
  local key, role, number = keys[1] or 'records', args[1], args[2]
  if not number then refuse('ARGUMENTS', 'say: FCALL ' .. CALLS) end
  if role == 'call' then return by_id(key, number) end
  if not index_of(ROLES, role) then refuse('ARGUMENTS', 'say: FCALL ' .. CALLS) end
  local count, before = tonumber(args[3] or '20'), args[4]
  if not count or count < 1 or count > MOST_RECORDS then
    refuse('COUNT', 'count ' .. quote(args[3]) .. ' is not allowed: choose 1 to ' .. MOST_RECORDS)
  end
  if before and not string.find(before, '^%d+%-%d+$') then refuse('ID', 'id ' .. quote(before) .. ' is none of a record: FCALL ' .. CALLS) end
  return by_number(key, role, number, math.floor(count), before)
end

local DAY = 86400000
local SWEEP = 'record_sweep 1 records DAYS [COUNT]'

-- record_sweep: removes the oldest of the records that are past their life, and what finds them, by Redis's own clock: that of a node may
-- be wrong. So few at once that Redis is not held up: repeat while as many went as were asked for.
-- KEYS[1] records
-- ARGV    life in days, [count: 100]
-- Returns how many went, how many there were, and when the oldest that is left was written (milliseconds; 0: none is left); masked ones
-- are records, too.
local function record_sweep(keys, args)
  local key, days, count = keys[1], tonumber(args[1]), tonumber(args[2] or MOST_RECORDS)
  if not days or days < 0 or not count or count < 1 then refuse('ARGUMENTS', 'say: FCALL ' .. SWEEP) end
  count = math.floor(math.min(count, MOST_RECORDS))
  local masked = masked_key(key)
  local length = redis.call('XLEN', key) + redis.call('XLEN', masked)
  local oldest = string.format('%.0f', math.max(0, redis_time() - days * DAY - 1))
  local gone = 0
  for _, stream in ipairs({ masked, key }) do
    local entries = gone < count and redis.call('XRANGE', stream, '-', oldest, 'COUNT', count - gone) or {}
    remove_records(key, stream, entries)
    gone = gone + #entries
  end
  if redis.call('XLEN', masked) == 0 then redis.call('DEL', masked) end
  for _, id in ipairs(gone < count and redis.call('ZRANGEBYSCORE', rewritten_key(key), '-inf', oldest, 'LIMIT', 0, count - gone) or {}) do
    local entry, stream = entry_of(key, id)
    if entry then remove_records(key, stream, { entry }) else redis.call('ZREM', rewritten_key(key), id) end
    gone = gone + 1
  end
  local left = redis.call('XRANGE', masked, '-', '+', 'COUNT', 1)[1] or redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  local rewritten = redis.call('ZRANGE', rewritten_key(key), 0, 0, 'WITHSCORES')[2]
  local written = left and tonumber(string.match(left[1], '^%d+')) or 0
  return { gone, length, rewritten and math.min(written, tonumber(rewritten)) or written }
end

register('hunt_calls', hunt_calls, READ_ONLY)
register('record_sweep', record_sweep)
