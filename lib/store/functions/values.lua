-- Reading what keys and arguments hold.

-- redis.call does not exist yet while the library loads. What runs with each call of a caller takes redis.call itself.
local function call(...)
  return redis.call(...)
end

local function quote(value)
  return '"' .. string.sub(string.gsub(value, '[%c"]', '?'), 1, 80) .. '"'
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

-- virkne_version: which version, with which catalogue, is loaded.
-- Returns version and Redis's time in milliseconds.
local function virkne_version()
  return { VERSION, tostring(redis_time()) }
end

register('virkne_version', virkne_version, READ_ONLY)
