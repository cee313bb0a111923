/**
 * What a turn may hold. Redis functions refuse what is wrong, but anybody with access may write past them: what is not sound is
 * left out or replaced here, and the call goes on with the rest.
 */
import {
  DEFAULT_RING,
  type Group,
  type GroupVoices,
  LONGEST_RING,
  MOST_MEMBERS,
  PLANS,
  POLICIES,
  type Turn,
} from './types.js';

/** E.164, as is_number of functions/members.lua. */
const NUMBER = /^\+[1-9]\d{6,14}$/;
/** As is_sip_uri: what would add header fields or parameters of ours, or end a line, stands in no member. */
const OUT_OF_PLACE = /[\s\p{Cc},{}<>"?\\]/u;
const SIP_URI = /^sips?:(?:[^@;][^@]*@)?([^@;]+)(?:;[^@]*)?$/i;
const HOST = /^(?:[a-z\d][a-z\d.-]*|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
export const LONGEST_MEMBER = 255;

export function isMember(text: unknown): boolean {
  if (typeof text !== 'string' || text.length > LONGEST_MEMBER) return false;
  if (NUMBER.test(text)) return true;
  return !OUT_OF_PLACE.test(text) && HOST.test(SIP_URI.exec(text)?.[1] ?? '');
}

const counted = (value: number): number => (Number.isSafeInteger(value) && value >= 0 ? value : 0);
const oneOf = <Value extends string>(values: readonly Value[], value: string): Value =>
  values.find((one) => one === value) ?? (values[0] as Value);

/** As check_recording of functions/voices.lua. */
const RECORDING = /^[A-Za-z\d][\w-]{0,39}$/;
const NAMED = ['waiting', 'farewell', 'language', 'spoken'] as const;

/** Names and values, one after another; what is not sound is not wished for. */
export function voicesIn(flat: readonly unknown[]): { voices: GroupVoices } | undefined {
  const given = new Map<unknown, unknown>();
  for (let at = 0; at + 1 < flat.length; at += 2) given.set(flat[at], flat[at + 1]);
  const voices: { -readonly [Name in keyof GroupVoices]: GroupVoices[Name] } = {};
  if (given.get('confirm') === 'yes') voices.confirm = true;
  if (given.get('whisper') === 'yes') voices.whisper = true;
  for (const name of NAMED) {
    const value = given.get(name);
    if (typeof value === 'string' && value !== 'none' && RECORDING.test(value)) voices[name] = value;
  }
  const { confirm, whisper, waiting, farewell } = voices;
  return confirm || whisper || waiting || farewell ? { voices } : undefined;
}

/** The same turn where all is sound, as nearly always. @param refused gets a clause for each thing that is not */
export function soundTurn(turn: Turn, refused: (what: string) => void): Turn {
  const { group } = turn;
  const members = soundMembers(group.members, refused);
  const sound = soundGroup(group, members, refused);
  if (sound === group) return turn;
  return { ...turn, group: sound, order: members === group.members ? turn.order : turn.order.filter(among(members)) };
}

const among =
  (members: readonly string[]) =>
  (member: string): boolean =>
    members.includes(member);

function soundMembers(members: readonly string[], refused: (what: string) => void): readonly string[] {
  if (members.length <= MOST_MEMBERS && members.every(isMember)) return members;
  const first = members.slice(0, MOST_MEMBERS);
  if (members.length > MOST_MEMBERS) refused(`there are more members than ${MOST_MEMBERS}`);
  for (const [at, member] of first.entries())
    if (!isMember(member)) refused(`member ${at + 1} is neither E.164 nor a SIP URI`);
  return first.filter(isMember);
}

function soundGroup(group: Group, members: readonly string[], refused: (what: string) => void): Group {
  const isTimed = Number.isInteger(group.ring) && group.ring >= 1 && group.ring <= LONGEST_RING;
  const policy = oneOf(POLICIES, group.policy);
  const plan = oneOf(PLANS, group.plan);
  const version = counted(group.version);
  if (!isTimed) refused(`ring is not 1 to ${LONGEST_RING} seconds`);
  if (policy !== group.policy) refused('policy is not known');
  if (plan !== group.plan) refused('plan is not known');
  if (version !== group.version) refused('version is no number');
  const isSound = isTimed && policy === group.policy && plan === group.plan && version === group.version;
  if (isSound && members === group.members) return group;
  return { ...group, ring: isTimed ? group.ring : DEFAULT_RING, policy, plan, version, members };
}
