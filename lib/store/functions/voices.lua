-- Voices: what the callers and members of a group hear of the service ----------------------------------------------------------
-- Fields of the group's hash, absent where nobody has said: confirm and whisper yes|no; waiting, farewell, language and spoken the name
-- of a recording (of a folder of them: language), or none.

local VOICES = { 'confirm', 'whisper', 'waiting', 'farewell', 'language', 'spoken' }
local SWITCHED = { confirm = true, whisper = true }

-- Whether the field is one of these; refuses a value that it cannot have. A name is a part of a file's path, and no more of it.
local function is_voice(field, value)
  if not index_of(VOICES, field) then return false end
  if SWITCHED[field] then
    if value ~= 'yes' and value ~= 'no' then
      refuse(string.upper(field), field .. ' ' .. quote(value) .. ' is not allowed: choose one of yes, no')
    end
  elseif #value > 40 or not string.find(value, '^[%w][%w_-]*$') then
    refuse(string.upper(field), field .. ' ' .. quote(value) .. ' is not allowed: 1 to 40 letters, digits, - and _, or none')
  end
  return true
end

-- Name and value of those that wish for something, one after another; nil, as nearly always, where nothing is wished for.
local function voices_in(values, from)
  local wished
  for i = 1, #VOICES do
    local value = values[from + i - 1]
    if value and value ~= 'no' and value ~= 'none' then
      wished = wished or {}
      wished[#wished + 1] = VOICES[i]
      wished[#wished + 1] = value
    end
  end
  return wished
end
