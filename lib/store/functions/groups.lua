-- Groups ------------------------------------------------------------------------------------------------------------------

local SWITCH = { 'yes', 'no' }
local FIELDS = 'policy, ring, plan, enabled, members, owner, confirm, whisper, waiting, farewell, language, spoken'
local DELETED_SECONDS = 30 * 86400
-- What nobody has chosen: the same for hunt_set, and for what an operator left out by hand.
local DEFAULTS = { policy = POLICIES[1], ring = RINGS[1], plan = PLANS[1], enabled = SWITCH[1] }
for i = 1, #RINGS do -- there is no ipairs yet while the library loads
  if RINGS[i] == '20' then DEFAULTS.ring = '20' end
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

-- The plans that can be had now, in the order of the catalogue.
local function eligible_plans()
  if #PLAN_SPANS == 0 then return PLANS end
  local now, limited, eligible, found = redis_time(), {}, {}, {}
  for _, span in ipairs(PLAN_SPANS) do
    limited[span.plan] = true
    if span.from <= now and (not span.till or now < span.till) then eligible[span.plan] = true end
  end
  for _, plan in ipairs(PLANS) do
    if eligible[plan] or not limited[plan] then found[#found + 1] = plan end
  end
  return found
end

local function members_of(key)
  return redis.call('LRANGE', key .. ':members', '0', '-1')
end

-- Who may ring: of a list that somebody has written by hand, never more than that, and one more so that the service can tell.
local function first_members_of(key)
  return redis.call('LRANGE', key .. ':members', '0', '12')
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

local function put(list, ...)
  for _, value in ipairs({ ... }) do list[#list + 1] = value end
end

local function must_exist(key)
  if call('EXISTS', key) == 0 then refuse('GROUP', 'there is no group ' .. quote(key) .. ': create it with hunt_set') end
end

-- Whoever has seen an older group does not know what his change would undo.
local function check_version(key, seen)
  local version = call('HGET', key, 'version') or '0'
  if seen ~= version then
    refuse('VERSION', 'version is ' .. quote(version) .. ' by now and not ' .. quote(seen) .. ': look at the group again')
  end
end

-- hunt_set: creates a group or changes the named fields of one.
-- KEYS[1] hunt:{+E164}
-- ARGV    field value …; fields: policy linear|circular, ring seconds, plan, enabled yes|no, members a,b,c, owner (whose group it
--         is: a customer's id), confirm yes|no (who answers must press 1), whisper yes|no (he hears the group's name), waiting
--         none|tone|NAME (what callers hear meanwhile), farewell none|NAME (what they hear where nobody answers), language none|NAME,
--         spoken none|NAME (the recording of the group's name); by NAME (for the audit: who changes it); version (what the group
--         has now, where the change was made in view of that: with another one it is refused)
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
    elseif field == 'plan' then choose(field, args[i + 1], eligible_plans())
    elseif field == 'enabled' then choose(field, args[i + 1], SWITCH)
    elseif field == 'owner' or field == 'by' then check_name(field, args[i + 1])
    elseif field == 'version' then check_version(key, args[i + 1])
    elseif field ~= 'members' and not is_voice(field, args[i + 1]) then refuse('FIELD', 'field ' .. quote(field) .. ' is unknown: choose one of ' .. FIELDS) end
  end
  local members = given.members and split(given.members)
  if members then check_members(members, pilot) end
  local before = group_document(key)
  local version = integer(call('HGET', key, 'version')) + 1 -- reads first: a wrong type fails before any write
  local values = {}
  if call('EXISTS', key) == 0 then
    local old = members_of(key)
    if not members and #old == 0 then
      refuse('MEMBERS', 'members is missing: a new group needs 1 to ' .. MAX_MEMBERS .. ' numbers')
    end
    local plan = given.plan or eligible_plans()[1]
    if not plan then refuse('PLAN', 'no plan can be had now: look at the prices of the configuration') end
    values = {
      'policy', given.policy or DEFAULTS.policy, 'ring', given.ring or DEFAULTS.ring,
      'plan', plan, 'enabled', given.enabled or DEFAULTS.enabled, 'since', tostring(redis_time()),
    }
    if given.owner then put(values, 'owner', given.owner) end
    for _, field in ipairs(VOICES) do
      if given[field] then put(values, field, given[field]) end
    end
  else
    for _, field in ipairs({ 'policy', 'ring', 'plan', 'enabled', 'owner' }) do
      if given[field] then put(values, field, given[field]) end
    end
    for _, field in ipairs(VOICES) do
      if given[field] then put(values, field, given[field]) end
    end
  end
  if members then replace_members(key, members_of(key), members) end
  call('HSET', key, 'version', version, unpack(values))
  call('DEL', key .. ':deleted')
  write_audit(key, 'hunt_set', given.by, before)
  return { redis.status_reply('OK'), version }
end

-- hunt_get: the whole group. Read-only.
-- KEYS[1] hunt:{+E164}
-- Returns field, value, …; members as hunt_set takes them; cursor is the index, from 0, of who starts next; owner, voices (by their
--         fields) and away (member, until, reason; …) where there is one.
local function hunt_get(keys)
  pilot_of(keys, 'hunt_get 1 hunt:{+37167000000}')
  local key = keys[1]
  must_exist(key)
  local fields = call('HMGET', key, 'policy', 'ring', 'plan', 'enabled', 'version', 'turns', 'owner', 'away')
  local members = members_of(key)
  local group = {
    'policy', fields[1] or '', 'ring', fields[2] or '', 'plan', fields[3] or '', 'enabled', fields[4] or '',
    'version', fields[5] or '0', 'members', table.concat(members, ','),
    'cursor', tostring(#members > 0 and cursor_of(key, #members) or 0), 'turns', fields[6] or '0',
  }
  if fields[7] then put(group, 'owner', fields[7]) end
  local voices = call('HMGET', key, unpack(VOICES))
  for i, name in ipairs(VOICES) do
    if voices[i] then put(group, name, voices[i]) end
  end
  local away = {}
  for _, one in ipairs(away_of(fields[8])) do
    away[#away + 1] = one.member .. ' until ' .. instant(one.till) .. (one.reason ~= '' and ': ' .. one.reason or '')
  end
  if #away > 0 then put(group, 'away', table.concat(away, '; ')) end
  return group
end

-- hunt_del: deletes the group and everything kept about it but its audit, from which its months are charged, and says so for a
-- month: a group that is gone without that is taken for lost, and is rung from memory. Also for one that is lost already.
-- KEYS[1] hunt:{+E164}
-- ARGV    [by NAME]
-- Returns 1, or 0 when there was no such group.
local function hunt_del(keys, args)
  pilot_of(keys, 'hunt_del 1 hunt:{+37167000000}')
  local key, by = keys[1], author(args, 1)
  local before = group_document(key)
  local found = call('DEL', key, key .. ':members', key .. ':cursor', key .. ':turns')
  call('SET', key .. ':deleted', '1', 'EX', DELETED_SECONDS)
  if found == 0 then return 0 end
  write_audit(key, 'hunt_del', by, before)
  return 1
end

-- hunt_members: changes the list of members. The turn stays with the member with whom it was.
-- KEYS[1] hunt:{+E164}
-- ARGV    add MEMBER | remove MEMBER | move MEMBER POSITION (from 1), each [by NAME] | nothing: only show
-- Returns the members, in order.
local function hunt_members(keys, args)
  local pilot = pilot_of(keys, 'hunt_members 1 hunt:{+37167000000} add +37120000003')
  local key, verb, member = keys[1], args[1], args[2]
  must_exist(key)
  local old = members_of(key)
  if #args == 0 then return old end
  local wanted = ({ add = 2, remove = 2, move = 3 })[verb]
  local by = wanted and author(args, wanted + 1)
  if wanted ~= #args - (by and 2 or 0) then
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
  local version, before = integer(call('HGET', key, 'version')) + 1, group_document(key)
  replace_members(key, old, new)
  call('HSET', key, 'version', version)
  write_audit(key, 'hunt_members', by, before)
  return new
end

register('hunt_set', hunt_set)
register('hunt_get', hunt_get, READ_ONLY)
register('hunt_del', hunt_del)
register('hunt_members', hunt_members)
