/** The form of a ring group: what was typed, what its buttons do with it, and what is wrong with it. Pure. */
import { z } from 'zod';
import { type Group, POLICIES, type Policy } from '../../../store/types.js';
import type { FieldWords } from './words/words.js';

/** As posted: what is wrong comes back as it was typed. */
export interface GroupDraft {
  /** Of the group in view of which this was typed. */
  readonly version: string;
  readonly members: readonly string[];
  /** Below the list: one more. */
  readonly next: string;
  readonly ring: string;
  readonly policy: string;
  readonly enabled: string;
}

interface GroupRules {
  readonly pilot: string;
  readonly rings: readonly number[];
  readonly maxMembers: number;
  /** Who is on the list now. */
  readonly present: readonly string[];
  /** A number as it is written, in E.164; undefined: it is none. */
  readonly numberIn: (written: string) => string | undefined;
}

/** `member-0` … `member-11`, `next`, `ring`, `policy`, `enabled`: the id of the field. */
interface Mistake {
  readonly field: string;
  readonly say: (words: FieldWords) => string;
}

export interface GroupChange {
  readonly members: readonly string[];
  readonly ring: number;
  readonly policy: Policy;
  readonly enabled: boolean;
}

const FIELD_CHARS = 300;
/** More rows than a group may have members are one mistake, not a refusal of the form. */
const MOST_ROWS = 60;

const typed = z.string().max(FIELD_CHARS);
const rows = z.union([typed.transform((one) => [one]), z.array(typed).max(MOST_ROWS)]).default([]);

const FORM = z.object({
  version: z.string().regex(/^\d{1,15}$/),
  member: rows,
  next: typed.default(''),
  // Radios of which none is chosen are not there at all.
  ring: typed.default(''),
  policy: typed.default(''),
  enabled: typed.default(''),
});

/** Undefined: no form of ours. */
export function readDraft(body: unknown): GroupDraft | undefined {
  const { success, data } = FORM.safeParse(body);
  if (!success) return undefined;
  const { member, ...rest } = data;
  return { members: member, ...rest };
}

export const draftOf = ({ version, members, ring, policy, enabled }: Group): GroupDraft => ({
  ...{ version: String(version), members, next: '', ring: String(ring), policy },
  enabled: enabled ? 'yes' : 'no',
});

export const memberField = (place: number): string => `member-${place}`;

/** What the button `up-2` makes of the draft, and where the focus goes. Undefined: no such button. */
export function pressed(draft: GroupDraft, button: string): { draft: GroupDraft; focus: string } | undefined {
  const { members, next } = draft;
  if (button === 'add') {
    if (next.trim() === '') return { draft, focus: 'next' };
    return { draft: { ...draft, members: [...members, next], next: '' }, focus: 'next' };
  }
  const [, verb = '', row = ''] = /^(up|down|remove)-(\d{1,2})$/.exec(button) ?? [];
  const place = Number(row);
  const member = members[place];
  if (verb === '' || member === undefined) return undefined;
  const others = members.filter((_, index) => index !== place);
  if (verb === 'remove') {
    return {
      draft: { ...draft, members: others },
      focus: others.length === 0 ? 'next' : memberField(Math.min(place, others.length - 1)),
    };
  }
  const to = Math.max(0, Math.min(others.length, verb === 'up' ? place - 1 : place + 1));
  const moved = [...others.slice(0, to), member, ...others.slice(to)];
  // The same button again, so that one who moves a row far presses the same key; at the end of the way only the other one is there.
  const isAtEnd = verb === 'up' ? to === 0 : to === others.length;
  const focus = isAtEnd ? `${verb === 'up' ? 'down' : 'up'}-${to}` : `${verb}-${to}`;
  return { draft: { ...draft, members: moved }, focus };
}

/** All mistakes at once, in the order of the fields; or the change, where there is none. */
export function checkDraft(
  draft: GroupDraft,
  rules: GroupRules,
): { mistakes: readonly Mistake[]; change?: GroupChange } {
  const mistakes: Mistake[] = [];
  const wrong = (field: string, say: Mistake['say']): void => void mistakes.push({ field, say });
  if (draft.enabled !== 'yes' && draft.enabled !== 'no') wrong('enabled', ({ choose }) => choose);
  const members = checkMembers(draft, rules, wrong);
  const ring = rules.rings.find((seconds) => String(seconds) === draft.ring);
  if (ring === undefined) wrong('ring', ({ choose }) => choose);
  const policy = POLICIES.find((one) => one === draft.policy);
  if (policy === undefined) wrong('policy', ({ choose }) => choose);
  if (mistakes.length > 0 || ring === undefined || policy === undefined) return { mistakes };
  return { mistakes, change: { members, ring, policy, enabled: draft.enabled === 'yes' } };
}

/** What was typed below the list and not added counts as its last row. */
function checkMembers(
  { members, next }: GroupDraft,
  { pilot, maxMembers, numberIn, present }: GroupRules,
  wrong: (field: string, say: Mistake['say']) => void,
): string[] {
  const rowOf = new Map<string, number>();
  const check = (text: string, field: string, row: number): void => {
    // An operator may have put a SIP URI there; a customer adds none.
    const member = present.includes(text) ? text : numberIn(text);
    const same = member === undefined ? undefined : rowOf.get(member);
    if (text === '') wrong(field, ({ empty }) => empty);
    else if (member === undefined) wrong(field, ({ noNumber }) => noNumber);
    else if (member === pilot) wrong(field, ({ ownNumber }) => ownNumber);
    else if (same !== undefined) wrong(field, ({ twice }) => twice(same));
    else rowOf.set(member, row);
  };
  for (const [place, text] of members.entries()) check(text.trim(), memberField(place), place + 1);
  if (next.trim() !== '') check(next.trim(), 'next', members.length + 1);
  const count = members.length + (next.trim() === '' ? 0 : 1);
  if (count === 0) wrong('next', ({ nobody }) => nobody);
  if (count > maxMembers) wrong('next', ({ tooMany }) => tooMany(maxMembers));
  return [...rowOf.keys()];
}

export const isSame = (group: Group, change: GroupChange): boolean =>
  group.ring === change.ring &&
  group.policy === change.policy &&
  group.enabled === change.enabled &&
  group.members.length === change.members.length &&
  group.members.every((member, place) => member === change.members[place]);
