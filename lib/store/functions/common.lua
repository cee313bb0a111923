-- What both libraries begin with, that of the groups and that of the consent register.

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

local READ_ONLY = { 'no-writes' }

local function register(name, body, flags)
  redis.register_function({ function_name = name, callback = guarded(body), flags = flags or {} })
end

-- Redis's time in milliseconds since 1970.
local function redis_time()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
