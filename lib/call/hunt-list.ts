/** Who would be rung, in order, before anything happens. Pure. */
import type { Absence } from '../store/types.js';
import type { NumberOf } from './history.js';
import type { Result } from './results.js';

export interface HuntListEntry {
  readonly member: string;
  /** Set: the member is not rung, and this is why. */
  readonly skip: Result | undefined;
}

export interface HuntListInput {
  /** The members in the order of this call's turn. */
  readonly order: readonly string[];
  readonly away?: readonly Absence[] | undefined;
  readonly pilot: string;
  /** E.164, as far as they are known. */
  readonly callerNumbers: readonly string[];
  /** The E.164 number in the user part of a SIP URI. */
  readonly numberOf: NumberOf;
}

/** The caller's own phone would be busy with this very call, and a pilot among its own members would loop. */
export function huntList({ order, away, pilot, callerNumbers, numberOf }: HuntListInput): HuntListEntry[] {
  const list: HuntListEntry[] = [];
  for (const member of order) {
    const number = member.startsWith('+') ? member : (numberOf(member) ?? member);
    const isOwn = number === pilot || callerNumbers.includes(number);
    const isAway = away?.some((one) => one.member === member);
    list.push({ member, skip: isOwn ? 'own-number' : isAway ? 'away' : undefined });
  }
  return list;
}
