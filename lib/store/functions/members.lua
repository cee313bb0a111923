-- Members: what may stand in a group's list ---------------------------------------------------------------------------------

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

local function split(text)
  local parts = {}
  for part in string.gmatch(text .. ',', '([^,]*),') do
    local trimmed = string.match(part, '^%s*(.-)%s*$')
    parts[#parts + 1] = trimmed
  end
  if #parts == 1 and parts[1] == '' then return {} end
  return parts
end
