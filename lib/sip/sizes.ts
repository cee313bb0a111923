/** How long the lists of a request may be that are echoed, kept for a whole call, or taken apart: bytes of all their fields together. */
import type { Defect } from './defect.js';
import type { Fields } from './fields.js';
import { CANONICAL, numberOf } from './names.js';

/** Seventy hops, as many as Max-Forwards allows, of some 115 bytes each. */
const HOPS = 8192;
/** Option tags are words: no registry has a kilobyte of them. */
const OPTIONS = 2048;

const LONGEST: Readonly<Record<string, number>> = {
  via: HOPS,
  route: HOPS,
  'record-route': HOPS,
  diversion: HOPS,
  'history-info': 2 * HOPS,
  require: OPTIONS,
  'proxy-require': OPTIONS,
  supported: OPTIONS,
};

/** A request whose values have no more bytes in all breaks no limit. */
export const SHORT_HEAD = OPTIONS;

/** The names above, by number: which of the sums they belong to, from 1 on. */
const SUM_OF = new Uint8Array(CANONICAL.length);
const NAMES = Object.keys(LONGEST);
NAMES.forEach((name, index) => {
  SUM_OF[numberOf(name)] = index + 1;
});
const LIMITS = [0, ...Object.values(LONGEST)];

/** Undefined: none is too long. */
export function sizeDefect(head: Fields): Defect | undefined {
  const sums = new Array<number>(LIMITS.length).fill(0);
  for (let at = 0; at < head.count; at++) {
    const sum = SUM_OF[head.number(at)] as number;
    if (sum === 0) continue;
    const bytes = (sums[sum] as number) + head.length(at);
    if (bytes > (LIMITS[sum] as number)) return { status: 513, reason: `Too much ${NAMES[sum - 1]}` };
    sums[sum] = bytes;
  }
  return undefined;
}
