-- Charges: months that are closed, and groups that were changed past the functions -------------------------------------------------
--   charges:{YYYY-MM}              list  the closed month, in the pieces of its JSON document; nothing changes it any more
--   charges:{YYYY-MM}:corrections  hash  id, line as JSON: of the month while it is open
--   charges:{YYYY-MM}:draft:ID     list  the pieces of a month that somebody is about to close

local LONGEST_LINE = 2000

local function check_month(keys, usage)
  if #keys ~= 1 or not string.find(keys[1], '^charges:{%d%d%d%d%-%d%d}$') then
    refuse('KEY', 'give exactly one key, as charges:{2026-11}: FCALL ' .. usage)
  end
end

-- charges_close: the draft becomes the closed month, unless there is one: many may close it at once.
-- KEYS[1] charges:{YYYY-MM}
-- ARGV    id of the draft, how many corrections it holds
-- Returns 1; 0 where the month was closed before.
local function charges_close(keys, args)
  check_month(keys, 'charges_close 1 charges:{2026-11} DRAFT CORRECTIONS')
  local key = keys[1]
  local draft = key .. ':draft:' .. (args[1] or '')
  if call('EXISTS', key) == 1 then
    call('UNLINK', draft)
    return 0
  end
  if tostring(call('HLEN', key .. ':corrections')) ~= args[2] then
    refuse('CHARGES', 'a correction came while the month was being closed: close it again')
  end
  if call('EXISTS', draft) == 0 then refuse('CHARGES', 'there is no such draft: close the month again') end
  call('RENAME', draft, key)
  call('PERSIST', key)
  return 1
end

-- charges_correct: a signed line for a month that is open.
-- KEYS[1] charges:{YYYY-MM}
-- ARGV    id, the line as JSON
-- Returns 1; 0 where a correction of that id was there before, which stays as it is.
local function charges_correct(keys, args)
  check_month(keys, 'charges_correct 1 charges:{2026-11} ID LINE')
  local key = keys[1]
  if #args ~= 2 or #args[2] > LONGEST_LINE then refuse('ARGUMENTS', 'give an id, and a line of at most ' .. LONGEST_LINE .. ' bytes') end
  if call('HGET', key .. ':corrections', args[1]) then return 0 end
  if call('EXISTS', key) == 1 then
    refuse('CHARGES', 'month ' .. quote(string.sub(key, 10, -2)) .. ' is closed: put the correction into an open one')
  end
  return call('HSET', key .. ':corrections', args[1], args[2])
end

local BILLED = { 'plan', 'enabled', 'owner' }

local function differs_in_bill(a, b)
  if a == b then return false end
  if (a == '') ~= (b == '') then return true end
  local ok, x, y = pcall(function() return cjson.decode(a), cjson.decode(b) end)
  if not ok or type(x) ~= 'table' or type(y) ~= 'table' then return true end
  for _, name in ipairs(BILLED) do
    if x[name] ~= y[name] then return true end
  end
  return false
end

-- hunt_notice: writes into the audit what somebody changed past these functions, and a group that is older than the audit: months are
-- charged from it.
-- KEYS[1] hunt:{+E164}
-- Returns 1 where something was written, else 0.
local function hunt_notice(keys)
  pilot_of(keys, 'hunt_notice 1 hunt:{+37167000000}')
  local key = keys[1]
  local last = call('XREVRANGE', key .. ':audit', '+', '-', 'COUNT', 1)[1]
  local known, is = last and entry_value(last, 'after') or '', group_document(key)
  if not differs_in_bill(known, is) then return 0 end
  -- What is older than the audit was so before; a change past the functions is one from now on.
  write_audit(key, 'hunt_notice', nil, last and known or is)
  return 1
end

register('charges_close', charges_close)
register('charges_correct', charges_correct)
register('hunt_notice', hunt_notice)
