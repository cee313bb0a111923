-- Policies: who rings in which order ----------------------------------------------------------------------------------------
-- lib/store/orders.ts does the same while Redis is away; a property test holds the two to each other.

local function cursor_of(key, count)
  return integer(redis.pcall('GET', key .. ':cursor')) % count
end

local function set_cursor(key, value)
  redis.call('SET', key .. ':cursor', value) -- also replaces a value of another type
end

local function rotated(members, start)
  local order, count = {}, #members
  for i = 1, count do order[i] = members[(start + i - 1) % count + 1] end
  return order
end

-- The list itself where it begins with the first.
local function from(members, start)
  return start == 0 and members or rotated(members, start)
end

-- A number becomes text through printf, in Lua and on its way to a command: what is known before is written as text.
local INDEX = { [0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12' }

-- What a policy is: `start` is the index, from 0, of the member with whom the next turn begins; `order` is that in which a turn
-- that begins there rings the members; `behind` is where the cursor stands after it, and absent where it stays.
local ORDERS = {
  linear = { start = function() return 0 end, order = from },
  circular = { start = cursor_of, order = from, behind = function(start, count) return (start + 1) % count end },
}
local POLICIES = { 'linear', 'circular' }

-- An operator may have written anything by hand: what is no policy is linear.
local function ordering(group)
  return ORDERS[group.policy] or ORDERS.linear
end
