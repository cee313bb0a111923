/** The gate in front of every secondary use of call data: it is asked at the moment of processing, and fails closed. */
import type { Clock, Timer } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { askedKey, stateKey } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import {
  type ChannelId,
  type ConsentCatalogue,
  channelsOf,
  noticeAt,
  type PurposeId,
  pairOf,
  purposeOf,
} from './catalogue.js';
import { type Entry, whyNot } from './fold.js';
import type { Persons } from './person.js';
import { entryOf } from './state-fields.js';

export interface Question {
  /** Whose data it is. */
  readonly number: string;
  readonly purpose: PurposeId;
  /** Absent: the only one of the purpose. */
  readonly channel?: ChannelId | undefined;
  /** What for, in a few words without names or numbers: it stands in the trace. */
  readonly use: string;
  readonly callId?: string | undefined;
  /** Somebody in this call has refused it: no grant counts. */
  readonly refused?: boolean | undefined;
}

export const DENIALS = ['PENDING', 'REQUESTED', 'DENIED', 'EXPIRED', 'OBJECTED', 'UNKNOWN', 'UNAVAILABLE'] as const;
export type Denial = (typeof DENIALS)[number];
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: Denial };

interface Gate {
  /** Never rejects, and answers within `gateMs`. */
  ask(question: Question): Promise<Verdict>;
}

/** What stands behind a verdict. */
export interface Grounds {
  readonly sid: string;
  /** How many acts there were. */
  readonly seq: number;
  readonly entry: Entry | undefined;
}

/** With the grounds of it: who keeps something lets Redis compare them in the same step. */
export type Ruling = { readonly verdict: Verdict; readonly grounds?: Grounds };

interface GateOptions {
  readonly link: Pick<ConsentLink, 'command' | 'fcall' | 'now'>;
  readonly catalogue: ConsentCatalogue;
  readonly persons: Persons;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** How long a question may take. */
  readonly gateMs: number;
  /** For how many days it is kept who asked. */
  readonly askedDays: number;
}

const denied = (reason: Denial): Ruling => ({ verdict: { allowed: false, reason } });
const ALLOWED: Verdict = { allowed: true };
const MOST_TRIES = 3;
const MOST_EPOCHS = 1_000;
const LONGEST_USE = 64;
/** A register that was too slow is not asked for so long: its questions would pile up. */
const REST_MS = 500;

export class RegisterGate implements Gate {
  readonly #options: GateOptions;
  #notBefore = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  async ask(question: Question): Promise<Verdict> {
    return (await this.rule(question)).verdict;
  }

  /** As `ask`. */
  async rule(question: Question): Promise<Ruling> {
    const { clock, meter, catalogue, gateMs } = this.#options;
    const begun = clock.now();
    let timer: Timer | undefined;
    const late = new Promise<Ruling>((resolve) => {
      timer = clock.after(gateMs, () => {
        this.#notBefore = clock.now() + REST_MS;
        resolve(denied('UNAVAILABLE'));
      });
    });
    const asked =
      begun < this.#notBefore
        ? Promise.resolve(denied('UNAVAILABLE'))
        : this.#decide(question).catch(() => denied('UNAVAILABLE'));
    const ruling = await Promise.race([asked, late]);
    timer?.cancel();
    const verdict = ruling.verdict.allowed ? 'ALLOWED' : ruling.verdict.reason;
    const isKnown = purposeOf(catalogue, question.purpose) !== undefined;
    meter.count('consent_asked_total', { purpose: isKnown ? question.purpose : 'other', verdict });
    return ruling;
  }

  async #decide(question: Question): Promise<Ruling> {
    const { catalogue, persons, log, link } = this.#options;
    const purpose = purposeOf(catalogue, question.purpose);
    if (purpose === undefined) return denied('UNKNOWN');
    const channel = question.channel ?? onlyChannel(noticeAt(purpose, link.now)?.channels ?? channelsOf(purpose));
    const pair = pairOf(purpose.id, channel);
    const number = numberIn(persons, question.number);
    if (number === undefined) return denied('UNKNOWN');
    const about = { purpose: purpose.id, channel, use: question.use.slice(0, LONGEST_USE) };
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const grounds = await this.#grounds(number, pair);
      const reason = question.refused ? 'OBJECTED' : grounds.why;
      const trace = {
        at: new Date(link.now).toISOString(),
        ...about,
        verdict: reason ?? 'ALLOWED',
        ...(question.callId !== undefined && { call: question.callId }),
      };
      const { sid, seq } = grounds;
      log.debug({ sid, ...trace }, 'the consent register was asked');
      // Of somebody whom the register does not know nothing is kept, not even this.
      const traced = seq === 0 ? Promise.resolve(1) : this.#trace(sid, seq, trace);
      if (reason !== undefined) {
        traced.catch(() => {});
        return { ...denied(reason), grounds };
      }
      // Nothing is done with data before it is written down that it was asked, and of the state that was read.
      if ((await traced) === 1) return { verdict: ALLOWED, grounds };
    }
    return denied('UNAVAILABLE');
  }

  #trace(sid: string, seq: number, trace: object): Promise<unknown> {
    const { link, askedDays } = this.#options;
    return link.fcall('consent_asked', [askedKey(sid), stateKey(sid)], [seq, JSON.stringify(trace), askedDays]);
  }

  async #grounds(number: string, pair: string): Promise<Grounds & { readonly why: Denial | undefined }> {
    const { link, persons, catalogue } = this.#options;
    for (let epoch = 0; epoch < MOST_EPOCHS; epoch++) {
      const sid = persons.sid(number, epoch);
      const fields = [stateKey(sid), '#seq', '#closed', '#restricted', pair];
      const [seq, closed = null, restricted = null, text = null] = (await link.command('HMGET', fields)) as (
        | string
        | null
      )[];
      if (closed !== null) continue;
      const entry = text === null ? undefined : entryOf(text);
      const folded = { seq: Number(seq ?? 0), restricted, closed };
      return { sid, seq: folded.seq, entry, why: whyNot(catalogue, folded, pair, entry, link.now) };
    }
    return { sid: '', seq: 0, entry: undefined, why: 'UNKNOWN' };
  }
}

function numberIn(persons: Persons, text: string): string | undefined {
  try {
    return persons.number(text);
  } catch {
    return undefined;
  }
}

/** Several channels are several consents: who does not say which has none. */
const onlyChannel = (channels: readonly ChannelId[]): ChannelId => (channels.length === 1 ? (channels[0] ?? '') : '');
