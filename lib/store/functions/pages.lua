-- Pages: who may see the customer's page of a number ---------------------------------------------------------------------------
-- Written by `virkne link` and by the service; links and sessions are known here by digests alone. All of them are in one slot.
--   {my}:link:DIGEST      hash  number, holder: a link that nobody has used yet
--   {my}:session:DIGEST   hash  number, holder, till: whoever has used one; the key's existence is the truth
--   {my}:of:+E164         set   the keys above that are of that number
-- `holder` is whose the group of that number was when the link was given: who calls says whether it still is. Times are Redis's.

local function page_key(keys, kind, name)
  if #keys ~= 1 or keys[1] ~= '{my}' then refuse('KEY', 'give the one key {my}') end
  return keys[1] .. ':' .. kind .. ':' .. name
end

-- Names it as one of the number's, for as long as any of them may live.
local function page_keep(keys, number, key, life)
  local of = page_key(keys, 'of', number)
  call('SADD', of, key)
  if call('PTTL', of) < life then call('PEXPIRE', of, life) end
end

local function page_remove(keys, number, kind)
  local of, prefix = page_key(keys, 'of', number), page_key(keys, kind, '')
  local gone = 0
  for _, key in ipairs(call('SMEMBERS', of)) do
    local alive = call('EXISTS', key) == 1
    if string.sub(key, 1, #prefix) == prefix and alive then
      call('DEL', key)
      gone = gone + 1
      alive = false
    end
    if not alive then call('SREM', of, key) end
  end
  return gone
end

-- page_link: a link for the number; the ones before, as far as nobody has used them, hold no longer.
-- ARGV    digest, number, holder, life in milliseconds
-- Returns until when (milliseconds).
local function page_link(keys, args)
  local key, number, life = page_key(keys, 'link', args[1]), args[2], tonumber(args[4])
  page_remove(keys, number, 'link')
  call('HSET', key, 'number', number, 'holder', args[3])
  call('PEXPIRE', key, life)
  page_keep(keys, number, key, life)
  return tostring(redis_time() + life)
end

-- page_peek: whether nobody has used the link yet. Read-only.
local function page_peek(keys, args)
  return call('EXISTS', page_key(keys, 'link', args[1]))
end

-- page_redeem: a session for a link, which is used up in the same step; of many at once one gets it.
-- ARGV    digest of the link, digest of the session, digest of the session of before, or empty; milliseconds without a request
--         after which the session ends, and after which it does anyway
-- Returns number and holder; nothing where there is no such link.
local function page_redeem(keys, args)
  local link, session = page_key(keys, 'link', args[1]), page_key(keys, 'session', args[2])
  local idle, longest = tonumber(args[4]), tonumber(args[5])
  local number, holder = unpack(call('HMGET', link, 'number', 'holder'))
  if not number then return {} end
  call('DEL', link)
  call('SREM', page_key(keys, 'of', number), link)
  if args[3] ~= '' then call('DEL', page_key(keys, 'session', args[3])) end
  call('HSET', session, 'number', number, 'holder', holder or '', 'till', string.format('%.0f', redis_time() + longest))
  call('PEXPIRE', session, math.min(idle, longest))
  page_keep(keys, number, session, longest)
  return { number, holder or '' }
end

-- page_session: whose session it is; it goes on from now. One that has ended stays so.
-- ARGV    digest, milliseconds without a request after which it ends
-- Returns number, holder, when it ends without a request, and when it does anyway; nothing where there is none.
local function page_session(keys, args)
  local key = page_key(keys, 'session', args[1])
  local number, holder, till = unpack(call('HMGET', key, 'number', 'holder', 'till'))
  if not number then return {} end
  local now = redis_time()
  local left = math.min(tonumber(args[2]), tonumber(till) - now)
  if left <= 0 then
    call('DEL', key)
    return {}
  end
  call('PEXPIRE', key, left)
  return { number, holder, string.format('%.0f', now + left), till }
end

-- page_leave: ends a session.
-- ARGV    digest
local function page_leave(keys, args)
  return call('DEL', page_key(keys, 'session', args[1]))
end

-- page_forget: links and sessions of the number end: it was erased, or is somebody else's.
-- ARGV    number
-- Returns how many there were.
local function page_forget(keys, args)
  return page_remove(keys, args[1], 'link') + page_remove(keys, args[1], 'session')
end

register('page_link', page_link)
register('page_peek', page_peek, READ_ONLY)
register('page_redeem', page_redeem)
register('page_session', page_session)
register('page_leave', page_leave)
register('page_forget', page_forget)
