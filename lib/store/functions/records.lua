-- Records -----------------------------------------------------------------------------------------------------------------

-- The fields that version 4 wrote.
local RECORD = { 'call', 'pilot', 'caller', 'started', 'answered', 'ended', 'status', 'by', 'released', 'policy', 'turn',
  'version', 'attempts' }
local FENCE_SECONDS = 86400

local function fence_key(key, sender)
  return '{' .. key .. '}:fence:' .. sender -- in the slot of the stream itself
end

-- So many are written and indexed together.
local TOGETHER = 50

-- Calls of a node that was lost have records that reckon with it (see lost.lua): the true one, when it comes after all, takes their place.
--   {records}:estimated   hash   call → id of the record that was reckoned

local function estimated_key(key)
  return '{' .. key .. '}:estimated'
end

local function take_places(key, calls)
  local estimated = estimated_key(key)
  if redis.call('EXISTS', estimated) == 0 then return end
  for i, id in ipairs(redis.call('HMGET', estimated, unpack(calls))) do
    if id then
      local entry, stream = entry_of(key, id)
      if entry then remove_records(key, stream, { entry }) end
    end
    if id then redis.call('HDEL', estimated, calls[i]) end
  end
end

-- Records: `fields` of each is the entry's flat list of name and value; the rest is what it is found by.
-- Writes them, and their index beside them. Returns the id of the first one.
local function append(key, records)
  for first = 1, #records, TOGETHER do
    local some, calls = {}, {}
    for at = first, math.min(first + TOGETHER - 1, #records) do
      some[#some + 1] = records[at]
      calls[#calls + 1] = records[at].call
    end
    take_places(key, calls)
    for _, record in ipairs(some) do record.id = redis.call('XADD', key, '*', unpack(record.fields)) end
    add_to_index(key, some)
  end
  return records[1] and records[1].id
end

-- Every loop of redis.call is dear: the sender says what the record is found by, which is in its fields too.
local function read_document(text)
  local ok, document = pcall(cjson.decode, text)
  local fields = ok and type(document) == 'table' and document[1]
  local valid = type(fields) == 'table' and #fields >= 2 and #fields % 2 == 0 and fields[1] == 'call'
    and pcall(table.concat, fields) and pcall(table.concat, document[2]) and pcall(table.concat, document[3])
    and #document[3] > 0
  if not valid then
    refuse('ARGUMENTS', 'a record is no JSON array of its fields, its members and its call ids: ' .. quote(text))
  end
  return {
    call = fields[2], fields = fields, pilot = fields[4] or '', caller = fields[6] or '',
    members = document[2], ids = document[3], call_id = document[4] or '',
  }
end

-- Nodes of version 4 send the 13 values of a record as one array of texts.
local function read_old(values, text)
  if #values ~= #RECORD or not pcall(table.concat, values) then
    refuse('ARGUMENTS', 'a record is no JSON array of ' .. #RECORD .. ' texts: ' .. quote(text))
  end
  local fields = {}
  for i, name in ipairs(RECORD) do put(fields, name, values[i]) end
  local members = {}
  for _, attempt in ipairs(attempts_in(values[#RECORD])) do
    if is_considered(attempt) then put(members, attempt.member) end
  end
  return {
    call = values[1], fields = fields, pilot = values[2], caller = values[3], members = members, ids = { values[1] }, call_id = '',
  }
end

local OLD = '^%["'

-- The records in args from `first` on: a JSON document each.
local function records_of(args, first)
  if #args < first then refuse('ARGUMENTS', 'give each record as a JSON document') end
  local records = {}
  for at = first, #args do
    local text = args[at]
    if string.find(text, OLD) then
      local ok, values = pcall(cjson.decode, text)
      records[#records + 1] = read_old(ok and values or {}, text)
    else
      records[#records + 1] = read_document(text)
    end
  end
  return records
end

-- What the service sends of each call names no fields, and has the attempts, which are JSON, beside it: within they would be escaped and
-- put together again.

-- Raises an error unless all of it can be written.
local function values_in(text)
  local values = cjson.decode(text)
  table.concat(values, '', 1, 26)
  table.concat(values[27])
  if values[28] then
    table.concat(values[28])
    table.concat(values[29])
    if #values[29] % 2 == 1 then error('a name without a value') end
  end
  return values
end

-- The values of the records in args from the third on, each with its attempts behind it.
local function values_of(args)
  local count, list = (#args - 2) / 2, {}
  if count < 1 or count > TOGETHER or count % 1 > 0 then
    refuse('ARGUMENTS', 'give 1 to ' .. TOGETHER .. ' records: the values of each, and its attempts')
  end
  for at = 3, #args, 2 do
    local ok, values = pcall(values_in, args[at])
    if not ok then refuse('ARGUMENTS', 'a record is no JSON array of its values and its members: ' .. quote(args[at])) end
    values[13] = args[at + 1]
    list[#list + 1] = values
  end
  return list
end

local NOTHING = {}

-- Written out, as a loop that builds a list costs more than the entry. The names as in lib/store/records/fields.ts.
local function write_values(key, v)
  return redis.call('XADD', key, '*', 'call', v[1], 'pilot', v[2], 'caller', v[3], 'started', v[4], 'answered', v[5], 'ended', v[6],
    'status', v[7], 'by', v[8], 'released', v[9], 'policy', v[10], 'turn', v[11], 'version', v[12], 'attempts', v[13],
    'schema', v[14], 'node', v[15], 'callId', v[16], 'presented', v[17], 'hidden', v[18], 'diverted', v[19], 'owner', v[20],
    'cause', v[21], 'refused', v[22], 'waited', v[23], 'talked', v[24], 'endReason', v[25], 'endEstimated', v[26],
    unpack(v[29] or NOTHING))
end

local function append_values(key, list)
  local index = new_index(key)
  for _, values in ipairs(list) do
    local id, legs = write_values(key, values), values[28] or NOTHING
    index_record(index, id, values[2], values[3], values[27], values[16])
    put_pair(index.flat, values[1], id)
    for i = 1, #legs do put_pair(index.flat, legs[i], id) end
  end
  write_index(index)
end

-- Returns how many, or -1, as record_add.
local function add_values(key, args)
  local list, fence = values_of(args), fence_key(key, args[1])
  -- Nobody is fenced off and nothing was reckoned, nearly always: one question for both.
  if redis.call('EXISTS', fence, estimated_key(key)) > 0 then
    if redis.call('EXISTS', fence) == 1 then return -1 end
    local calls = {}
    for i, values in ipairs(list) do calls[i] = values[1] end
    redis.call('XLEN', key)
    take_places(key, calls)
  end
  append_values(key, list)
  return #list
end

-- record_add: appends finished calls.
-- KEYS[1] records
-- ARGV    sender, `values`, then for each of 50 records at most two texts: a JSON array of the values of its fields, in the order of
--         write_values and with nothing for its attempts, then [members]; where there are any, [Call-IDs of our legs that do not begin
--         with the call's id], [name, value, …]; and its attempts, a JSON array
--         or, as nodes of version 18 do:
--         sender, nothing (version 4 asked for a sweep there), then for each record a JSON document:
--         [[name, value, …] beginning with call, pilot, caller; all texts], [members], [call, Call-IDs of our legs], Call-ID of the caller
-- Returns how many were added; for documents that, 0, 0 (version 4 read there what a sweep removed), and the id of the first one.
-- Returns -1 when the sender has been fenced off by record_replay: nothing was added, nor will be.
local function record_add(keys, args)
  if args[2] == 'values' then return add_values(keys[1], args) end
  local key, records = keys[1], records_of(args, 3)
  if redis.call('EXISTS', fence_key(key, args[1])) == 1 then return -1 end
  -- A key of another type is refused before the first write.
  redis.call('XLEN', key)
  return { #records, 0, 0, append(key, records) }
end

-- Whether the true record of the call is there: the id may be a Call-ID, too, which its peer chose; what was reckoned is not it.
local function is_recorded(key, call_id, ids)
  for id in string.gmatch(ids or '', '%S+') do
    local entry = entry_of(key, id)
    if entry and entry_value(entry, 'call') == call_id then return redis.call('HGET', estimated_key(key), call_id) ~= id end
  end
  return false
end

-- record_replay: adds the records of a batch that may or may not have been added, so that each is there exactly once.
-- First fences the sender off: a batch of it that is still on its way will then do nothing. Then looks for the calls.
-- KEYS[1] records
-- ARGV    sender, nothing, nothing (version 17 looked through the stream from there), then the records as record_add takes them
-- Returns nothing (version 17 told where to go on), then the calls that were there
local function record_replay(keys, args)
  local key, records = keys[1], records_of(args, 4)
  redis.call('XLEN', key)
  redis.call('SET', fence_key(key, args[1]), 1, 'EX', FENCE_SECONDS)
  local missing, found, seen = {}, {}, {}
  for first = 1, #records, TOGETHER do
    local some, calls = {}, {}
    for at = first, math.min(first + TOGETHER - 1, #records) do
      put(some, records[at])
      put(calls, records[at].call)
    end
    for i, ids in ipairs(redis.call('HMGET', ids_key(key), unpack(calls))) do
      local id = calls[i]
      if not seen[id] then
        if is_recorded(key, id, ids) then put(found, id) else put(missing, some[i]) end
      end
      seen[id] = true
    end
  end
  append(key, missing)
  return { '', unpack(found) }
end

-- record_probe: whether record_add would be taken; changes nothing.
-- KEYS[1] records
-- Returns 0, or the error that a write meets: a replica, no memory left, no permission, a key of another type.
local function record_probe(keys)
  return redis.call('XTRIM', keys[1], 'MINID', '~', '0')
end

register('record_probe', record_probe)
register('record_add', record_add)
register('record_replay', record_replay)
