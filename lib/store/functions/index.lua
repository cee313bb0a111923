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

-- The order of ids as one number: milliseconds, and thousandths of them for those of the same one.
local function score_of(id)
  local milliseconds, sequence = string.match(id, '^(%d+)%-(%d+)$')
  return milliseconds .. string.format('%03d', math.min(999, tonumber(sequence)))
end

local function add_call_id(key, name, id)
  if redis.call('HSETNX', key, name, id) == 1 then return end
  local known = redis.call('HGET', key, name)
  local _, count = string.gsub(known, ' ', ' ')
  if count + 1 < SAME_CALL_ID then redis.call('HSET', key, name, known .. ' ' .. id) end
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

-- @param ids the call, then those Call-IDs of our legs that do not begin with it
local function add_to_index(key, id, pilot, caller, members, call_id, ids)
  local score = score_of(id)
  each_number(pilot, caller, members, function(role, number) redis.call('ZADD', index_key(key, role, number), score, id) end)
  for _, one in ipairs(ids) do redis.call('HSET', ids_key(key), one, id) end
  if call_id ~= '' then add_call_id(ids_key(key), call_id, id) end
end

local function remove_from_index(key, id, pilot, caller, members, call_id, ids)
  each_number(pilot, caller, members, function(role, number) redis.call('ZREM', index_key(key, role, number), id) end)
  redis.call('HDEL', ids_key(key), unpack(ids))
  if call_id ~= '' then remove_call_id(ids_key(key), call_id, id) end
end
