-- Away: members who do not ring for a while ----------------------------------------------------------------------------------
-- Field `away` of the group's hash, so that a call reads it with the rest: JSON, a list of { member, till (milliseconds), reason }.

local UNITS = { m = 60000, h = 3600000, d = 86400000 }
local LONGEST_AWAY = 366 * UNITS.d
-- Far more than all members of a group with their reasons; each call reads it.
local LONGEST_TEXT = 16384

-- Days since 1970 of a date of the Gregorian calendar.
local function days_from(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
end

-- Milliseconds as ISO 8601 in UTC.
local function instant(milliseconds)
  local seconds = math.floor(milliseconds / 1000)
  local days, rest = math.floor(seconds / 86400), seconds % 86400
  local z = days + 719468
  local era = math.floor(z / 146097)
  local of_era = z - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local march = math.floor((5 * of_year + 2) / 153)
  local day = of_year - math.floor((153 * march + 2) / 5) + 1
  local month = march < 10 and march + 3 or march - 9
  local y = year + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02dZ', y, month, day, math.floor(rest / 3600), math.floor(rest / 60) % 60, rest % 60)
end

-- `10m`, `2h`, `3d`, or a time in UTC, as 2026-11-25T18:00Z. Returns milliseconds since 1970.
local function read_until(text, now)
  local count, unit = string.match(text or '', '^(%d%d?%d?%d?)([mhd])$')
  if count then return now + count * UNITS[unit] end
  local year, month, day, hour, minute, second =
    string.match(text or '', '^(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):?(%d?%d?)Z$')
  if not year then return nil end
  return ((days_from(tonumber(year), tonumber(month), tonumber(day)) * 24 + hour) * 60 + minute) * 60000
    + (tonumber(second) or 0) * 1000
end

-- Those who are away by Redis's clock. An operator may have written anything there: what is no such list is nobody.
local function away_of(text)
  if not text or text == '' or #text > LONGEST_TEXT then return {} end
  local ok, list = pcall(cjson.decode, text)
  if not ok or type(list) ~= 'table' then return {} end
  local now, found = redis_time(), {}
  for _, one in ipairs(list) do
    local valid = type(one) == 'table' and type(one.member) == 'string' and type(one.till) == 'number'
    -- Beyond what hunt_away takes it was written by hand, and what is no number any more ends the whole answer.
    if valid and one.till > now and one.till <= now + LONGEST_AWAY then
      found[#found + 1] = { member = one.member, till = one.till, reason = type(one.reason) == 'string' and one.reason or '' }
    end
  end
  return found
end

local function without(list, member)
  local rest = {}
  for _, one in ipairs(list) do
    if one.member ~= member then rest[#rest + 1] = one end
  end
  return rest
end

local function write_away(key, list)
  if #list == 0 then call('HDEL', key, 'away')
  else call('HSET', key, 'away', cjson.encode(list)) end
end
