-- Absences: hunt_away and hunt_back -------------------------------------------------------------------------------------------

local AWAY = 'hunt_away 1 hunt:{+37167000000} +37120000001 2h [by NAME] lunch'

-- hunt_away: the member does not ring until then, and is not taken off the list.
-- KEYS[1] hunt:{+E164}
-- ARGV    member, for how long (10m, 2h, 3d) or until when (2026-11-25T18:00Z, UTC), [by NAME] (for the audit), [reason, in any
--         number of words]
-- Returns OK and the time until which.
local function hunt_away(keys, args)
  pilot_of(keys, AWAY)
  local key, member = keys[1], args[1]
  must_exist(key)
  if #args < 2 then refuse('ARGUMENTS', 'say: FCALL ' .. AWAY) end
  if not index_of(members_of(key), member) then
    refuse('MEMBERS', 'member ' .. quote(member) .. ' is not in the group: it has ' .. table.concat(members_of(key), ', '))
  end
  local now = redis_time()
  local till = read_until(args[2], now)
  if not till then refuse('TIME', 'time ' .. quote(args[2]) .. ' is not understood: say 10m, 2h, 3d or 2026-11-25T18:00Z') end
  if till <= now or till > now + LONGEST_AWAY then
    refuse('TIME', 'time ' .. quote(args[2]) .. ' is not ahead of us by at most 366 days: take the member off the list instead')
  end
  local by = args[3] == 'by' and args[4]
  if by then check_name('by', by) end
  local reason = table.concat(args, ' ', by and 5 or 3)
  check_name('reason', reason)
  local before = group_document(key)
  local list = without(away_of(call('HGET', key, 'away')), member)
  list[#list + 1] = { member = member, till = till, reason = reason }
  write_away(key, list)
  write_audit(key, 'hunt_away', by or nil, before, { member = member, ['until'] = instant(till) })
  return { redis.status_reply('OK'), instant(till) }
end

-- hunt_back: the member rings again.
-- KEYS[1] hunt:{+E164}
-- ARGV    member [by NAME]
-- Returns 1, or 0 when the member was not away.
local function hunt_back(keys, args)
  local usage = 'hunt_back 1 hunt:{+37167000000} +37120000001 [by NAME]'
  pilot_of(keys, usage)
  local by = author(args, 2)
  if #args ~= (by and 3 or 1) then refuse('ARGUMENTS', 'say: FCALL ' .. usage) end
  local key = keys[1]
  must_exist(key)
  local list = away_of(call('HGET', key, 'away'))
  local rest = without(list, args[1])
  if #rest == #list then return 0 end
  local before = group_document(key)
  write_away(key, rest)
  write_audit(key, 'hunt_back', by, before, { member = args[1] })
  return 1
end

register('hunt_away', hunt_away)
register('hunt_back', hunt_back)
