/** How many values a message may have in each header that is a list (RFC 3261 §7.3.1): counted before anything reads them. */
import type { Fields } from './fields.js';
import { IS_LIST } from './list-names.js';
import { CANONICAL } from './names.js';
import { valueEndIn } from './runs.js';

/** So few chars of values cost nothing to read, whatever they hold. Most headers of most messages have fewer. */
const FEW_CHARS = 256;
const NONE: ReadonlySet<number> = new Set();

/** Of one message at a time. */
const chars = new Uint32Array(CANONICAL.length);

/** The numbers of the headers that have more than `limit` values, over all their fields. */
export function crowdedLists(head: Fields, limit: number): ReadonlySet<number> {
  if (head.listBytes <= FEW_CHARS) return NONE;
  chars.fill(0);
  let isLong = false;
  for (let at = 0; at < head.count; at++) {
    const name = head.number(at);
    if (IS_LIST[name] !== 1) continue;
    const length = (chars[name] as number) + head.length(at) + 1;
    chars[name] = length;
    if (length > FEW_CHARS) isLong = true;
  }
  return isLong ? counted(head, limit) : NONE;
}

function counted(head: Fields, limit: number): ReadonlySet<number> {
  const values = new Map<number, number>();
  for (let at = 0; at < head.count; at++) {
    const name = head.number(at);
    if ((chars[name] as number) <= FEW_CHARS) continue;
    const before = values.get(name) ?? 0;
    if (before <= limit) values.set(name, before + countValues(head, at, limit + 1));
  }
  const crowded = [...values].filter(([, count]) => count > limit);
  return crowded.length === 0 ? NONE : new Set(crowded.map(([name]) => name));
}

/** The values of the field at `at`; counting stops at `enough`. */
export function countValues(head: Fields, at: number, enough: number): number {
  const { codes, from: first, to } = head.open(at);
  let count = 0;
  for (let from = first; from <= to && count < enough; from = valueEndIn(codes, from, to) + 1) count++;
  return count;
}
