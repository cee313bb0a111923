-- Administration: groups as a whole ---------------------------------------------------------------------------------------

local MOST_AT_ONCE = 1000
-- A change holds its group twice.
local MOST_CHANGES = 200

local function count_of(text, default, usage, most)
  if text == nil then return default end
  local count = tonumber(string.match(text, '^%d+$'))
  if not count or count < 1 or count > (most or MOST_AT_ONCE) then
    refuse('COUNT', 'count ' .. quote(text) .. ' is not allowed: choose 1 to ' .. (most or MOST_AT_ONCE) .. ': FCALL ' .. usage)
  end
  return count
end

-- hunt_list: the groups that there are, a page at a time. In a Cluster, those of the node that is asked. Read-only.
-- ARGV    [cursor, 0 at first] [how many keys to look at, 1000 at most]
-- Returns the next cursor (0: that was the last page), then pilots. A page may have none; a group that changes may come twice.
local function hunt_list(_, args)
  local usage = 'hunt_list 0 [CURSOR] [COUNT]'
  local cursor = args[1] or '0'
  if not string.find(cursor, '^%d+$') then refuse('CURSOR', 'cursor ' .. quote(cursor) .. ' is no number: FCALL ' .. usage) end
  local page = call('SCAN', cursor, 'MATCH', 'hunt:{*}', 'COUNT', count_of(args[2], MOST_AT_ONCE, usage), 'TYPE', 'hash')
  local found = { page[1] }
  for _, key in ipairs(page[2]) do
    local pilot = string.match(key, '^hunt:{(%+%d+)}$')
    if pilot then found[#found + 1] = pilot end
  end
  return found
end

-- hunt_audit: who changed what of the group, the newest first. Read-only.
-- KEYS[1] hunt:{+E164}
-- ARGV    [how many: 20, 200 at most] [id of the oldest seen, to go on behind it]
-- Returns for each change: its id (which begins with the time in milliseconds), and a list of by, what, before, after with their names.
local function hunt_audit(keys, args)
  local usage = 'hunt_audit 1 hunt:{+37167000000} [COUNT] [BEFORE]'
  pilot_of(keys, usage)
  local from = args[2] and '(' .. args[2] or '+'
  if args[2] and not string.find(args[2], '^%d+%-?%d*$') then
    refuse('ID', 'id ' .. quote(args[2]) .. ' is none of a change: FCALL ' .. usage)
  end
  return call('XREVRANGE', keys[1] .. ':audit', from, '-', 'COUNT', count_of(args[1], 20, usage, MOST_CHANGES))
end

local SETTINGS = {
  'policy', 'ring', 'plan', 'enabled', 'owner', 'confirm', 'whisper', 'waiting', 'farewell', 'language', 'spoken',
}

-- hunt_export: the group as hunt_import takes it. Read-only.
-- KEYS[1] hunt:{+E164}
-- Returns a JSON object: pilot, policy, ring, plan, enabled, [owner], members.
local function hunt_export(keys)
  local pilot = pilot_of(keys, 'hunt_export 1 hunt:{+37167000000}')
  must_exist(keys[1])
  local group, values = { pilot = pilot }, call('HMGET', keys[1], unpack(SETTINGS))
  for i, name in ipairs(SETTINGS) do group[name] = values[i] or nil end
  local members = members_of(keys[1])
  if #members > 0 then group.members = members end
  return cjson.encode(group)
end

-- hunt_import: sets the group to what hunt_export gave, by the rules of hunt_set.
-- KEYS[1] hunt:{+E164}, which must be the pilot of the JSON where that names one
-- ARGV    JSON object [by NAME]
-- Returns OK and the group's version.
local function hunt_import(keys, args)
  local pilot = pilot_of(keys, 'hunt_import 1 hunt:{+37167000000} JSON')
  local ok, group = pcall(cjson.decode, args[1] or '')
  if not ok or type(group) ~= 'table' or group[1] ~= nil then
    refuse('ARGUMENTS', 'that is no JSON object: give what hunt_export gave')
  end
  if group.pilot ~= nil and group.pilot ~= pilot then
    refuse('PILOT', 'the JSON is of group ' .. quote(tostring(group.pilot)) .. ', the key of another one: name one and the same')
  end
  local pairs_of = {}
  for name, value in pairs(group) do
    if name == 'members' then
      if type(value) ~= 'table' then refuse('MEMBERS', 'members is no list: write [ "+37120000001", … ]') end
      for _, member in ipairs(value) do
        if type(member) ~= 'string' then refuse('MEMBERS', 'members has something that is no text: write "+37120000001"') end
      end
      put(pairs_of, name, table.concat(value, ','))
    elseif name ~= 'pilot' then
      if type(value) ~= 'string' and type(value) ~= 'number' then refuse('FIELD', 'field ' .. quote(tostring(name)) .. ' is no text') end
      put(pairs_of, name, tostring(value))
    end
  end
  local by = author(args, 2)
  if by then put(pairs_of, 'by', by)
  elseif #args > 1 then refuse('ARGUMENTS', 'say: FCALL hunt_import 1 KEY JSON [by NAME]') end
  return hunt_set(keys, pairs_of)
end

-- What a group that was written by hand may have wrong; hunt_set lets none of it in.
local function faults_of(key, pilot)
  local found = {}
  local function look(check, ...)
    local ok, thrown = pcall(check, ...)
    if not ok then found[#found + 1] = type(thrown) == 'table' and string.gsub(thrown.refusal or thrown.err or '?', '^ERR VIRKNE ', '') or tostring(thrown) end
  end
  local values = call('HMGET', key, 'policy', 'ring', 'plan', 'enabled', 'version', 'away')
  local allowed = { { 'policy', POLICIES }, { 'ring', RINGS }, { 'plan', eligible_plans() }, { 'enabled', SWITCH } }
  for i, one in ipairs(allowed) do look(choose, one[1], values[i] or '', one[2]) end
  if not string.find(values[5] or '', '^%d+$') then found[#found + 1] = 'VERSION version is no number: change the group with hunt_set' end
  local voices = call('HMGET', key, unpack(VOICES))
  for i, name in ipairs(VOICES) do
    if voices[i] then look(is_voice, name, voices[i]) end
  end
  look(check_members, members_of(key), pilot)
  local cursor = call('GET', key .. ':cursor')
  if cursor and not string.find(cursor, '^%d+$') then
    found[#found + 1] = 'CURSOR the cursor ' .. quote(cursor) .. ' is no number, and counts as 0: SET it to the index, from 0, of who starts next'
  end
  for _, one in ipairs(away_of(values[6])) do
    if not index_of(members_of(key), one.member) then
      found[#found + 1] = 'AWAY ' .. quote(one.member) .. ' is away and not in the group: FCALL hunt_back it'
    end
  end
  -- No fault: whoever owns the group may have meant it.
  for _, member in ipairs(OWN_NUMBERS and voices[index_of(VOICES, 'confirm')] ~= 'yes' and members_of(key) or {}) do
    local is_own = is_number(member) and #OWN_NUMBERS == 0
    for _, own in ipairs(OWN_NUMBERS) do is_own = is_own or string.sub(member, 1, #own) == own end
    if not is_own then
      found[#found + 1] = 'UNCONFIRMED ' .. quote(member) .. ' is outside: a voicemail or an announcement there may answer and '
        .. 'keep the caller. With confirm yes who answers is asked to press 1'
    end
  end
  return found
end

-- hunt_check: what is wrong with the group, however it was written. Read-only.
-- KEYS[1] hunt:{+E164}
-- Returns one line for each fault, and one (UNCONFIRMED) for each member of another network whom nobody asks to press 1, where media
-- servers could; nothing when all is well.
local function hunt_check(keys)
  local pilot = pilot_of(keys, 'hunt_check 1 hunt:{+37167000000}')
  local kinds = { [''] = 'hash', [':members'] = 'list', [':cursor'] = 'string', [':turns'] = 'stream', [':audit'] = 'stream' }
  local wrong = {}
  for suffix, kind in pairs(kinds) do
    local is = call('TYPE', keys[1] .. suffix).ok
    if is ~= kind and is ~= 'none' then
      wrong[#wrong + 1] = 'TYPE ' .. quote(keys[1] .. suffix) .. ' is a ' .. is .. ' and must be a ' .. kind .. ': RENAME it away'
    end
  end
  if #wrong > 0 then return wrong end
  must_exist(keys[1])
  return faults_of(keys[1], pilot)
end

register('hunt_list', hunt_list, READ_ONLY)
register('hunt_audit', hunt_audit, READ_ONLY)
register('hunt_export', hunt_export, READ_ONLY)
register('hunt_import', hunt_import)
register('hunt_check', hunt_check, READ_ONLY)
