/** Who would be rung, in order, before anything happens. Pure. */
import type { Result } from './results.js';

export interface HuntListEntry {
  readonly member: string;
  /** Set: the member is not rung, and this is why. */
  readonly skip: Result | undefined;
}

export interface HuntListInput {
  /** The members in the order of this call's turn. */
  readonly order: readonly string[];
  readonly pilot: string;
  /** E.164, where known. */
  readonly caller: string | undefined;
  /** The E.164 number of a member: itself, or the user part of a SIP URI. */
  numberOf(member: string): string | undefined;
}

/** The caller's own phone would be busy with this very call, and a pilot among its own members would loop. */
export function huntList({ order, pilot, caller, numberOf }: HuntListInput): HuntListEntry[] {
  return order.map((member) => {
    const number = numberOf(member) ?? member;
    return { member, skip: number === pilot || number === caller ? 'own-number' : undefined };
  });
}
