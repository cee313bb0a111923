-- Masking: records live on without the numbers of callers and members ------------------------------------------------------------
-- Entries of a stream cannot change: a record moves to the stream of those that are masked, under its own id, so that it is as old there
-- as it was. What finds it by a caller, a member or a SIP Call-ID goes in the same step; its group and its own id find it still.

local ERASED = 'erased'
local MOST_MASKED = 20

local MASK = 'record_mask 1 records ID RECORD …'

-- What a record that was written again is found by: nobody by what stands in place of a number.
local function as_found(record)
  if record.pilot == ERASED then record.pilot = '' end
  if entry_value({ '', record.fields }, 'masked') == 'yes' then
    record.caller, record.members, record.ids, record.call_id = '', {}, { record.call }, ''
  end
end

-- The id under which it is kept. One that was written again, or comes late, is put behind the last one, at the time of that.
local function id_among_masked(key, id, since)
  local last = redis.call('XREVRANGE', masked_key(key), '+', '-', 'COUNT', 1)[1]
  if since == string.match(id, '^%d+') and (not last or score_of(last[1]) < score_of(id)) then return id end
  local at = last and string.match(last[1], '^%d+') or '0'
  return (tonumber(at) > tonumber(since) and at or since) .. '-*'
end

-- record_mask: moves records. What another node has moved meanwhile, or somebody has erased, is left alone.
-- KEYS[1] records
-- ARGV    for each: id of the entry, and the masked record as record_add takes it; at most 20
-- Returns how many were moved.
local function record_mask(keys, args)
  local key, moved = keys[1], 0
  if #args == 0 or #args % 2 ~= 0 or #args > 2 * MOST_MASKED then refuse('ARGUMENTS', 'say: FCALL ' .. MASK) end
  local records = {}
  for at = 2, #args, 2 do records[#records + 1] = read_document(args[at]) end
  for at, record in ipairs(records) do
    local id = args[2 * at - 1]
    local entry = redis.call('XRANGE', key, id, id)[1]
    if entry and entry_value(entry, 'call') == record.call then
      local since = redis.call('ZSCORE', rewritten_key(key), id) or string.match(id, '^%d+')
      remove_records(key, key, { entry })
      as_found(record)
      record.id = redis.call('XADD', masked_key(key), id_among_masked(key, id, since), unpack(record.fields))
      add_to_index(key, { record })
      moved = moved + 1
    end
  end
  return moved
end

register('record_mask', record_mask)
