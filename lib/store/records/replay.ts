import type { Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { maskNumber } from '../../base/log.js';
import { StoreError } from '../errors.js';
import { groupKey, RECORDS_KEY } from '../keys.js';
import type { LocalTurn } from '../turns.js';
import type { CallRecord } from '../types.js';
import { documentOf } from './fields.js';
import { oldestKept, type RecorderParts } from './recorder.js';
import type { Attempt, SpoolEntry } from './spool.js';

const BATCH = 100;
const EVERY = 1000;
/** Subtracted from the time of a first attempt: clocks are never quite the same. Milliseconds. */
const CLOCK_MARGIN = 60_000;

const since = (at: number): string => String(Math.max(0, Math.floor(at - CLOCK_MARGIN)));

/** Brings what was spooled to Redis, each entry exactly once, whenever Redis is there. */
export class Replayer {
  readonly #parts: RecorderParts;
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(parts: RecorderParts) {
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

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #watch(): void {
    this.#timer = this.#parts.clock.after(EVERY, () => {
      if (!this.#parts.spool.empty) void this.run();
      this.#watch();
    });
  }

  async #replay(): Promise<void> {
    const { link, spool, log, meter } = this.#parts;
    try {
      while (!this.#closed && link.state === 'ready') {
        const batch = spool.next(BATCH);
        if (batch.length === 0) return;
        await this.#replayBatch(batch);
        spool.done(batch.length);
        meter.count('spool_replayed_total', {}, batch.length);
      }
    } catch (thrown) {
      // The entries stay where they are, marked as tried; the next run looks first.
      log.warn({ reason: messageOf(thrown) }, 'The spool could not be replayed; it will be tried again');
    }
  }

  async #replayBatch(batch: readonly SpoolEntry[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (first.kind === 'turn') {
      for (const entry of batch) if (entry.kind === 'turn') await this.#replayTurn(entry.turn);
      return;
    }
    const records = batch.flatMap((entry) => (entry.kind === 'record' ? [entry.record] : []));
    if (first.tried === null) await this.#add(batch, records);
    else await this.#addMissing(records, first.tried);
  }

  async #add(batch: readonly SpoolEntry[], records: readonly CallRecord[]): Promise<void> {
    const { link, spool, ids } = this.#parts;
    const tried = { at: link.redisTime(), sender: ids.token() };
    spool.mark(batch, tried);
    await link.fcall('record_add', RECORDS_KEY, this.#arguments([tried.sender], records));
  }

  async #addMissing(records: readonly CallRecord[], tried: Attempt): Promise<void> {
    const { link } = this.#parts;
    let from = since(tried.at);
    let missing = records;
    while (from !== '' && missing.length > 0) {
      const args = this.#arguments([tried.sender], missing, [from]);
      const [next = '', ...found] = (await link.fcall('record_replay', RECORDS_KEY, args)) as string[];
      const there = new Set(found);
      missing = missing.filter((record) => !there.has(record.call));
      from = next;
    }
  }

  #arguments(head: string[], records: readonly CallRecord[], tail: string[] = []): string[] {
    const { clock, retentionDays } = this.#parts;
    return [...head, oldestKept(clock.now(), retentionDays), ...tail, ...records.map(documentOf)];
  }

  async #replayTurn(turn: LocalTurn): Promise<void> {
    try {
      const args = [turn.call, turn.start, turn.at, since(turn.since)];
      await this.#parts.link.fcall('hunt_replay', groupKey(turn.pilot), args);
    } catch (thrown) {
      if (!(thrown instanceof StoreError) || thrown.code !== 'STORE_REFUSED') throw thrown;
      const { log } = this.#parts;
      log.error({ pilot: maskNumber(turn.pilot), reason: messageOf(thrown) }, 'Redis refused a spooled turn: dropped');
    }
  }
}
