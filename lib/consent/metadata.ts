/** Metadata of calls that are kept for one purpose alone: written behind a call's end, read when they are used, and allowed both times. */
import type { Clock, Timer } from '../base/clock.js';
import { regardless } from '../base/guard.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { metadataKey } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import { recordOf } from '../store/flat.js';
import type { CallRecord } from '../store/types.js';
import { type ConsentCatalogue, type PurposeId, retentionDaysOf } from './catalogue.js';
import type { Grounds, Question, Ruling, Verdict } from './gate.js';
import { keepFor } from './keep.js';

/** What is kept for each purpose: nobody's number, and nothing that names another person. */
const KEPT: Readonly<Record<PurposeId, (record: CallRecord) => readonly string[]>> = {
  usage: (record) => [
    ...['call', record.call, 'started', iso(record.started), 'status', String(record.status)],
    ...['answered', record.answered === null ? '' : iso(record.answered), 'ended', iso(record.ended)],
    ...['waited', String(record.waited), 'talked', String(record.talked), 'phones', JSON.stringify(phonesOf(record))],
  ],
  statistics: (record) => [
    ...['hour', `${iso(record.started).slice(0, 13)}:00Z`, 'answered', record.answered === null ? 'no' : 'yes'],
    ...['talked', String(Math.round(record.talked / 1000))],
  ],
};

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** By their place on the list. */
const phonesOf = ({ attempts }: CallRecord): readonly object[] =>
  attempts.map(({ why, started, rang, ended }, index) => ({
    place: index + 1,
    why,
    ms: started === null || ended === null ? 0 : ended - (rang ?? started),
  }));

interface MetadataOptions {
  readonly gate: { rule(question: Question): Promise<Ruling> };
  readonly link: Pick<ConsentLink, 'command' | 'fcall' | 'now'>;
  readonly catalogue: ConsentCatalogue;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** So many calls are being written at once, and so many more wait: what is beyond is not kept. */
const AT_ONCE = 64;
const MOST_WAITING = 5_000;

type Outcome = 'kept' | 'refused' | 'denied' | 'changed' | 'dropped' | 'failed';

/** What is kept of a person, and whether it may be used. */
type Used =
  | { readonly allowed: true; readonly entries: readonly Readonly<Record<string, string>>[] }
  | Exclude<Verdict, { readonly allowed: true }>;

export class Metadata {
  readonly #options: MetadataOptions;
  readonly #waiting: CallRecord[] = [];
  #busy = 0;
  #onSettled: (() => void)[] = [];

  constructor(options: MetadataOptions) {
    this.#options = options;
    options.meter.gauge(
      'consent_metadata_waiting',
      'Ended calls that wait to be kept for a purpose, or not',
      () => this.waiting,
    );
  }

  /** Calls that are not done with yet. */
  get waiting(): number {
    return this.#waiting.length + this.#busy;
  }

  /** A call is over and has its record. Returns at once: no call waits for it, and it never throws. */
  ended(record: CallRecord): void {
    if (record.refused !== null) return;
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(record);
    else this.#count('dropped');
    this.#next();
  }

  /** Resolves when no call waits any more, or after so many milliseconds. */
  async settled(within: number): Promise<void> {
    if (this.waiting === 0) return;
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#onSettled.push(resolve);
      timer = this.#options.clock.after(within, resolve);
    });
    timer?.cancel();
  }

  /** Asks, and reads what is kept for that purpose. */
  async use(question: Question): Promise<Used> {
    const { gate, link } = this.#options;
    const { verdict, grounds } = await gate.rule(question);
    if (!verdict.allowed) return verdict;
    try {
      const key = metadataKey(grounds?.sid ?? '', question.purpose);
      const entries = (await link.command('XRANGE', [key, '-', '+'])) as [string, string[]][];
      return { allowed: true, entries: entries.map(([, flat]) => recordOf(flat)) };
    } catch {
      return { allowed: false, reason: 'UNAVAILABLE' };
    }
  }

  #next(): void {
    while (this.#busy < AT_ONCE) {
      const record = this.#waiting.shift();
      if (record === undefined) return;
      this.#busy += 1;
      void this.#keepAll(record).finally(() => {
        this.#busy -= 1;
        this.#next();
        if (this.waiting === 0) for (const resolve of this.#onSettled.splice(0)) resolve();
      });
    }
  }

  async #keepAll(record: CallRecord): Promise<void> {
    for (const purpose of Object.keys(KEPT)) {
      const outcome = await this.#keep(record, purpose).catch((thrown: unknown): Outcome => {
        regardless(() =>
          this.#options.log.debug({ err: thrown, call: record.call }, 'metadata of a call were not kept'),
        );
        return 'failed';
      });
      this.#count(outcome, purpose);
    }
  }

  async #keep(record: CallRecord, purpose: PurposeId): Promise<Outcome> {
    const { gate, link, catalogue } = this.#options;
    const days = retentionDaysOf(catalogue, purpose, link.now);
    if (days === undefined) return 'denied';
    const refused = record.metadataRefused === true;
    const question = { number: record.pilot, purpose, use: 'kept at the end of a call', callId: record.call, refused };
    // It binds from its receipt: what of the call was before may not be kept, and a call is kept whole or not at all.
    const covers = ({ entry }: Grounds): boolean => entry !== undefined && Date.parse(entry.since) <= record.started;
    const outcome = await keepFor({ gate, link }, question, { days, fields: KEPT[purpose]?.(record) ?? [], covers });
    if (refused) return 'refused';
    return outcome === 'kept' || outcome === 'changed' ? outcome : 'denied';
  }

  #count(outcome: Outcome, purpose: PurposeId = 'other'): void {
    regardless(() => this.#options.meter.count('consent_metadata_total', { purpose, outcome }));
  }
}
