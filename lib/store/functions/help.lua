-- Help --------------------------------------------------------------------------------------------------------------------

-- The functions for people, each with what it does. Those that only the service calls are not here.
local HELP = {
  { "hunt_set 1 'hunt:{P}' FIELD VALUE …", 'creates a group, or changes policy, ring, plan, enabled, members, owner; by NAME says who' },
  { "hunt_get 1 'hunt:{P}'", 'shows a group' },
  { "hunt_del 1 'hunt:{P}'", 'deletes a group; its audit stays' },
  { "hunt_members 1 'hunt:{P}' add M | remove M | move M POSITION", 'changes the list of members' },
  { "hunt_next 1 'hunt:{P}'", 'who would ring now, in which order; takes no turn' },
  { "hunt_away 1 'hunt:{P}' M 10m|2h|TIME REASON", 'the member does not ring until then; by NAME before the reason says who' },
  { "hunt_back 1 'hunt:{P}' M", 'the member rings again' },
  { 'hunt_list 0 CURSOR COUNT', 'the groups that there are, a page at a time' },
  { "hunt_audit 1 'hunt:{P}' COUNT", 'who changed what of a group' },
  { "hunt_export 1 'hunt:{P}'", 'a group as JSON' },
  { "hunt_import 1 'hunt:{P}' JSON", 'sets a group to such JSON' },
  { "hunt_check 1 'hunt:{P}'", 'what is wrong with a group that was written by hand' },
  { 'hunt_calls 1 records pilot|member|caller NUMBER COUNT BEFORE', 'the calls of a number, the newest first' },
  { 'hunt_calls 1 records call ID', 'one call: by its id, or the SIP Call-ID of any leg' },
  { 'hunt_live 0 CURSOR COUNT', 'the calls that go on now, a page at a time' },
  { 'hunt_help 0', 'this list' },
}

-- hunt_help: the functions for people, a line each. Read-only.
local function hunt_help()
  local lines = {}
  for _, one in ipairs(HELP) do lines[#lines + 1] = 'FCALL ' .. one[1] .. ' : ' .. one[2] end
  return lines
end

register('hunt_help', hunt_help, READ_ONLY)
