/** Whether a person's list is whole, and whether the state is what follows from it. Pure: it is given the stored bytes. */
import type { Act } from './act.js';
import { GENESIS } from './act.js';
import { canonical, digest } from './canonical.js';
import { type Folded, fold, NOBODY } from './fold.js';

export interface Verification {
  readonly valid: boolean;
  readonly records: number;
  /** SHA-256 of the last record; empty where there is none. */
  readonly head: string;
  /** The first thing that is wrong. */
  readonly problem?: { readonly seq: number; readonly what: string };
}

interface Chain extends Verification {
  /** Those before the first that cannot be read. */
  readonly acts: readonly Act[];
  readonly folded: Folded;
}

/** @param stored each record as it lies in Redis, the first one first */
export function readChain(sid: string, stored: readonly string[]): Chain {
  const acts: Act[] = [];
  let folded = NOBODY;
  let prev = GENESIS;
  for (const [index, text] of stored.entries()) {
    const seq = index + 1;
    const act = parsed(text);
    const what = act === undefined ? 'is no record' : wrongWith(act, { sid, seq, prev, text, at: folded.at });
    if (act === undefined || what !== undefined) {
      const problem = { seq, what: what ?? '' };
      return { valid: false, records: stored.length, head: folded.head, problem, acts, folded };
    }
    prev = digest(text);
    acts.push(act);
    folded = fold(folded, act, prev);
  }
  return { valid: true, records: stored.length, head: folded.head, acts, folded };
}

function parsed(text: string): Act | undefined {
  try {
    const value = JSON.parse(text) as Partial<Act> | null;
    return typeof value === 'object' && value !== null && Array.isArray(value.pairs) ? (value as Act) : undefined;
  } catch {
    return undefined;
  }
}

interface Expected {
  readonly sid: string;
  readonly seq: number;
  readonly prev: string;
  readonly text: string;
  readonly at: string;
}

function wrongWith(act: Act, { sid, seq, prev, text, at }: Expected): string | undefined {
  if (act.sid !== sid) return 'is of another person';
  if (act.seq !== seq) return `has the number ${act.seq}`;
  if (act.prev !== prev) return 'does not follow from the one before';
  if (act.at < at) return 'is older than the one before';
  return isCanonical(act, text) ? undefined : 'is not in its canonical form';
}

function isCanonical(act: Act, text: string): boolean {
  try {
    return canonical(act) === text;
  } catch {
    return false;
  }
}

/** What differs between the state that is kept and the one that follows from the list; undefined: nothing. */
export function stateDiffers(chain: Chain, kept: Folded): string | undefined {
  const { folded } = chain;
  if (kept.seq !== folded.seq) return `the state counts ${kept.seq} records, the list has ${folded.seq}`;
  if (kept.head !== folded.head) return 'the last record is not the one that the state names';
  return canonical(kept) === canonical(folded) ? undefined : 'the state is not what follows from the records';
}
