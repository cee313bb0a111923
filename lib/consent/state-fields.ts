/** A person's state as the fields of its hash, and back. Pure. */
import { canonical } from './canonical.js';
import { type Entry, type Folded, NOBODY } from './fold.js';

type Fields = ReadonlyMap<string, string>;

/** Those that hold a moment, or are absent. */
const MOMENTS = ['restricted', 'erased', 'closed'] as const;

export function fieldsOf(folded: Folded): Fields {
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
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] as string, flat[i + 1] as string);
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

/** From one state to the next, as consent_act takes it. */
export function changesOf(before: Folded, after: Folded): string[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)];
  const gone = [...old.keys()].filter((name) => !fresh.has(name)).flatMap((name) => ['-', name]);
  const set = [...fresh]
    .filter(([name, value]) => old.get(name) !== value)
    .flatMap(([name, value]) => ['+', name, value]);
  return [...gone, ...set];
}
