import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Ids } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import { StoreError } from '../errors.js';
import { RECORDS_KEY } from '../keys.js';
import type { Link } from '../link.js';
import type { CallRecord, RecordWriter } from '../types.js';
import type { Acknowledged } from './acknowledged.js';
import { pushRecord } from './fields.js';
import type { OpenTurns } from './open-turns.js';
import type { Attempt, Spool } from './spool.js';

export interface RecorderParts {
  readonly link: Link;
  readonly spool: Spool;
  readonly openTurns: OpenTurns;
  /** Where another server may become the master. */
  readonly acknowledged: Acknowledged | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
}

/** Records that leave together. */
interface Gathering {
  readonly records: CallRecord[];
  readonly since: number;
  readonly timer: Timer;
  /** Resolves when each of them is stored or spooled. */
  readonly stored: Promise<void>;
  readonly resolve: () => void;
}

/** So many in one command: some 2 ms of Redis. */
const BATCH = 50;
/** Records gather, because a command for each costs Redis and us more than the rest of the record. They leave after this time … */
const LATEST_MS = 50;
/** … or, once they have waited so long, with a turn: then they wake up neither Redis nor us. The longer, the more share a command. */
const RIDE_AFTER_MS = 40;
/** What record_add answers to a sender that record_replay has fenced off. */
const FENCED = -1;
/** In which form record_add gets them here: not as documents. */
const AS_VALUES = 'values';
/** Where version 4 named the retention. */
export const NO_SWEEP = '';
/** So many go to the spool at once when another server becomes the master: it takes what the disk refuses into memory, up to a limit. */
const CHECKED = 1000;

/** @param number of the turn, as Redis says it; undefined or 0 where it will not say one */
export const numbered = (record: CallRecord, number: number | undefined): CallRecord =>
  number ? { ...record, turn: number } : { ...record, provisional: true };

/**
 * Writes call records: those of a few milliseconds in one command, to the spool when Redis does not take them. Each
 * command names its sender; a sender is given up with the first answer that is lost, so that record_replay can fence off
 * exactly what is in doubt.
 */
export class Recorder implements RecordWriter {
  readonly #parts: RecorderParts;
  #gathering: Gathering | undefined;
  #sender: string;
  #inFlight: Promise<unknown> = Promise.resolve();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#sender = parts.ids.token();
  }

  /** Whether what has gathered should leave with the next command that leaves anyway. */
  get due(): boolean {
    return this.#gathering !== undefined && this.#parts.clock.now() - this.#gathering.since >= RIDE_AFTER_MS;
  }

  write(record: CallRecord): Promise<void> {
    this.#gathering ??= this.#gather();
    this.#gathering.records.push(record);
    return this.#gathering.stored;
  }

  #gather(): Gathering {
    const { clock } = this.#parts;
    let resolve = (): void => {};
    const stored = new Promise<void>((whenStored) => {
      resolve = whenStored;
    });
    const timer = clock.after(LATEST_MS, () => void this.flush());
    return { records: [], since: clock.now(), timer, stored, resolve };
  }

  /** Another master: what is on its way to the one before is in doubt, and what that one acknowledged is asked for. */
  otherMaster(): void {
    const { acknowledged, openTurns, spool, ids, meter } = this.#parts;
    this.#sender = ids.token();
    const entries = acknowledged?.take() ?? [];
    for (const entry of entries) if (entry.kind === 'turn') openTurns.opened(entry.turn.call, entry.turn);
    meter.count('store_failover_checked_total', {}, entries.length);
    for (let at = 0; at < entries.length; at += CHECKED) spool.add(entries.slice(at, at + CHECKED));
  }

  /** Resolves when everything written so far is stored or spooled. */
  async flush(): Promise<void> {
    const gathering = this.#gathering;
    this.#gathering = undefined;
    if (gathering !== undefined) {
      gathering.timer.cancel();
      const sent = Promise.all(this.#sent(gathering.records)).then(() => gathering.resolve());
      this.#inFlight = Promise.all([this.#inFlight, sent]);
    }
    await this.#inFlight;
  }

  #sent(records: readonly CallRecord[]): Promise<void>[] {
    const sent: Promise<void>[] = [];
    let batch: CallRecord[] = [];
    let texts: string[] = [];
    for (const one of records) {
      const record = this.#numbered(one);
      if (record === undefined || !this.#isWritten(record, texts)) continue;
      batch.push(record);
      if (batch.length < BATCH) continue;
      sent.push(this.#send(batch, texts));
      batch = [];
      texts = [];
    }
    if (batch.length > 0) sent.push(this.#send(batch, texts));
    return sent;
  }

  /**
   * As late as this, because a failover may have undone the turn meanwhile. Where Redis has not numbered it yet, the record waits behind
   * it in the spool: undefined.
   */
  #numbered(record: CallRecord): CallRecord | undefined {
    const { openTurns, spool, meter } = this.#parts;
    const open = openTurns.take(record.call);
    if (open === undefined) return record;
    if (open.turn === undefined) return numbered(record, open.number);
    meter.count('records_spooled_total');
    spool.add([{ kind: 'record', record, tried: null, turn: open.turn }]);
    return undefined;
  }

  /** A record that cannot be put into words costs itself, and not those that would have gone with it. */
  #isWritten(record: CallRecord, texts: string[]): boolean {
    try {
      pushRecord(texts, record);
      return true;
    } catch (thrown) {
      const { log, meter } = this.#parts;
      meter.count('records_unwritable_total');
      log.error({ err: thrown, call: record.call }, 'A call record cannot be written');
      return false;
    }
  }

  async #send(batch: readonly CallRecord[], texts: readonly string[]): Promise<void> {
    const { link, meter, acknowledged } = this.#parts;
    const sender = this.#sender;
    const tried = { sender };
    if (link.state !== 'ready') return this.#spool(batch, null);
    try {
      const reply = await link.fcall('record_add', RECORDS_KEY, [sender, AS_VALUES, ...texts]);
      if (reply === FENCED) return this.#spool(batch, null);
      if (acknowledged !== undefined)
        for (const record of batch) acknowledged.record({ kind: 'record', record, tried });
      meter.count('records_written_total', {}, batch.length);
    } catch (thrown) {
      this.#failed(batch, tried, thrown);
    }
  }

  #failed(batch: readonly CallRecord[], tried: Attempt, thrown: unknown): void {
    const inDoubt = !(thrown instanceof StoreError) || thrown.inDoubt;
    if (inDoubt && this.#sender === tried.sender) this.#sender = this.#parts.ids.token();
    this.#parts.log.warn({ records: batch.length, inDoubt, reason: messageOf(thrown) }, 'Call records go to the spool');
    this.#spool(batch, inDoubt ? tried : null);
  }

  #spool(batch: readonly CallRecord[], tried: Attempt | null): void {
    this.#parts.meter.count('records_spooled_total', {}, batch.length);
    this.#parts.spool.add(batch.map((record) => ({ kind: 'record', record, tried })));
  }
}
