-- Records -----------------------------------------------------------------------------------------------------------------

local RECORD = { 'call', 'pilot', 'caller', 'started', 'answered', 'ended', 'status', 'by', 'released', 'policy', 'turn',
  'version', 'attempts' }
local SCAN_LIMIT = 1000
local FENCE_SECONDS = 86400

local function fence_key(key, sender)
  return '{' .. key .. '}:fence:' .. sender -- in the slot of the stream itself
end

-- `record` has its values in the order of RECORD. Written out, as a loop that builds a list costs more than the entry.
local function append(key, record)
  redis.call('XADD', key, '*', 'call', record[1], 'pilot', record[2], 'caller', record[3], 'started', record[4],
    'answered', record[5], 'ended', record[6], 'status', record[7], 'by', record[8], 'released', record[9],
    'policy', record[10], 'turn', record[11], 'version', record[12], 'attempts', record[13])
end

local DAY = 86400000
-- Of those that are too old, no more go at once than a tenth of the stream, or one node of it where that is more.
local SHARE = 10
local NODE = 100

-- Removes what is older than `days`, by Redis's own clock: that of a node may be wrong. Before the first write of a function: a
-- key of another type is refused here. Returns how many went, and how many there were.
-- Version 3 sends a stream id, worked out by the clock of its node: that is not followed.
local function trim_records(key, days)
  local keep = tonumber(string.match(days, '^(%d+)d$'))
  local length = redis.call('XLEN', key)
  if not keep or length == 0 then return 0, length end
  local oldest = string.format('%.0f', math.max(0, now_or(nil) - keep * DAY))
  local limit = math.max(NODE, math.floor(length / SHARE))
  return redis.call('XTRIM', key, 'MINID', '~', oldest, 'LIMIT', limit), length
end

-- table.concat refuses what is neither text nor number, in one step.
local function read_document(text)
  local ok, record = pcall(cjson.decode, text)
  if not ok or type(record) ~= 'table' or #record ~= #RECORD or not pcall(table.concat, record) then
    refuse('ARGUMENTS', 'a record is no JSON array of ' .. #RECORD .. ' texts: ' .. quote(text))
  end
  return record
end

local BRACKET = 91

-- The records in args from `first` on: a JSON document each. Nodes of version 3 send the 13 values of each one by one.
local function records_of(args, first)
  local records = {}
  if #args >= first and string.byte(args[first]) == BRACKET then
    for at = first, #args do records[#records + 1] = read_document(args[at]) end
    return records
  end
  local values = #args - first + 1
  if values < #RECORD or values % #RECORD ~= 0 then
    refuse('ARGUMENTS', 'give each record as a JSON array of texts: ' .. table.concat(RECORD, ', '))
  end
  for at = first, #args, #RECORD do records[#records + 1] = { unpack(args, at, at + #RECORD - 1) } end
  return records
end

-- record_add: appends finished calls.
-- KEYS[1] records
-- ARGV    sender, retention (`90d`, or empty: not now), then for each record a JSON array of texts, in the order of RECORD
-- Returns how many, how many past their retention went, and of how many; to version 3 only how many. Returns -1 when the sender has been fenced off by record_replay: nothing was added, nor will be.
local function record_add(keys, args)
  local key, records = keys[1], records_of(args, 3)
  if redis.call('EXISTS', fence_key(key, args[1])) == 1 then return -1 end
  local gone, length = trim_records(key, args[2])
  for i = 1, #records do append(key, records[i]) end
  if string.byte(args[3]) ~= BRACKET then return #records end
  return { #records, gone, length }
end

-- record_replay: adds the records of a batch that may or may not have been added, so that each is there exactly once.
-- First fences the sender off: a batch of it that is still on its way will then do nothing. Then looks for the calls in the
-- stream, at most SCAN_LIMIT entries at a time so that Redis is not held up: repeat with `next`, without those found.
-- KEYS[1] records
-- ARGV    sender, retention, stream id to look from, then the records as record_add takes them
-- Returns next (empty: all was looked through, and those not found have been added), calls found …
local function record_replay(keys, args)
  local key, records = keys[1], records_of(args, 4)
  call('SET', fence_key(key, args[1]), 1, 'EX', FENCE_SECONDS)
  local doubtful, found = {}, {}
  for _, record in ipairs(records) do doubtful[record[1]] = record end
  local entries = call('XRANGE', key, args[3], '+', 'COUNT', SCAN_LIMIT)
  for _, entry in ipairs(entries) do
    local id = entry_value(entry, 'call')
    if id and doubtful[id] then
      doubtful[id] = nil
      found[#found + 1] = id
    end
  end
  if #entries == SCAN_LIMIT and next(doubtful) then return { '(' .. entries[SCAN_LIMIT][1], unpack(found) } end
  trim_records(key, args[2])
  for _, record in ipairs(records) do
    if doubtful[record[1]] == record then append(key, record) end
  end
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
