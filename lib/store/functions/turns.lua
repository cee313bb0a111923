-- Turns -------------------------------------------------------------------------------------------------------------------

-- A repeated hunt_turn is recognised among the last four turns: `recent` holds the last characters of their call ids, a hint
-- that spares reading the stream, where the truth is, on each call.
local HINT = -6
local RECENT = -4 * (6 + 1)
local RETRY_WINDOW = 8
-- Trimming costs more than the entry it makes room for: not with each turn.
local TRIM_EVERY = 100

-- Nil when nobody has ever set the group; what an operator left out by hand has the defaults of hunt_set.
local function read_group(key)
  local fields = redis.call('HMGET', key, 'policy', 'ring', 'plan', 'enabled', 'version', 'turns', 'recent', 'away', 'owner',
    unpack(VOICES))
  if not (fields[1] or fields[2] or fields[3] or fields[4] or fields[5]) then return nil end
  return {
    policy = fields[1] or DEFAULTS.policy, ring = fields[2] or DEFAULTS.ring, plan = fields[3] or DEFAULTS.plan,
    enabled = fields[4] or DEFAULTS.enabled, version = fields[5] or '0', turns = integer(fields[6]), recent = fields[7] or '',
    away = fields[8] and away_of(fields[8]), owner = fields[9], voices = voices_in(fields, 10),
  }
end

-- Who does not ring now: a list of member, until (milliseconds), reason, one after another.
local function absent(group)
  local flat = {}
  for _, one in ipairs(group.away or {}) do put(flat, one.member, one.till, one.reason) end
  return flat
end

local function turn_list(group, number, start, members, order)
  local list = {
    'policy', group.policy, 'ring', group.ring, 'plan', group.plan, 'enabled', group.enabled, 'version', group.version,
    'turn', number, 'start', start, 'members', members, 'order', order,
  }
  if group.voices or group.owner or group.away and #group.away > 0 then put(list, 'away', absent(group)) end
  if group.voices or group.owner then put(list, 'owner', group.owner or '') end
  if group.voices then put(list, 'voices', group.voices) end
  return list
end

-- An empty list is {} here: JSON from Lua does not tell it from an empty object.
local function turn_json(group, number, start, members, order)
  local values = { group.policy, group.ring, group.plan, group.enabled, group.version, number, start, members, order }
  if group.away or group.owner or group.voices then
    values[10] = absent(group)
    if group.owner or group.voices then put(values, group.owner or '', group.voices) end
  end
  return cjson.encode(values)
end

local function turn_of(entries, call_id)
  for _, entry in ipairs(entries) do
    if entry_value(entry, 'call') == call_id then return entry end
  end
end

