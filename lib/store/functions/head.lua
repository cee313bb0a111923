#!lua name=virkne
-- version 19
--
-- Hunt groups, turns, claims and call records, for the ringing service and for people with redis-cli. These files are one
-- library: library.ts joins them, this one first, and the build writes the whole, to be loaded by hand, to
-- dist/lib/store/functions/virkne.lua. What is local in one file is seen in those behind it.
-- The service loads it at start, with its own catalogue in place of the one below, unless a newer version is there.
-- Raise the version with every change: nodes of the version before keep calling these functions during an upgrade.
--
-- A group's keys are derived from the one that is named, and share its hash tag, so they are in the same slot:
--   hunt:{+E164}          hash    policy ring plan enabled version owner since (milliseconds) turns
--                                 confirm whisper waiting farewell language spoken (see voices.lua)
--                                 recent (ends of the last turns' call ids) away (who does not ring now, see away.lua)
--   hunt:{+E164}:members  list    the members, in order
--   hunt:{+E164}:cursor   integer index, from 0, of the member with whom the next circular turn starts
--   hunt:{+E164}:turns    stream  number call start version [node, or at, or at, away and node]
--   hunt:{+E164}:audit    stream  by what before after [away] (see audit.lua)
--   hunt:{+E164}:deleted  text    for a month: hunt_del was here, so that the group is not taken for lost
-- A refusal is an error reply `ERR VIRKNE <WHAT> <what is wrong>: <what to do>`; it has changed nothing.

--[[catalogue]]
local RINGS = { '10', '20', '30' }
local PLANS = { 'BIZNESS', 'EKONOMISKAIS', 'VIRTUALAIS' }
local PLAN_SPANS = {  }
local MAX_MEMBERS = 12
local SIP_URI_MEMBERS = true
local TURNS_KEPT = 1000
local OWN_NUMBERS = false
--[[/catalogue]]
local VERSION = 'unrendered'

-- redis.call does not exist yet while the library loads. What runs with each call of a caller takes redis.call itself.
local function call(...)
  return redis.call(...)
end

-- Raised as a table, so that `guarded` can tell a refusal from a programming error.
local function refuse(what, text)
  error({ refusal = 'ERR VIRKNE ' .. what .. ' ' .. text })
end

-- Makes refusals error replies. Every check of a function comes before its first write.
local function guarded(body)
  return function(keys, args)
    local ok, result = pcall(body, keys, args)
    if ok then return result end
    if type(result) == 'table' then return redis.error_reply(result.refusal or result.err or 'ERR VIRKNE') end
    return redis.error_reply('ERR VIRKNE FAILED ' .. tostring(result))
  end
end

local function quote(value)
  return '"' .. string.sub(string.gsub(value, '[%c"]', '?'), 1, 80) .. '"'
end

local READ_ONLY = { 'no-writes' }

local function register(name, body, flags)
  redis.register_function({ function_name = name, callback = guarded(body), flags = flags or {} })
end

-- An operator may have written anything there: what is no integer counts as 0.
local function integer(value)
  if type(value) ~= 'string' or #value > 15 or not string.find(value, '^-?%d+$') then return 0 end
  return tonumber(value)
end

local function index_of(list, value)
  for i, one in ipairs(list) do
    if one == value then return i end
  end
end

-- The entry's field `name`; entries of a stream are flat lists of field and value.
local function entry_value(entry, name)
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
end

local function now_or(given)
  if given then return tonumber(given) end
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- virkne_version: which version, with which catalogue, is loaded.
-- Returns version and Redis's time in milliseconds.
local function virkne_version()
  return { VERSION, tostring(now_or(nil)) }
end

register('virkne_version', virkne_version, READ_ONLY)
