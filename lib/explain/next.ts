/** Who would ring if a call came now, in which order, and why the others would not: a dry run that takes no turn. Pure. */
import type { Absence, Group } from '../store/types.js';
import { LANGUAGES } from './explain.js';
import type { Lang, NextFacts } from './language.js';
import { type Numbers, namesOf, numberIn } from './names.js';
import { Times } from './times.js';

export interface NextInput {
  readonly pilot: string;
  /** As hunt_get has it. */
  readonly group: Pick<Group, 'enabled' | 'members'>;
  /** As hunt_next gives it: without those who are away. */
  readonly order: readonly string[];
  readonly away: readonly Absence[];
  /** Members who are on a call, and since when, where that is known. */
  readonly busy: ReadonlyMap<string, number | undefined>;
  /** Who would call, where that is asked. */
  readonly caller?: string;
}

interface NextOptions {
  readonly lang: Lang;
  readonly timeZone: string;
  readonly numbers?: Numbers;
}

/** Why somebody would not ring. */
export const NEXT_REASONS = ['away', 'on-a-call', 'own-number'] as const;

export type NextWhy = 'rings' | (typeof NEXT_REASONS)[number];

export interface NextPhone {
  readonly member: string;
  /** From 1; null: it would not ring. */
  readonly position: number | null;
  readonly why: NextWhy;
  readonly sentence: string;
}

interface Next {
  readonly headline: string;
  /** Those who would ring in their order, then the others. */
  readonly phones: readonly NextPhone[];
}

const SAYS = { rings: 'rings', away: 'away', 'on-a-call': 'onACall', 'own-number': 'ownNumber' } as const;

export function explainNext(input: NextInput, options: NextOptions): Next {
  const { pilot, group, order, away, caller } = input;
  const { lang, timeZone, numbers = 'short' } = options;
  const { next: say } = LANGUAGES[lang];
  const times = new Times(timeZone);
  const { members } = group;
  const names = namesOf([...members, ...order, pilot, ...(caller === undefined ? [] : [caller])], numbers);
  const nameOf = (party: string): string => names.get(party) ?? party;
  const facts = (who: string, position = 0): NextFacts => {
    const absence = away.find(({ member }) => member === who);
    const since = input.busy.get(who);
    return {
      pilot: nameOf(pilot),
      who: nameOf(who),
      position,
      since: since === undefined ? '' : times.clock(since),
      until: absence === undefined ? '' : times.whole(absence.until),
      reason: absence?.reason ?? '',
    };
  };
  const headline = (kind: 'disabled' | 'nobody' | 'noneFree'): string => say[kind](facts(pilot));
  if (members.length === 0) return { headline: headline('nobody'), phones: [] };
  if (!group.enabled) return { headline: headline('disabled'), phones: [] };
  const rest = members.filter((member) => !order.includes(member));
  let position = 0;
  const phones = [...order, ...rest].map((member): NextPhone => {
    const why = whyOf(member, input);
    const place = why === 'rings' ? ++position : null;
    return { member: nameOf(member), position: place, why, sentence: say[SAYS[why]](facts(member, place ?? 0)) };
  });
  const ringing = phones.filter(({ why }) => why === 'rings');
  const all = ringing.map(({ member }) => member).join(', ');
  return {
    headline: ringing.length === 0 ? headline('noneFree') : say.order({ ...facts(pilot), who: all }),
    phones: [...ringing, ...phones.filter(({ why }) => why !== 'rings')],
  };
}

/** In the order in which a call finds it out: hunt-list.ts first, then the claim. */
function whyOf(member: string, { pilot, order, away, busy, caller }: NextInput): NextWhy {
  const number = numberIn(member) || member;
  if (number === pilot || number === caller) return 'own-number';
  if (away.some((one) => one.member === member) || !order.includes(member)) return 'away';
  return busy.has(member) ? 'on-a-call' : 'rings';
}