-- hunt_next: who would ring now, in which order; takes no turn. Read-only.
-- KEYS[1] hunt:{+E164}
-- Returns the members in the order of ringing, without those who are away; empty when the group is not enabled or has none.
local function hunt_next(keys)
  pilot_of(keys, 'hunt_next 1 hunt:{+37167000000}')
  local key = keys[1]
  local group = read_group(key)
  if not group then must_exist(key) end
  local members = first_members_of(key)
  if not group or group.enabled ~= 'yes' or #members == 0 then return {} end
  local policy = ordering(group)
  local away, present = {}, {}
  for _, one in ipairs(group.away or {}) do away[one.member] = true end
  for _, member in ipairs(policy.order(members, policy.start(key, #members))) do
    if not away[member] then present[#present + 1] = member end
  end
  return present
end

-- Counts the turn, writes it down, and moves the cursor on as the policy says. More fields of the entry may follow.
local function write_turn(key, group, start, count, call_id, member, ...)
  local call = redis.call
  local number = group.turns + 1
  local text = tostring(number)
  local recent = string.sub(group.recent .. ' ' .. string.sub(call_id, HINT), RECENT)
  call('HSET', key, 'turns', text, 'recent', recent)
  local behind = ordering(group).behind
  if behind then
    local cursor = behind(start, count)
    set_cursor(key, INDEX[cursor] or cursor)
  end
  call('XADD', key .. ':turns', '*', 'number', text, 'call', call_id, 'start', member, 'version', group.version, ...)
  if number % TRIM_EVERY == 0 then call('XTRIM', key .. ':turns', 'MAXLEN', '~', TURNS_KEPT) end
  return number
end

-- Takes the turn as hunt_turn says. `reply` puts the answer together: turn_list or turn_json.
local function take_turn(keys, args, reply)
  pilot_of(keys, 'hunt_turn 1 hunt:{+37167000000} CALL')
  local key, call_id, at, node = keys[1], args[1], args[2], args[3]
  if not call_id or call_id == '' then refuse('ARGUMENTS', 'the call id is missing: FCALL hunt_turn 1 KEY CALL') end
  local group = read_group(key)
  local members = first_members_of(key)
  if not group then
    if #members == 0 then return false end
    -- Members without settings: somebody is in the middle of setting the group up. Nobody rings yet.
    local unset = { policy = DEFAULTS.policy, ring = DEFAULTS.ring, plan = DEFAULTS.plan, enabled = 'no', version = '0' }
    return reply(unset, 0, 0, members, {})
  end
  if group.enabled ~= 'yes' or #members == 0 then return reply(group, 0, 0, members, {}) end
  local policy = ordering(group)
  if string.find(group.recent, string.sub(call_id, HINT), 1, true) then
    local entry = turn_of(call('XREVRANGE', key .. ':turns', '+', '-', 'COUNT', RETRY_WINDOW), call_id)
    if entry then
      local start = (index_of(members, entry_value(entry, 'start')) or 1) - 1
      return reply(group, integer(entry_value(entry, 'number')), start, members, policy.order(members, start))
    end
  end
  local start = policy.start(key, #members)
  local number
  if node then number = write_turn(key, group, start, #members, call_id, members[start + 1], 'node', node)
  elseif at then number = write_turn(key, group, start, #members, call_id, members[start + 1], 'at', at)
  else number = write_turn(key, group, start, #members, call_id, members[start + 1]) end
  return reply(group, number, start, members, policy.order(members, start))
end

-- hunt_turn: takes a call's turn. The same call again, within the last few turns, gets the same turn again.
-- KEYS[1] hunt:{+E164}
-- ARGV    call id [now: milliseconds, kept with the turn as `at` where it differs from the time of writing]
-- Returns nil for no such group, else policy, ring, plan, enabled, version, turn (the number; 0: none was taken),
--         start (index, from 0, of who rings first), members (the group's list), order (in which they ring; empty: nobody),
--         where somebody is away, or the group has an owner: away (member, until when in milliseconds, reason; and so on),
--         and where it has one: owner; where it wishes for voices: owner (or nothing), and voices (name, value; and so on).
local function hunt_turn(keys, args)
  return take_turn(keys, args, turn_list)
end

-- hunt_turn_json: hunt_turn for the service: one text costs both sides less than a list of eighteen.
-- KEYS and ARGV as hunt_turn; behind `now`, which is not kept then, the process that has the call (see lost.lua).
-- Returns nil for no such group, else a JSON array of the values that hunt_turn returns, without their names.
local function hunt_turn_json(keys, args)
  return take_turn(keys, args, turn_json)
end

-- hunt_replay: writes down a turn that a node took while Redis was away, unless it is there already. The cursor goes on by
-- one from where it is, because other nodes may have taken turns meanwhile.
-- KEYS[1] hunt:{+E164}
-- ARGV    call id, start member, at (milliseconds), since (stream id from which the turn may have been written)
--         [number that an earlier master gave it, or nothing: with the turns behind it there and its own not, it was trimmed]
--         [the process that has the call (see lost.lua)]
-- Returns the turn's number; 0 when there is no such group any more.
local function hunt_replay(keys, args)
  pilot_of(keys, 'hunt_replay 1 hunt:{+37167000000} CALL START AT SINCE')
  if #args < 4 or #args > 6 then refuse('ARGUMENTS', 'give four: CALL START AT SINCE, or NUMBER and NODE behind them') end
  local key, call_id, member, at, node = keys[1], args[1], args[2], args[3], args[6] or ''
  local group = read_group(key)
  if not group then return 0 end
  local entries, given = call('XRANGE', key .. ':turns', args[4], '+'), integer(args[5])
  local entry = turn_of(entries, call_id)
  if entry then return integer(entry_value(entry, 'number')) end
  if given > 0 and entries[1] and integer(entry_value(entries[1], 'number')) > given then return given end
  local count = math.max(1, call('LLEN', key .. ':members'))
  local cursor = cursor_of(key, count)
  if node ~= '' then return write_turn(key, group, cursor, count, call_id, member, 'at', at, 'away', 'yes', 'node', node) end
  return write_turn(key, group, cursor, count, call_id, member, 'at', at, 'away', 'yes')
end

register('hunt_next', hunt_next, READ_ONLY)
register('hunt_turn', hunt_turn)
register('hunt_turn_json', hunt_turn_json)
register('hunt_replay', hunt_replay)
