-- Claims ------------------------------------------------------------------------------------------------------------------

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
  local now = redis_time()
  if args[3] then now = tonumber(args[3]) end
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

register('member_claim', member_claim)
register('member_renew', member_renew)
register('member_release', member_release)
