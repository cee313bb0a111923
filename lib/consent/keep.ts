/** Keeps something for one purpose alone: it is allowed at the moment at which it is written, or nothing is. */
import { metadataKey, stateKey } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import type { Denial, Grounds, Question, Ruling } from './gate.js';

interface Keeper {
  readonly gate: { rule(question: Question): Promise<Ruling> };
  readonly link: Pick<ConsentLink, 'fcall'>;
}

interface Kept {
  /** For how many days, as the notice says. */
  readonly days: number;
  /** Name and value, one after another. */
  readonly fields: readonly string[];
  /** Says no where a grant does not reach what is to be kept. */
  readonly covers?: (grounds: Grounds) => boolean;
}

/** What stood behind the answer changes while it is written: it is asked again. */
const MOST_TRIES = 3;

/** `changed`: each time that it was allowed, it was no longer when it was to be written. */
export async function keepFor(
  { gate, link }: Keeper,
  question: Question,
  { days, fields, covers = () => true }: Kept,
): Promise<'kept' | 'changed' | Denial> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { verdict, grounds } = await gate.rule(question);
    if (!verdict.allowed) return verdict.reason;
    if (grounds === undefined) return 'UNAVAILABLE';
    if (!covers(grounds)) return 'DENIED';
    const { sid, seq, entry } = grounds;
    const until = entry?.until ? Date.parse(entry.until) : '';
    const keys = [metadataKey(sid, question.purpose), stateKey(sid)];
    if ((await link.fcall('consent_keep', keys, [seq, days, until, ...fields])) === 1) return 'kept';
  }
  return 'changed';
}
