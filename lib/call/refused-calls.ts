/** The records and log lines of INVITEs that never became a call. A flood of them must flood neither Redis nor the log. */
import type { Clock } from '../base/clock.js';
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { Recent } from '../base/recent.js';
import { bounded, readable } from '../base/text.js';
import { parseSipUri } from '../sip/uri.js';
import type { Headers } from '../sip-server/sip-server.js';
import type { CallRecord } from '../store/types.js';
import { tellEnded } from './call-log.js';
import { bareRecord } from './call-record.js';
import type { Numbers } from './numbers.js';
import { partiesOf } from './parties.js';
import type { RefusedWord } from './refusals.js';

/** What is known of one. */
export interface RefusedInvite {
  readonly uri: string;
  readonly headers: Headers;
}

export interface RefusedCallsOptions {
  readonly node: string;
  readonly numbers: Numbers;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** So many have a record each second; 0: none has. */
  readonly perSecond: number;
  write(record: CallRecord): void;
}

const SECOND_MS = 1000;
/** Repetitions come within half a minute. */
const MOST_NOTED = 1000;
/** Of a number that is none in E.164. */
const LONGEST_DIALLED = 128;

export class RefusedCalls {
  readonly #options: RefusedCallsOptions;
  #second = 0;
  #written = 0;
  #leftOut = 0;
  readonly #noted = new Recent<true>(MOST_NOTED);

  constructor(options: RefusedCallsOptions) {
    this.#options = options;
  }

  /** Before any work is done for it: counts it; whether there is room for its record. */
  admits(why: RefusedWord): boolean {
    this.count(why);
    return this.hasRoom();
  }

  count(why: RefusedWord): void {
    this.#options.meter.count('refused_calls_total', { refused: why });
  }

  /** For the record of one more. Where there is none, that is counted here. */
  hasRoom(): boolean {
    const { clock, meter, perSecond } = this.#options;
    const second = Math.floor(clock.now() / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#written = 0;
    }
    if (this.#written++ < perSecond) return true;
    meter.count('refused_calls_unrecorded_total');
    if (this.#leftOut++ === 0) clock.after(SECOND_MS, () => this.#tellLeftOut());
    return false;
  }

  /** Of one that the SIP server has refused without keeping anything of it, so that it may come again and be refused again. */
  noteOnce(invite: RefusedInvite, why: RefusedWord, status: number): void {
    const { 'call-id': callId, cseq } = invite.headers;
    const name = `${callId} ${cseq}`;
    if (this.#noted.find(name) !== undefined) return;
    this.#noted.keep(name, true);
    this.note(invite, why, status);
  }

  /** Of an INVITE that {@link admits} has let in. */
  note(invite: RefusedInvite, why: RefusedWord, status: number): void {
    const { node, numbers, clock, ids, write } = this.#options;
    const started = clock.now();
    const { uri, headers } = invite;
    const pilot = numbers.fromUri(uri) ?? bounded(readable(parseSipUri(uri)?.user ?? ''), LONGEST_DIALLED);
    const admitted = { pilot, ...partiesOf(headers, numbers) };
    const begun = { call: ids.uuid(), node, callId: headers['call-id'] ?? '', admitted, started };
    const record = bareRecord({ ...begun, utc: clock.wall() - started }, started, status, why);
    tellEnded(this.#options.log, record);
    write(record);
  }

  #tellLeftOut(): void {
    this.#options.log.warn({ count: this.#leftOut }, 'refused calls were left out of the records: there are too many');
    this.#leftOut = 0;
  }
}
