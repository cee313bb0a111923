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
