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
import { documentOf } from './fields.js';
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

interface Pending {
  record: CallRecord;
  /** As Redis gets it. */
  document: string;
  readonly resolve: () => void;
}

/** So many in one command: some 2 ms of Redis. */
const BATCH = 50;
/** Records gather, because a command for each costs Redis and us more than the rest of the record. They leave after this time … */
const LATEST_MS = 50;
/** … or, once they have waited so long, with a turn: then they wake up neither Redis nor us. */
const RIDE_AFTER_MS = 30;
/** What record_add answers to a sender that record_replay has fenced off. */
const FENCED = -1;
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
  #pending: Pending[] = [];
  #pendingSince = 0;
  #timer: Timer | undefined;
  #sender: string;
  #inFlight: Promise<unknown> = Promise.resolve();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#sender = parts.ids.token();
  }

  /** Whether what is pending should leave with the next command that leaves anyway. */
  get due(): boolean {
    return this.#pending.length > 0 && this.#parts.clock.now() - this.#pendingSince >= RIDE_AFTER_MS;
  }

  write(record: CallRecord): Promise<void> {
    return new Promise((resolve) => {
      this.#pending.push({ record, document: '', resolve });
      if (this.#pending.length > 1) return;
      const { clock } = this.#parts;
      this.#pendingSince = clock.now();
      this.#timer = clock.after(LATEST_MS, () => void this.flush());
    });
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
    const pending = this.#pending;
    this.#pending = [];
    this.#timer?.cancel();
    const sent: Promise<unknown>[] = [this.#inFlight];
    const written = pending.filter((one) => this.#isNumbered(one) && this.#isWritten(one));
    for (let at = 0; at < written.length; at += BATCH) sent.push(this.#send(written.slice(at, at + BATCH)));
    this.#inFlight = Promise.all(sent);
    await this.#inFlight;
  }

  /** As late as this, because a failover may have undone the turn meanwhile. Where Redis has not numbered it yet, the record waits behind it in the spool. */
  #isNumbered(one: Pending): boolean {
    const { openTurns, spool, meter } = this.#parts;
    const open = openTurns.take(one.record.call);
    if (open === undefined) return true;
    if (open.turn === undefined) {
      one.record = numbered(one.record, open.number);
      return true;
    }
    meter.count('records_spooled_total');
    spool.add([{ kind: 'record', record: one.record, tried: null, turn: open.turn }]);
    one.resolve();
    return false;
  }

  /** A record that cannot be put into words costs itself, and not those that would have gone with it. */
  #isWritten(one: Pending): boolean {
    try {
      one.document = documentOf(one.record);
      return true;
    } catch (thrown) {
      const { log, meter } = this.#parts;
      meter.count('records_unwritable_total');
      log.error({ err: thrown, call: one.record.call }, 'A call record cannot be written');
      one.resolve();
      return false;
    }
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    const { link, meter, acknowledged } = this.#parts;
    const sender = this.#sender;
    const tried = { sender };
    if (link.state !== 'ready') return this.#spool(batch, null);
    const args = [sender, NO_SWEEP];
    for (const { document } of batch) args.push(document);
    try {
      const reply = await link.fcall('record_add', RECORDS_KEY, args);
      if (reply === FENCED) return this.#spool(batch, null);
      if (acknowledged !== undefined)
        for (const { record } of batch) acknowledged.record({ kind: 'record', record, tried });
      meter.count('records_written_total', {}, batch.length);
      for (const { resolve } of batch) resolve();
    } catch (thrown) {
      this.#failed(batch, tried, thrown);
    }
  }

  #failed(batch: readonly Pending[], tried: Attempt, thrown: unknown): void {
    const inDoubt = !(thrown instanceof StoreError) || thrown.inDoubt;
    if (inDoubt && this.#sender === tried.sender) this.#sender = this.#parts.ids.token();
    this.#parts.log.warn({ records: batch.length, inDoubt, reason: messageOf(thrown) }, 'Call records go to the spool');
    this.#spool(batch, inDoubt ? tried : null);
  }

  #spool(batch: readonly Pending[], tried: Attempt | null): void {
    this.#parts.meter.count('records_spooled_total', {}, batch.length);
    this.#parts.spool.add(batch.map(({ record }) => ({ kind: 'record', record, tried })));
    for (const { resolve } of batch) resolve();
  }
}
