import type { Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { maskNumber } from '../../base/log.js';
import { isOfOneKey, StoreError } from '../errors.js';
import { groupKey, RECORDS_KEY } from '../keys.js';
import type { LocalTurn } from '../turns.js';
import type { CallRecord } from '../types.js';
import { documentOf } from './fields.js';
import { NO_SWEEP, numbered, type RecorderParts } from './recorder.js';
import type { Attempt, SpoolEntry } from './spool.js';

const BATCH = 50;
const EVERY = 1000;
/** Where version 17 looked from. */
const NOWHERE = '';
/** Subtracted from the time of a first attempt: clocks are never quite the same. Milliseconds. */
const CLOCK_MARGIN = 60_000;

const since = (at: number): string => String(Math.max(0, Math.floor(at - CLOCK_MARGIN)));

interface ReplayerParts extends RecorderParts {
  /** Of this process. */
  readonly node: string | undefined;
  /** Calls of a process before this one whose turns were in its spool; all records that were there are in Redis by now. */
  onEarlier?(calls: readonly EarlierCall[]): void;
}

export interface EarlierCall {
  readonly turn: LocalTurn;
  /** As Redis has numbered it. */
  readonly number: number;
}

/** Brings what was spooled to Redis, each entry exactly once, whenever Redis is there. */
export class Replayer {
  readonly #parts: ReplayerParts;
  #earlier: EarlierCall[] = [];
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(parts: ReplayerParts) {
    this.#parts = parts;
    parts.link.onChange(() => void this.run());
    this.#watch();
  }

  /** Replays until the spool is empty or Redis is away. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#replay().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** What only memory has goes to Redis first, if Redis is there. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    if (this.#parts.spool.held > 0) await this.run();
    this.#closed = true;
    await this.#running;
  }

  #watch(): void {
    this.#timer = this.#parts.clock.after(EVERY, () => {
      this.#watch();
      if (!this.#parts.spool.empty) void this.run();
    });
  }

  async #replay(): Promise<void> {
    const { link, spool, log } = this.#parts;
    try {
      while (!this.#closed && link.state === 'ready') {
        const batch = spool.next(BATCH);
        if (batch.length === 0) {
          this.#tellEarlier();
          return;
        }
        await this.#replayBatch(batch);
      }
    } catch (thrown) {
      // The entries stay where they are, marked as tried; the next run looks first.
      log.warn({ reason: messageOf(thrown) }, 'The spool could not be replayed; it will be tried again');
    } finally {
      spool.giveBack();
    }
  }

  async #replayBatch(batch: readonly SpoolEntry[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (first.kind === 'turn') {
      for (const entry of batch) {
        if (entry.kind === 'turn') this.#noteEarlier(entry.turn, await this.#replayTurn(entry.turn));
        // A Redis that is away again and again must not be given the same ones each time.
        this.#done(1);
      }
      return;
    }
    const records: CallRecord[] = [];
    for (const entry of batch)
      if (entry.kind === 'record') records.push(await this.#numbered(entry.record, entry.turn));
    const { tried } = first;
    const attempt = tried ?? { sender: this.#parts.ids.token() };
    if (tried === null) this.#parts.spool.mark(batch, attempt);
    await this.#each(records, (some) => (tried === null ? this.#add(some, attempt) : this.#addMissing(some, attempt)));
    for (const record of records) this.#landed(record, attempt);
    this.#done(batch.length);
  }

  #done(count: number): void {
    const { spool, meter } = this.#parts;
    spool.done(count);
    meter.count('spool_replayed_total', {}, count);
  }

  #noteEarlier(turn: LocalTurn, number: number): void {
    const { node } = this.#parts;
    if (turn.node !== undefined && turn.node !== node) this.#earlier.push({ turn, number });
  }

  #tellEarlier(): void {
    const earlier = this.#earlier;
    this.#earlier = [];
    if (earlier.length > 0) this.#parts.onEarlier?.(earlier);
  }

  /** A record that Redis refuses costs itself: nothing of a refused command was written, so the others go one by one. */
  async #each(records: readonly CallRecord[], send: (some: readonly CallRecord[]) => Promise<void>): Promise<void> {
    try {
      await send(records);
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      if (records.length > 1) for (const record of records) await this.#each([record], send);
      else this.#drop({ call: records[0]?.call }, thrown);
    }
  }

  async #add(records: readonly CallRecord[], { sender }: Attempt): Promise<void> {
    await this.#parts.link.fcall('record_add', RECORDS_KEY, this.#arguments([sender, NO_SWEEP], records));
  }

  async #addMissing(records: readonly CallRecord[], { sender }: Attempt): Promise<void> {
    await this.#parts.link.fcall('record_replay', RECORDS_KEY, this.#arguments([sender, NO_SWEEP, NOWHERE], records));
  }

  #arguments(head: readonly string[], records: readonly CallRecord[]): string[] {
    return [...head, ...records.map(documentOf)];
  }

  /** With the number that Redis gives its turn, which may come behind it in the spool, or have been replayed by the process before this one. */
  async #numbered(record: CallRecord, itsTurn: LocalTurn | undefined): Promise<CallRecord> {
    const open = this.#parts.openTurns.find(record.call);
    if (open?.number !== undefined) return numbered(record, open.number);
    const turn = open?.turn ?? itsTurn;
    return turn === undefined ? record : numbered(record, await this.#replayTurn(turn));
  }

  /** The number that Redis has given it now, or had given it before; 0 where the group is there no more. */
  async #replayTurn(turn: LocalTurn): Promise<number> {
    const { link, openTurns, acknowledged } = this.#parts;
    let number = turn.number ?? 0;
    try {
      const { call, start, at, node = '' } = turn;
      const args = [call, start, at, since(turn.since), turn.number ?? '', node];
      number = ((await link.fcall('hunt_replay', groupKey(turn.pilot), args)) as number) || number;
      if (number > 0) acknowledged?.turn({ ...turn, number });
    } catch (thrown) {
      if (!isOfOneKey(thrown)) throw thrown;
      this.#drop({ pilot: maskNumber(turn.pilot) }, thrown);
    }
    openTurns.settled(turn.call, number);
    return number;
  }

  #landed(record: CallRecord, tried: Attempt): void {
    const { acknowledged, openTurns } = this.#parts;
    openTurns.take(record.call);
    acknowledged?.record({ kind: 'record', record, tried });
  }

  #drop(what: object, thrown: unknown): void {
    this.#parts.meter.count('spool_refused_total');
    this.#parts.log.error({ ...what, reason: messageOf(thrown) }, 'Redis refused what was spooled: dropped');
  }
}

const isRefusal = (thrown: unknown): boolean => thrown instanceof StoreError && thrown.code === 'STORE_REFUSED';
