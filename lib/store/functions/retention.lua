-- Retention: the end of an audit's life, and whether records and what finds them agree --------------------------------------------

local AUDIT_SWEEP = 'audit_sweep 1 hunt:{+37167000000} DAYS'

-- audit_sweep: removes the oldest changes of a group that are past their life. The last one of them stays, because it says what the
-- group was when that which is kept begins; that of a group that was deleted goes, too. Few at once: repeat while it returns 100.
-- KEYS[1] hunt:{+E164}
-- ARGV    life in days
-- Returns how many went.
local function audit_sweep(keys, args)
  pilot_of(keys, AUDIT_SWEEP)
  local audit, days = keys[1] .. ':audit', tonumber(args[1])
  if not days or days < 0 then refuse('ARGUMENTS', 'say: FCALL ' .. AUDIT_SWEEP) end
  local limit = string.format('%.0f', math.max(0, redis_time() - days * DAY - 1))
  local last = call('XREVRANGE', audit, limit, '-', 'COUNT', 1)[1]
  if not last then return 0 end
  local newest = call('XREVRANGE', audit, '+', '-', 'COUNT', 1)[1]
  local is_over = newest[1] == last[1] and entry_value(last, 'after') == '' and call('EXISTS', keys[1]) == 0
  local entries = call('XRANGE', audit, '-', (is_over and '' or '(') .. last[1], 'COUNT', MOST_RECORDS)
  for _, entry in ipairs(entries) do call('XDEL', audit, entry[1]) end
  if call('XLEN', audit) == 0 then call('DEL', audit) end
  return #entries
end

local RECORD_CHECK = 'record_check 1 records [FROM] [COUNT]'

-- record_check: whether each record is found by all that it should be found by. Read-only.
-- KEYS[1] records
-- ARGV    [id to go on from, - at first] [count: 100] [masked: those that are]
-- Returns where to go on (empty: that was all), then for each index that lacks a record: its key, and the record's id.
local function record_check(keys, args)
  local key, from, count = keys[1], args[1] or '-', tonumber(args[2] or MOST_RECORDS)
  if not count or count < 1 or count > MOST_RECORDS then refuse('ARGUMENTS', 'say: FCALL ' .. RECORD_CHECK) end
  local stream = args[3] == 'masked' and masked_key(key) or key
  local entries, lacking = redis.call('XRANGE', stream, from, '+', 'COUNT', math.floor(count)), {}
  for _, entry in ipairs(entries) do
    local id = entry[1]
    findable(entry, function(pilot, caller, members, _, ids)
      each_number(pilot ~= ERASED and pilot or '', caller, members, function(role, number)
        local index = index_key(key, role, number)
        if number ~= ERASED and not redis.call('ZSCORE', index, id) then put(lacking, index, id) end
      end)
      -- Those behind the first one may have been chosen by a peer, and are shared by the last ten.
      if not string.find(redis.call('HGET', ids_key(key), ids[1]) or '', id, 1, true) then put(lacking, ids_key(key), id) end
    end)
  end
  local last = entries[math.floor(count)]
  return { last and '(' .. last[1] or '', unpack(lacking) }
end

register('audit_sweep', audit_sweep)
register('record_check', record_check, READ_ONLY)
