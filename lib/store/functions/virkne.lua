#!lua name=virkne
-- version 3
--
-- Hunt groups, turns, claims and call records, for the ringing service and for people with redis-cli. Load by hand with
--   redis-cli -x FUNCTION LOAD REPLACE < virkne.lua
-- The service loads it at start, with its own catalogue in place of the one below, unless a newer version is there.
-- Raise the version with every change: nodes of the version before keep calling these functions during an upgrade.
--
-- A group's keys are derived from the one that is named, and share its hash tag, so they are in the same slot:
--   hunt:{+E164}          hash    policy ring plan enabled version turns recent (ends of the last turns' call ids)
--   hunt:{+E164}:members  list    the members, in order
--   hunt:{+E164}:cursor   integer index, from 0, of the member with whom the next circular turn starts
--   hunt:{+E164}:turns    stream  number call start version [at away]
-- A refusal is an error reply `ERR VIRKNE <WHAT> <what is wrong>: <what to do>`; it has changed nothing.

--[[catalogue]]
local RINGS = { '10', '20', '30' }
local PLANS = { 'BIZNESS', 'EKONOMISKAIS', 'VIRTUALAIS' }
local MAX_MEMBERS = 12
local SIP_URI_MEMBERS = true
local TURNS_KEPT = 1000
--[[/catalogue]]
local VERSION = 'unrendered'

local POLICIES = { 'linear', 'circular' }
local SWITCH = { 'yes', 'no' }
local FIELDS = 'policy, ring, plan, enabled, members'
-- A repeated hunt_turn is recognised among the last four turns: `recent` holds the last characters of their call ids, a hint
-- that spares reading the stream, where the truth is, on each call.
local HINT = -6
local RECENT = -4 * (6 + 1)
local RETRY_WINDOW = 8
-- Trimming costs more than the entry it makes room for: not with each turn.
local TRIM_EVERY = 100
-- A number becomes text through printf, in Lua and on its way to a command: what is known before is written as text.
local INDEX = { [0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12' }

-- redis.call does not exist yet while the library loads. What runs with each call of a caller takes redis.call itself.
local function call(...)
  return redis.call(...)
end

-- Checks ------------------------------------------------------------------------------------------------------------------

-- Raised as a table, so that `guarded` can tell a refusal from a programming error.
local function refuse(what, text)
  error({ refusal = 'ERR VIRKNE ' .. what .. ' ' .. text })
end

-- Makes refusals error replies. Every check of a function comes before its first write.
local function guarded(body)
  return function(keys, args)
    local ok, result = pcall(body, keys, args)
    if ok then return result end
    if type(result) == 'table' then return redis.error_reply(result.refusal or result.err or 'ERR VIRKNE') end
    return redis.error_reply('ERR VIRKNE FAILED ' .. tostring(result))
  end
end

local function quote(value)
  return '"' .. string.sub(string.gsub(value, '[%c"]', '?'), 1, 80) .. '"'
end

-- E.164: at most 15 digits, the first of a country code never 0.
local function is_number(text)
  return #text >= 8 and #text <= 16 and string.find(text, '^%+[1-9]%d+$') ~= nil
end

-- No header part: it would put header fields into our INVITE. No comma, brace, angle bracket, quote, space or control.
local function is_sip_uri(text)
  if #text > 255 or string.find(text, '[%s%c,{}<>"?\\]') then return false end
  local rest = string.match(text, '^[Ss][Ii][Pp][Ss]?:(.+)$')
  if not rest then return false end
  local user, after = string.match(rest, '^([^@;]+[^@]*)@([^@]+)$')
  if string.find(rest, '@', 1, true) and not user then return false end
  local host = string.match(after or rest, '^([^;]+)')
  if not host then return false end
  host = string.gsub(host, ':%d%d?%d?%d?%d?$', '')
  return string.find(host, '^%w[%w.-]*$') ~= nil or string.find(host, '^%[[%x:.]+%]$') ~= nil
end

local function pilot_of(keys, usage)
  if #keys ~= 1 then refuse('KEY', 'give exactly one key: FCALL ' .. usage) end
  local key = keys[1]
  -- hunt:{+12345678} to hunt:{+123456789012345}: as is_number
  if #key < 15 or #key > 23 or not string.find(key, '^hunt:{%+[1-9]%d+}$') then
    refuse('KEY', 'key ' .. quote(key) .. ' is not a group: write hunt:{+37167000000}, the number in E.164')
  end
  return string.sub(key, 7, -2)
end

local function choose(what, value, allowed)
  for _, one in ipairs(allowed) do
    if one == value then return end
  end
  refuse(string.upper(what), what .. ' ' .. quote(value) .. ' is not allowed: choose one of ' .. table.concat(allowed, ', '))
end

local function check_member(member, pilot)
  if member == pilot then
    refuse('MEMBERS', 'member ' .. quote(member) .. ' is the pilot itself: its own phone does not ring, leave it out')
  end
  if is_number(member) then return end
  if not is_sip_uri(member) then
    refuse('MEMBERS', 'member ' .. quote(member) .. ' is not a number: write + and 7 to 15 digits, the first not 0'
      .. (SIP_URI_MEMBERS and ', or a SIP URI' or ''))
  end
  if not SIP_URI_MEMBERS then
    refuse('MEMBERS', 'member ' .. quote(member) .. ' is a SIP URI, which is not allowed here: write a number in E.164')
  end
end

local function check_members(members, pilot)
  if #members == 0 then refuse('MEMBERS', 'members is empty: name 1 to ' .. MAX_MEMBERS .. ' numbers') end
  if #members > MAX_MEMBERS then
    refuse('MEMBERS', 'members has ' .. #members .. ' numbers: at most ' .. MAX_MEMBERS .. ' are allowed')
  end
  local seen = {}
  for _, member in ipairs(members) do
    check_member(member, pilot)
    local same = string.lower(member)
    if seen[same] then refuse('MEMBERS', 'member ' .. quote(member) .. ' is named twice: name each once') end
    seen[same] = true
  end
end

-- Groups ------------------------------------------------------------------------------------------------------------------

-- An operator may have written anything there: what is no integer counts as 0.
local function integer(value)
  if type(value) ~= 'string' or #value > 15 or not string.find(value, '^-?%d+$') then return 0 end
  return tonumber(value)
end

local function cursor_of(key, count)
  return integer(redis.pcall('GET', key .. ':cursor')) % count
end

local function set_cursor(key, value)
  redis.call('SET', key .. ':cursor', value) -- also replaces a value of another type
end

local function members_of(key)
  return redis.call('LRANGE', key .. ':members', '0', '-1')
end

local function split(text)
  local parts = {}
  for part in string.gmatch(text .. ',', '([^,]*),') do
    local trimmed = string.match(part, '^%s*(.-)%s*$')
    parts[#parts + 1] = trimmed
  end
  if #parts == 1 and parts[1] == '' then return {} end
  return parts
end

local function rotated(members, start)
  local order, count = {}, #members
  for i = 1, count do order[i] = members[(start + i - 1) % count + 1] end
  return order
end

local function index_of(list, value)
  for i, one in ipairs(list) do
    if one == value then return i end
  end
end

-- Writes the list so that the turn stays with whom it was; if that member has gone, with the next one who is still there.
local function replace_members(key, old, new)
  if #old > 0 and call('EXISTS', key .. ':cursor') == 1 then
    for _, member in ipairs(rotated(old, cursor_of(key, #old))) do
      local at = index_of(new, member)
      if at then
        set_cursor(key, at - 1)
        break
      end
    end
  end
  call('DEL', key .. ':members')
  call('RPUSH', key .. ':members', unpack(new))
end

local function must_exist(key)
  if call('EXISTS', key) == 0 then refuse('GROUP', 'there is no group ' .. quote(key) .. ': create it with hunt_set') end
end

-- hunt_set: creates a group or changes the named fields of one.
-- KEYS[1] hunt:{+E164}
-- ARGV    field value …; fields: policy linear|circular, ring seconds, plan, enabled yes|no, members a,b,c
--         A new group needs members; else policy linear, ring 20, plan BIZNESS, enabled yes (the first allowed, if not those).
-- Returns OK and the group's version, which has grown by one.
local function hunt_set(keys, args)
  local pilot = pilot_of(keys, 'hunt_set 1 hunt:{+37167000000} members +37120000001,+37120000002')
  local key = keys[1]
  if #args == 0 or #args % 2 == 1 then
    refuse('ARGUMENTS', 'give pairs of field and value: one has no partner, or there is none. Fields: ' .. FIELDS)
  end
  local given = {}
  for i = 1, #args, 2 do
    local field = args[i]
    if given[field] then refuse('FIELD', 'field ' .. quote(field) .. ' is given twice: give it once') end
    given[field] = args[i + 1]
    if field == 'policy' then choose(field, args[i + 1], POLICIES)
    elseif field == 'ring' then choose(field, args[i + 1], RINGS)
    elseif field == 'plan' then choose(field, args[i + 1], PLANS)
    elseif field == 'enabled' then choose(field, args[i + 1], SWITCH)
    elseif field ~= 'members' then refuse('FIELD', 'field ' .. quote(field) .. ' is unknown: choose one of ' .. FIELDS) end
  end
  local members = given.members and split(given.members)
  if members then check_members(members, pilot) end
  local version = integer(call('HGET', key, 'version')) + 1 -- reads first: a wrong type fails before any write
  local values = {}
  if call('EXISTS', key) == 0 then
    local old = members_of(key)
    if not members and #old == 0 then
      refuse('MEMBERS', 'members is missing: a new group needs 1 to ' .. MAX_MEMBERS .. ' numbers')
    end
    values = {
      'policy', given.policy or POLICIES[1], 'ring', given.ring or (index_of(RINGS, '20') and '20' or RINGS[1]),
      'plan', given.plan or PLANS[1], 'enabled', given.enabled or SWITCH[1],
    }
  else
    for _, field in ipairs({ 'policy', 'ring', 'plan', 'enabled' }) do
      if given[field] then
        values[#values + 1] = field
        values[#values + 1] = given[field]
      end
    end
  end
  if members then replace_members(key, members_of(key), members) end
  call('HSET', key, 'version', version, unpack(values))
  return { redis.status_reply('OK'), version }
end

-- hunt_get: the whole group. Read-only.
-- KEYS[1] hunt:{+E164}
-- Returns field, value, …; members as hunt_set takes them; cursor is the index, from 0, of who starts next.
local function hunt_get(keys)
  pilot_of(keys, 'hunt_get 1 hunt:{+37167000000}')
  local key = keys[1]
  must_exist(key)
  local fields = call('HMGET', key, 'policy', 'ring', 'plan', 'enabled', 'version', 'turns')
  local members = members_of(key)
  return {
    'policy', fields[1] or '', 'ring', fields[2] or '', 'plan', fields[3] or '', 'enabled', fields[4] or '',
    'version', fields[5] or '0', 'members', table.concat(members, ','),
    'cursor', tostring(#members > 0 and cursor_of(key, #members) or 0), 'turns', fields[6] or '0',
  }
end

-- hunt_del: deletes the group and everything kept about it.
-- KEYS[1] hunt:{+E164}
-- Returns 1, or 0 when there was no such group.
local function hunt_del(keys)
  pilot_of(keys, 'hunt_del 1 hunt:{+37167000000}')
  local key = keys[1]
  local found = call('DEL', key, key .. ':members', key .. ':cursor', key .. ':turns')
  return found > 0 and 1 or 0
end

-- hunt_members: changes the list of members. The turn stays with the member with whom it was.
-- KEYS[1] hunt:{+E164}
-- ARGV    add MEMBER | remove MEMBER | move MEMBER POSITION (from 1) | nothing: only show
-- Returns the members, in order.
local function hunt_members(keys, args)
  local pilot = pilot_of(keys, 'hunt_members 1 hunt:{+37167000000} add +37120000003')
  local key, verb, member = keys[1], args[1], args[2]
  must_exist(key)
  local old = members_of(key)
  if #args == 0 then return old end
  local wanted = { add = 2, remove = 2, move = 3 }
  if wanted[verb] ~= #args then
    refuse('ARGUMENTS', 'say one of: add MEMBER, remove MEMBER, move MEMBER POSITION')
  end
  local new = rotated(old, 0)
  local at = index_of(new, member)
  if verb == 'add' then
    new[#new + 1] = member
    check_members(new, pilot)
  elseif not at then
    refuse('MEMBERS', 'member ' .. quote(member) .. ' is not in the group: it has ' .. table.concat(old, ', '))
  elseif verb == 'remove' then
    if #old == 1 then
      refuse('MEMBERS', 'member ' .. quote(member) .. ' is the last one: delete the group with hunt_del, or set enabled no')
    end
    table.remove(new, at)
  else
    local to = tonumber(string.match(args[3], '^%d%d?$'))
    if not to or to < 1 or to > #new then
      refuse('POSITION', 'position ' .. quote(args[3]) .. ' is not allowed: choose 1 to ' .. #new)
    end
    table.remove(new, at)
    table.insert(new, to, member)
  end
  local version = integer(call('HGET', key, 'version')) + 1
  replace_members(key, old, new)
  call('HSET', key, 'version', version)
  return new
end

-- Turns -------------------------------------------------------------------------------------------------------------------

-- Nil when nobody has ever set the group; what an operator left out by hand has the defaults of hunt_set.
local function read_group(key)
  local fields = redis.call('HMGET', key, 'policy', 'ring', 'plan', 'enabled', 'version', 'turns', 'recent')
  if not (fields[1] or fields[2] or fields[3] or fields[4] or fields[5]) then return nil end
  return {
    policy = fields[1] or 'linear', ring = fields[2] or '20', plan = fields[3] or 'BIZNESS',
    enabled = fields[4] or 'yes', version = fields[5] or '0', turns = integer(fields[6]), recent = fields[7] or '',
  }
end

local function turn_list(group, number, start, members)
  return {
    'policy', group.policy, 'ring', group.ring, 'plan', group.plan, 'enabled', group.enabled, 'version', group.version,
    'turn', number, 'start', start, 'members', members,
  }
end

-- No members are {} here: JSON from Lua does not tell an empty list from an empty object.
local function turn_json(group, number, start, members)
  return cjson.encode({ group.policy, group.ring, group.plan, group.enabled, group.version, number, start, members })
end

-- The entry's field `name`; entries are flat lists of field and value.
local function entry_value(entry, name)
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
end

local function turn_of(entries, call_id)
  for _, entry in ipairs(entries) do
    if entry_value(entry, 'call') == call_id then return entry end
  end
end

local function start_of(key, group, members)
  return group.policy == 'circular' and cursor_of(key, #members) or 0
end

-- hunt_next: who would ring now, in which order; takes no turn. Read-only.
-- KEYS[1] hunt:{+E164}
-- Returns the members in the order of ringing; empty when the group is not enabled or has none.
local function hunt_next(keys)
  pilot_of(keys, 'hunt_next 1 hunt:{+37167000000}')
  local key = keys[1]
  local group = read_group(key)
  if not group then must_exist(key) end
  local members = members_of(key)
  if not group or group.enabled ~= 'yes' or #members == 0 then return {} end
  return rotated(members, start_of(key, group, members))
end

-- Counts the turn, writes it down, and leaves the cursor behind `start`. More fields of the entry may follow.
local function write_turn(key, group, start, count, call_id, member, ...)
  local call = redis.call
  local number = group.turns + 1
  local text = tostring(number)
  local recent = string.sub(group.recent .. ' ' .. string.sub(call_id, HINT), RECENT)
  call('HSET', key, 'turns', text, 'recent', recent)
  if group.policy == 'circular' then
    local next_start = (start + 1) % count
    set_cursor(key, INDEX[next_start] or next_start)
  end
  call('XADD', key .. ':turns', '*', 'number', text, 'call', call_id, 'start', member, 'version', group.version, ...)
  if number % TRIM_EVERY == 0 then call('XTRIM', key .. ':turns', 'MAXLEN', '~', TURNS_KEPT) end
  return number
end

-- Takes the turn as hunt_turn says. `reply` puts the answer together: turn_list or turn_json.
local function take_turn(keys, args, reply)
  pilot_of(keys, 'hunt_turn 1 hunt:{+37167000000} CALL')
  local key, call_id, at = keys[1], args[1], args[2]
  if not call_id or call_id == '' then refuse('ARGUMENTS', 'the call id is missing: FCALL hunt_turn 1 KEY CALL') end
  local group = read_group(key)
  local members = members_of(key)
  if not group then
    if #members == 0 then return false end
    -- Members without settings: somebody is in the middle of setting the group up. Nobody rings yet.
    return reply({ policy = 'linear', ring = '20', plan = 'BIZNESS', enabled = 'no', version = '0' }, 0, 0, members)
  end
  if group.enabled ~= 'yes' or #members == 0 then return reply(group, 0, 0, members) end
  if string.find(group.recent, string.sub(call_id, HINT), 1, true) then
    local entry = turn_of(call('XREVRANGE', key .. ':turns', '+', '-', 'COUNT', RETRY_WINDOW), call_id)
    if entry then
      local start = (index_of(members, entry_value(entry, 'start')) or 1) - 1
      return reply(group, integer(entry_value(entry, 'number')), start, members)
    end
  end
  local start = start_of(key, group, members)
  local number
  if at then number = write_turn(key, group, start, #members, call_id, members[start + 1], 'at', at)
  else number = write_turn(key, group, start, #members, call_id, members[start + 1]) end
  return reply(group, number, start, members)
end

-- hunt_turn: takes a call's turn. The same call again, within the last few turns, gets the same turn again.
-- KEYS[1] hunt:{+E164}
-- ARGV    call id [now: milliseconds, kept with the turn as `at` where it differs from the time of writing]
-- Returns nil for no such group, else policy, ring, plan, enabled, version, turn (the number; 0: none was taken),
--         start (index, from 0, of who rings first), members (list; from `start` on and round, it is the order of ringing).
local function hunt_turn(keys, args)
  return take_turn(keys, args, turn_list)
end

-- hunt_turn_json: hunt_turn for the service: one text costs both sides less than a list of sixteen.
-- KEYS and ARGV as hunt_turn.
-- Returns nil for no such group, else a JSON array of the values that hunt_turn returns, without their names.
local function hunt_turn_json(keys, args)
  return take_turn(keys, args, turn_json)
end

-- hunt_replay: writes down a turn that a node took while Redis was away, unless it is there already. The cursor goes on by
-- one from where it is, because other nodes may have taken turns meanwhile.
-- KEYS[1] hunt:{+E164}
-- ARGV    call id, start member, at (milliseconds), since (stream id from which the turn may have been written)
-- Returns the turn's number; 0 when there is no such group any more.
local function hunt_replay(keys, args)
  pilot_of(keys, 'hunt_replay 1 hunt:{+37167000000} CALL START AT SINCE')
  if #args ~= 4 then refuse('ARGUMENTS', 'give four: CALL START AT SINCE') end
  local key, call_id, member, at = keys[1], args[1], args[2], args[3]
  local group = read_group(key)
  if not group then return 0 end
  local entry = turn_of(call('XRANGE', key .. ':turns', args[4], '+'), call_id)
  if entry then return integer(entry_value(entry, 'number')) end
  local count = math.max(1, call('LLEN', key .. ':members'))
  return write_turn(key, group, cursor_of(key, count), count, call_id, member, 'at', at, 'away', 'yes')
end

-- Claims ------------------------------------------------------------------------------------------------------------------

local function now_or(given)
  if given then return tonumber(given) end
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function member_key(keys, usage)
  if #keys ~= 1 or not string.find(keys[1], '^member:{.+}:calls$') then
    refuse('KEY', 'give exactly one key: FCALL ' .. usage)
  end
  return keys[1]
end

local function lease_of(args, usage)
  local lease = tonumber(args[2])
  if not args[1] or not lease or lease < 1 then refuse('ARGUMENTS', 'say: FCALL ' .. usage) end
  return math.floor(lease)
end

local CLAIM = 'member_claim 1 member:{+37120000001}:calls CALL LEASE-MILLISECONDS [NOW]'

-- member_claim: marks the member as being on the call, unless on another one whose lease has not lapsed. Time is Redis's own.
-- KEYS[1] member:{+E164}:calls
-- ARGV    call id, lease in milliseconds [now in milliseconds]
-- Returns 1, or 0 when another call has the member.
local function member_claim(keys, args)
  local key, lease = member_key(keys, CLAIM), lease_of(args, CLAIM)
  local now = now_or(args[3])
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  local other = call('ZRANGE', key, 0, 0)[1]
  if other and other ~= args[1] then return 0 end
  call('ZADD', key, now + lease, args[1])
  call('PEXPIRE', key, lease)
  return 1
end

local RENEW = 'member_renew 1 member:{+37120000001}:calls CALL LEASE-MILLISECONDS [NOW]'

-- member_renew: prolongs a claim. One that lapsed (Redis was away) is taken again where nobody else has it.
-- KEYS, ARGV and return value as member_claim.
local function member_renew(keys, args)
  member_key(keys, RENEW)
  lease_of(args, RENEW)
  return member_claim(keys, args)
end

-- member_release: the member is no longer on the call.
-- KEYS[1] member:{+E164}:calls
-- ARGV    call id
-- Returns 1, or 0 when there was no such claim.
local function member_release(keys, args)
  local usage = 'member_release 1 member:{+37120000001}:calls CALL'
  local key = member_key(keys, usage)
  if #args ~= 1 then refuse('ARGUMENTS', 'say: FCALL ' .. usage) end
  return call('ZREM', key, args[1])
end

-- Records -----------------------------------------------------------------------------------------------------------------

local RECORD = { 'call', 'pilot', 'caller', 'started', 'answered', 'ended', 'status', 'by', 'released', 'policy', 'turn',
  'version', 'attempts' }
local SCAN_LIMIT = 1000
local FENCE_SECONDS = 86400

local function fence_key(key, sender)
  return '{' .. key .. '}:fence:' .. sender -- in the slot of the stream itself
end

-- Appends the record whose values stand in args from `at` on, in the order of RECORD; written out, as a loop that builds a list
-- costs more than the entry.
local function append(key, args, at)
  redis.call('XADD', key, '*', 'call', args[at], 'pilot', args[at + 1], 'caller', args[at + 2], 'started', args[at + 3],
    'answered', args[at + 4], 'ended', args[at + 5], 'status', args[at + 6], 'by', args[at + 7], 'released', args[at + 8],
    'policy', args[at + 9], 'turn', args[at + 10], 'version', args[at + 11], 'attempts', args[at + 12])
end

-- Before the first write: an id that is none, or a key of another type, is refused here.
local function trim_records(key, oldest)
  redis.call('XTRIM', key, 'MINID', '~', oldest)
end

local function check_records(args, first)
  local values = #args - first + 1
  if values < #RECORD or values % #RECORD ~= 0 then
    refuse('ARGUMENTS', 'each record has ' .. #RECORD .. ' values: ' .. table.concat(RECORD, ', '))
  end
end

-- record_add: appends finished calls.
-- KEYS[1] records
-- ARGV    sender, oldest stream id to keep, then 13 values for each record, in the order of RECORD
-- Returns how many; -1 when the sender has been fenced off by record_replay: nothing was added, nor will be.
local function record_add(keys, args)
  check_records(args, 3)
  local key = keys[1]
  if redis.call('EXISTS', fence_key(key, args[1])) == 1 then return -1 end
  trim_records(key, args[2])
  for at = 3, #args, #RECORD do append(key, args, at) end
  return (#args - 2) / #RECORD
end

-- record_replay: adds the records of a batch that may or may not have been added, so that each is there exactly once.
-- First fences the sender off: a batch of it that is still on its way will then do nothing. Then looks for the calls in the
-- stream, at most SCAN_LIMIT entries at a time so that Redis is not held up: repeat with `next`, without those found.
-- KEYS[1] records
-- ARGV    sender, oldest stream id to keep, stream id to look from, then 13 values for each record
-- Returns next (empty: all was looked through, and those not found have been added), calls found …
local function record_replay(keys, args)
  check_records(args, 4)
  local key = keys[1]
  call('SET', fence_key(key, args[1]), 1, 'EX', FENCE_SECONDS)
  local doubtful, found = {}, {}
  for at = 4, #args, #RECORD do doubtful[args[at]] = at end
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
  for at = 4, #args, #RECORD do
    if doubtful[args[at]] == at then append(key, args, at) end
  end
  return { '', unpack(found) }
end

-- virkne_version: which version, with which catalogue, is loaded.
-- Returns version and Redis's time in milliseconds.
local function virkne_version()
  return { VERSION, tostring(now_or(nil)) }
end

local function register(name, body, flags)
  redis.register_function({ function_name = name, callback = guarded(body), flags = flags or {} })
end

local READ_ONLY = { 'no-writes' }
register('hunt_set', hunt_set)
register('hunt_get', hunt_get, READ_ONLY)
register('hunt_del', hunt_del)
register('hunt_members', hunt_members)
register('hunt_next', hunt_next, READ_ONLY)
register('hunt_turn', hunt_turn)
register('hunt_turn_json', hunt_turn_json)
register('hunt_replay', hunt_replay)
register('member_claim', member_claim)
register('member_renew', member_renew)
register('member_release', member_release)
register('record_add', record_add)
register('record_replay', record_replay)
register('virkne_version', virkne_version, READ_ONLY)
