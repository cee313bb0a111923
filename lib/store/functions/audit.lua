-- Audit: who changed what of a group, and when -------------------------------------------------------------------------------
-- Written by the functions themselves, so that no way of changing a group passes it by. It outlives the group: months are charged
-- from it.
--   hunt:{+E164}:audit    stream  by, what (the function), before, after: the group as JSON, empty where there was none; away: who was
--                                 said to be away, as JSON of member and until (absent: he is back). Why is not kept for so long.

local MAX_NAME = 64

-- A name that people gave: of an owner, of who changes something, or why somebody is away.
local function check_name(what, text)
  if #text > MAX_NAME or string.find(text, '%c') then
    refuse(string.upper(what), what .. ' ' .. quote(text) .. ' is not allowed: at most ' .. MAX_NAME .. ' bytes, no control characters')
  end
end

-- The name behind the word `by` at `at`; nil where nothing of the kind is there.
local function author(args, at)
  if args[at] ~= 'by' or not args[at + 1] or #args ~= at + 1 then return nil end
  check_name('by', args[at + 1])
  return args[at + 1]
end

local KEPT = {
  'policy', 'ring', 'plan', 'enabled', 'owner', 'since', 'version', 'confirm', 'whisper', 'waiting', 'farewell', 'language', 'spoken',
}

-- The group as JSON; empty when there is none.
local function group_document(key)
  call('XLEN', key .. ':audit') -- a key of another type fails here, before any write
  local values = call('HMGET', key, unpack(KEPT))
  local members = call('LRANGE', key .. ':members', '0', '-1')
  local group, some = {}, #members > 0
  for i, name in ipairs(KEPT) do
    if values[i] then
      group[name] = values[i]
      some = true
    end
  end
  if not some then return '' end
  if #members > 0 then group.members = members end
  return cjson.encode(group)
end

local function write_audit(key, what, by, before, away)
  local entry = { 'by', by or '', 'what', what, 'before', before, 'after', group_document(key) }
  if away then
    entry[9] = 'away'
    entry[10] = cjson.encode(away)
  end
  call('XADD', key .. ':audit', '*', unpack(entry))
end
