/** A person's state as the fields of its hash, and back. Pure. */
import { namedOf } from '../store/flat.js';
import { canonical } from './canonical.js';
import { type Entry, type Folded, NOBODY } from './fold.js';

type Fields = ReadonlyMap<string, string>;

/** Those that hold a moment, or are absent. */
const MOMENTS = ['restricted', 'erased', 'closed'] as const;

function fieldsOf(folded: Folded): Fields {
  const { seq, head, at, entries } = folded;
  const fields = new Map<string, string>([
    ['#seq', String(seq)],
    ['#head', head],
    ['#at', at],
  ]);
  for (const name of MOMENTS) {
    const moment = folded[name];
    if (moment !== null) fields.set(`#${name}`, moment);
  }
  for (const [pair, entry] of Object.entries(entries)) fields.set(pair, canonical(entry));
  return fields;
}

/** @param flat name and value, one after another, as Redis gives a hash */
export function foldedOf(flat: readonly string[]): Folded {
  if (flat.length === 0) return NOBODY;
  const fields = namedOf(flat);
  const entries: Record<string, Entry> = {};
  for (const [name, value] of fields) if (!name.startsWith('#')) entries[name] = entryOf(value);
  const moment = (name: string): string | null => fields.get(`#${name}`) ?? null;
  return {
    seq: Number(fields.get('#seq') ?? 0),
    head: fields.get('#head') ?? '',
    at: fields.get('#at') ?? '',
    restricted: moment('restricted'),
    erased: moment('erased'),
    closed: moment('closed'),
    entries,
  };
}

/** What is not read as an entry is one that allows nothing. */
export function entryOf(text: string): Entry {
  try {
    const value = JSON.parse(text) as Entry | null;
    if (typeof value === 'object' && value !== null && typeof value.decision === 'string') return value;
  } catch {
    // garbage
  }
  return { decision: 'denied', at: '', since: '', until: null, notice: null, seq: 0 };
}

/** From one state to the next, as consent_act takes it. An entry that an act leaves alone is the same one: it is not written again. */
export function changesOf(before: Folded, after: Folded): string[] {
  const touched = Object.keys(after.entries).filter((pair) => after.entries[pair] !== before.entries[pair]);
  const entries = Object.fromEntries(touched.map((pair) => [pair, after.entries[pair] as Entry]));
  const gone = [
    ...MOMENTS.filter((name) => before[name] !== null && after[name] === null).map((name) => `#${name}`),
    ...Object.keys(before.entries).filter((pair) => !Object.hasOwn(after.entries, pair)),
  ];
  return [
    ...gone.flatMap((name) => ['-', name]),
    ...[...fieldsOf({ ...after, entries })].flatMap(([name, value]) => ['+', name, value]),
  ];
}
