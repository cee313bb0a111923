-- Erasure: what is kept of a number is written again without it ------------------------------------------------------------------
-- `lib/privacy` says how; entries of a stream cannot change, so that each is replaced in one step, with what finds it.
--   {records}:rewritten       sorted set  records that were written again: id, by when they were first written (milliseconds)
--   hunt:{+E164}:copy:NAME    stream      the audit or the turns without the number, until it is whole and takes their place
--   hunt:{+E164}:copying      text        which number that is

local COPIED_AT_ONCE = 150
local COPYING_SECONDS = 60

-- record_rewrite: puts another form of a record in its place. It keeps the time at which its life began.
-- KEYS[1] records
-- ARGV    id of the entry, the record as record_add takes it
-- Returns the new id; empty when there is no such entry (any more).
local function record_rewrite(keys, args)
  local key, id, record = keys[1], args[1], read_document(args[2] or '')
  local entry, stream = entry_of(key, id)
  if not entry then return '' end
  if entry_value(entry, 'call') ~= record.call then
    refuse('CALL', 'the entry ' .. quote(id) .. ' is of another call: nothing was changed')
  end
  local was_estimated = redis.call('HEXISTS', estimated_key(key), record.call) == 1
  local since = redis.call('ZSCORE', rewritten_key(key), id) or string.match(id, '^%d+')
  remove_records(key, stream, { entry })
  as_found(record)
  local new = append(key, { record })
  redis.call('ZADD', rewritten_key(key), since, new)
  if was_estimated then redis.call('HSET', estimated_key(key), record.call, new) end
  -- The course of the call (see traces): it says who rang when.
  redis.call('DEL', '{' .. key .. '}:trace:' .. record.call)
  redis.call('ZREM', '{' .. key .. '}:traces', record.call)
  return new
end

local function literal(text)
  return (string.gsub(text, '%p', '%%%0'))
end

-- A number with or without its plus, and not as a part of a longer one; a SIP URI as it stands.
local function without_number(text, number)
  if string.sub(number, 1, 1) == '+' then
    return (string.gsub(text, '%f[%d+]%+?' .. literal(string.sub(number, 2)) .. '%f[%D]', ERASED))
  end
  return (string.gsub(text, literal(number) .. '%f[^%w.-]', ERASED))
end

-- Copies the next entries; when all are copied, the copy takes the place of the stream. Returns whether there are more.
local function copy_without(key, name, number)
  local source, copy = key .. ':' .. name, key .. ':copy:' .. name
  local last = call('XREVRANGE', copy, '+', '-', 'COUNT', 1)[1]
  local entries = call('XRANGE', source, last and '(' .. last[1] or '-', '+', 'COUNT', COPIED_AT_ONCE)
  for _, entry in ipairs(entries) do
    for i = 2, #entry[2], 2 do entry[2][i] = without_number(entry[2][i], number) end
    call('XADD', copy, entry[1], unpack(entry[2]))
  end
  if #entries == COPIED_AT_ONCE then
    call('EXPIRE', copy, COPYING_SECONDS)
    return 1
  end
  if call('EXISTS', copy) == 1 then
    call('PERSIST', copy)
    call('RENAME', copy, source)
  end
  return 0
end

-- group_forget: takes a number out of the past of a group: its audit, its turns and who is away. Ids and all else of the entries stay, so
-- that months are charged and turns verified as before. Repeat it while it returns 1.
-- KEYS[1] hunt:{+E164}
-- ARGV    number or SIP URI, audit or turns
-- Returns 1 when there is more to do, 0 when it is done.
local function group_forget(keys, args)
  local usage = 'group_forget 1 hunt:{+37167000000} +37120000001 audit|turns'
  pilot_of(keys, usage)
  local key, number, name = keys[1], args[1], args[2]
  if #args ~= 2 or #number < 4 or not index_of({ 'audit', 'turns' }, name) then refuse('ARGUMENTS', 'say: FCALL ' .. usage) end
  local other = call('GET', key .. ':copying')
  if other and other ~= number then refuse('BUSY', 'another number is being taken out of the group: try it again in a minute') end
  if not other then call('DEL', key .. ':copy:audit', key .. ':copy:turns') end
  local away = away_of(call('HGET', key, 'away'))
  local rest = without(away, number)
  if #rest < #away then write_away(key, rest) end
  call('SET', key .. ':copying', number, 'EX', COPYING_SECONDS)
  local more = copy_without(key, name, number)
  if more == 0 then call('DEL', key .. ':copying') end
  return more
end

register('record_rewrite', record_rewrite)
register('group_forget', group_forget)
