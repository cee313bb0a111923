-- Index: from a number, a call or a Call-ID to the records -------------------------------------------------------------------
-- Written with a record and removed with it, in one step. In the slot of the stream itself.
--   {records}:pilot:+371… , {records}:caller:… , {records}:member:…   sorted set  the records of that number: their ids in the stream
--   {records}:ids    hash    call, or SIP Call-ID of a leg, unless it begins with the call's id → id; several, after a space

local ROLES = { 'pilot', 'caller', 'member' }
-- A Call-ID is its peer's choice, and may come again.
local SAME_CALL_ID = 10

local function index_key(key, role, number)
  return '{' .. key .. '}:' .. role .. ':' .. number
end

local function ids_key(key)
  return '{' .. key .. '}:ids'
end

local PADDING = { '00', '0', '' }

-- The order of ids as one number: milliseconds, and thousandths of them for those of the same one.
local function score_of(id)
  local dash = string.find(id, '-', 1, true)
  local sequence = string.sub(id, dash + 1)
  return string.sub(id, 1, dash - 1) .. (PADDING[#sequence] and PADDING[#sequence] .. sequence or '999')
end

local function remove_call_id(key, name, id)
  local known = redis.call('HGET', key, name)
  if not known then return end
  local rest = {}
  for one in string.gmatch(known, '%S+') do
    if one ~= id then rest[#rest + 1] = one end
  end
  if #rest == 0 then redis.call('HDEL', key, name)
  else redis.call('HSET', key, name, table.concat(rest, ' ')) end
end

-- `role` and number of each, called back: what a record is found by.
local function each_number(pilot, caller, members, visit)
  if pilot ~= '' then visit('pilot', pilot) end
  if caller ~= '' then visit('caller', caller) end
  for _, member in ipairs(members) do visit('member', member) end
end

-- What unpack can put on Lua's stack has an end. Even, so that no pair is parted.
local PIECE = 500

local function in_pieces(command, key, args, first, last)
  for at = first, last, PIECE do
    redis.call(command, key, unpack(args, at, math.min(at + PIECE - 1, last)))
  end
end

-- As put, without a list for two.
local function put_pair(flat, name, id)
  flat[#flat + 1] = name
  flat[#flat + 1] = id
end

-- The callers' Call-IDs, which may have come before: each of `names` with the id of its record in `ids`. What this very command sets
-- is in `flat`.
local function add_call_ids(key, flat, names, ids)
  local set, known = {}, redis.call('HMGET', key, unpack(names))
  for i = 1, #flat, 2 do set[flat[i]] = flat[i + 1] end
  for i, name in ipairs(names) do
    local before, value = set[name] or known[i], ids[i]
    if before then
      local _, count = string.gsub(before, ' ', ' ')
      value = count + 1 < SAME_CALL_ID and before .. ' ' .. value or before
    end
    set[name] = value
    put_pair(flat, name, value)
  end
end

-- What several records are found by, gathered. `flat`: calls, and Call-IDs of our legs, each with the id of its record behind it;
-- `names` and `ids` as add_call_ids takes them.
local function new_index(key)
  return { prefix = '{' .. key .. '}:', flat = {}, names = {}, ids = {} }
end

-- The numbers are rarely the same twice: to gather them by number costs more than a command for each.
local function index_record(index, id, pilot, caller, members, call_id)
  local call, prefix, score = redis.call, index.prefix, score_of(id)
  if pilot ~= '' then call('ZADD', prefix .. 'pilot:' .. pilot, score, id) end
  if caller ~= '' then call('ZADD', prefix .. 'caller:' .. caller, score, id) end
  for i = 1, #members do call('ZADD', prefix .. 'member:' .. members[i], score, id) end
  if call_id ~= '' then
    index.names[#index.names + 1] = call_id
    index.ids[#index.ids + 1] = id
  end
end

local function write_index(index)
  local key, flat = index.prefix .. 'ids', index.flat
  if #index.names > 0 then add_call_ids(key, flat, index.names, index.ids) end
  in_pieces('HSET', key, flat, 1, #flat)
end

-- @param records each with id, pilot, caller, members, call_id, and ids: the call, then those Call-IDs of our legs that do not begin with it
local function add_to_index(key, records)
  local index = new_index(key)
  for _, record in ipairs(records) do
    index_record(index, record.id, record.pilot, record.caller, record.members, record.call_id)
    for i = 1, #record.ids do put_pair(index.flat, record.ids[i], record.id) end
  end
  write_index(index)
end

local function remove_from_index(key, id, pilot, caller, members, call_id, ids)
  each_number(pilot, caller, members, function(role, number) redis.call('ZREM', index_key(key, role, number), id) end)
  redis.call('HDEL', ids_key(key), unpack(ids))
  if call_id ~= '' then remove_call_id(ids_key(key), call_id, id) end
end

-- Those in a record's field `attempts`, whatever that holds: each one that is a table.
local function attempts_in(text)
  local ok, attempts = pcall(cjson.decode, text or '')
  local found = {}
  for _, attempt in ipairs(ok and type(attempts) == 'table' and attempts or {}) do
    if type(attempt) == 'table' then found[#found + 1] = attempt end
  end
  return found
end

-- Whether the call came as far as that member: his calls are found by him then, and else without him.
local function is_considered(attempt)
  return type(attempt.member) == 'string' and attempt.why ~= 'not-needed'
end

-- An entry as a table of its fields.
local function named(entry)
  local record, fields = {}, entry[2]
  for i = 1, #fields, 2 do record[fields[i]] = fields[i + 1] end
  return record
end

-- Calls `with(pilot, caller, members, call_id, ids)` with what the entry is found by.
local function findable(entry, with)
  local record = named(entry)
  -- Of one that is masked the number of its group is left, and its own id.
  if record.masked == 'yes' then return with(record.pilot or '', '', {}, '', { record.call or '' }) end
  local members, ids = {}, { record.call or '' }
  for _, attempt in ipairs(attempts_in(record.attempts)) do
    if is_considered(attempt) then put(members, attempt.member) end
    for _, call_id in ipairs(type(attempt.callIds) == 'table' and attempt.callIds or {}) do
      if type(call_id) == 'string' and string.sub(call_id, 1, #ids[1]) ~= ids[1] then put(ids, call_id) end
    end
  end
  return with(record.pilot or '', record.caller or '', members, record.callId or '', ids)
end

-- Records without the numbers of callers and members: those that are older than full ones are kept (see masking.lua).
local function masked_key(key)
  return '{' .. key .. '}:masked'
end

-- The entry, and the stream in which it is.
local function entry_of(key, id)
  local entry = redis.call('XRANGE', key, id, id)[1]
  if entry then return entry, key end
  return redis.call('XRANGE', masked_key(key), id, id)[1], masked_key(key)
end

-- Records that were written again are younger in the stream than they are: these are swept by when they were first written.
local function rewritten_key(key)
  return '{' .. key .. '}:rewritten'
end

-- Of one stream, a hundred at most: that is what unpack can put on Lua's stack.
local function remove_records(key, stream, entries)
  local ids = {}
  for i, entry in ipairs(entries) do
    local id = entry[1]
    findable(entry, function(...) remove_from_index(key, id, ...) end)
    ids[i] = id
  end
  if #ids == 0 then return end
  redis.call('XDEL', stream, unpack(ids))
  redis.call('ZREM', rewritten_key(key), unpack(ids))
end
