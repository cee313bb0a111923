/** The state of a person as it is told: each pair, whether it is allowed at that moment, and if not, why. */
import { allPairs, type ConsentCatalogue, partsOf } from './catalogue.js';
import { type Folded, whyNot } from './fold.js';
import type { ConsentState, PairState } from './register.js';

/** Whose state it is. */
interface Holder {
  readonly sid: string;
  readonly epoch: number;
}

export function viewOf(
  catalogue: ConsentCatalogue,
  { sid, epoch }: Holder,
  folded: Folded,
  moment: number,
): ConsentState {
  const pairs = [...new Set<string>([...allPairs(catalogue), ...Object.keys(folded.entries)])];
  return {
    ...{ sid, epoch, asOf: new Date(moment).toISOString(), seq: folded.seq, head: folded.head },
    ...{ restricted: folded.restricted, erased: folded.erased },
    pairs: pairs.map((pair) => pairView(catalogue, pair, folded, moment)),
  };
}

function pairView(catalogue: ConsentCatalogue, pair: string, folded: Folded, moment: number): PairState {
  const entry = folded.entries[pair];
  const reason = whyNot(catalogue, folded, pair, entry, moment) ?? null;
  return {
    pair,
    ...partsOf(pair),
    valid: reason === null,
    reason,
    decision: entry?.decision ?? null,
    at: entry?.at ?? null,
    since: entry?.since ?? null,
    until: entry?.until ?? null,
    notice: entry?.notice ?? null,
    seq: entry?.seq ?? null,
  };
}
