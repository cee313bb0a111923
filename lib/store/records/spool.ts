import { mkdirSync, readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import type { LocalTurn, TurnBacklog } from '../turns.js';
import { type Attempt, LineWriter, Reading, type SpoolEntry } from './spool-file.js';
import { encodeLine } from './spool-line.js';

export type { Attempt, SpoolEntry } from './spool-file.js';

interface SpoolOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Bytes after which a new file is begun; a file is read whole. */
  readonly fileBytes: number;
  /** Files kept at most; what does not fit any more is lost, counted and logged. */
  readonly files: number;
}

const SYNC_EVERY = 1000;
/** Entries held in memory while the disk refuses them. */
const HELD = 10_000;
/** A file, or one that was set aside: its number is not used again. */
const NAME = /^spool-(\d{10})\.jsonl(\.unreadable)?$/;
/** Written once at start, and while the disk refuses, to find out whether it takes anything. */
const PROBE = 'probe';
const PROBE_BYTES = 4096;

/**
 * What Redis has not got yet, in append-only files: one line an entry, with its CRC-32. Each addition is handed to the
 * operating system at once (it survives the death of the process) and synchronised to the disk within a second (it may lose
 * that second to a power failure), at once on close. Lines that are torn or damaged are skipped, files that cannot be read are set
 * aside, both counted and logged. What the disk refuses is held in memory, a bounded number, and goes to Redis from there.
 */
export class Spool implements TurnBacklog {
  readonly #options: SpoolOptions;
  readonly #files: number[] = [];
  #lastNumber = 0;
  #writing: { readonly number: number; readonly lines: LineWriter } | undefined;
  #reading: Reading | undefined;
  #held: SpoolEntry[] = [];
  #problem: string | undefined;
  #timer: Timer | undefined;

  /** Opens the directory, making it where absent; what an earlier process left is there to be replayed. Never throws. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#writes(() => {
      mkdirSync(options.directory, { recursive: true });
      for (const name of readdirSync(options.directory)) {
        const [, digits, setAside] = NAME.exec(name) ?? [];
        if (digits === undefined) continue;
        this.#lastNumber = Math.max(this.#lastNumber, Number(digits));
        if (setAside === undefined) this.#files.push(Number(digits));
      }
      this.#files.sort((a, b) => a - b);
      this.#probe();
    });
    options.meter.gauge('spool_files', 'Spool files waiting for Redis', () => this.#files.length);
    options.meter.gauge('spool_held', 'Records and turns in memory alone: the spool takes no more', () => this.held);
    options.meter.gauge('spool_writable', 'Whether the spool can be written', () =>
      this.#problem === undefined ? 1 : 0,
    );
  }

  get empty(): boolean {
    return this.#files.length === 0 && this.held === 0;
  }

  /** How many entries only memory has. */
  get held(): number {
    return this.#held.length + (this.#reading?.path === undefined ? (this.#reading?.left ?? 0) : 0);
  }

  /** Why the disk takes nothing; undefined as long as it does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  addTurn(turn: LocalTurn): void {
    this.add([{ kind: 'turn', turn }]);
  }

  /** Never throws: what the disk refuses is held in memory, a bounded number, and tried again. */
  add(entries: readonly SpoolEntry[]): void {
    const room = Math.max(0, HELD - this.held);
    this.#held.push(...entries.slice(0, room));
    if (entries.length > room) this.#lose(entries.length - room);
    this.#flush();
  }

  /** The oldest entries, at most `limit`, all of one kind and, of records, all tried in the same attempt. */
  next(limit: number): readonly SpoolEntry[] {
    const entries = this.#read()?.first(limit) ?? [];
    const other = entries.findIndex((entry) => !alike(entries[0], entry));
    return other < 0 ? entries : entries.slice(0, other);
  }

  /** Notes, before the entries that `next` gave are sent for the first time, that from now on they are in doubt. */
  mark(batch: readonly SpoolEntry[], tried: Attempt): void {
    try {
      this.#reading?.mark(batch.length, tried);
    } catch (thrown) {
      // A full disk must not keep the spool from being emptied; only a crash right now could write these twice.
      this.#options.log.error({ reason: messageOf(thrown) }, 'The spool cannot be marked');
    }
  }

  /** The first `count` entries are in Redis. */
  done(count: number): void {
    this.#reading?.done(count);
    if (this.#reading?.left === 0) this.#finish();
  }

  /** The entries that `next` gave were not sent: those that only memory has are offered to the disk again. */
  giveBack(): void {
    const reading = this.#reading;
    if (reading === undefined || reading.path !== undefined) return;
    this.#reading = undefined;
    this.#held.unshift(...reading.first(reading.left));
    this.#flush();
  }

  async close(): Promise<void> {
    this.giveBack();
    this.#flush();
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#held.length > 0) this.#lose(this.#held.length);
    this.#reading?.close();
    this.#reading = undefined;
    const lines = this.#writing?.lines;
    this.#writing = undefined;
    if (lines === undefined) return;
    await new Promise<void>((resolve) => lines.synchronise(resolve));
    lines.close();
  }

  #path(number: number): string {
    return join(this.#options.directory, `spool-${String(number).padStart(10, '0')}.jsonl`);
  }

  /** While the disk refuses, one entry tries it: to put all that is held into words, for each that comes, would hold up calls. */
  #flush(): void {
    if (this.#problem !== undefined) this.#append(1);
    if (this.#problem === undefined) this.#append(this.#held.length);
  }

  #append(count: number): void {
    if (this.#held.length === 0) return;
    const lines = this.#held.slice(0, count).map(encodeLine);
    const tried = lines.length;
    this.#writes(() => {
      try {
        this.#open().append(lines);
      } finally {
        this.#held.splice(0, tried - lines.length);
      }
    });
    this.#timer ??= this.#options.clock.after(SYNC_EVERY, () => this.#synchronise());
  }

  /** Does what needs the disk; tells when it begins to refuse, and when it no longer does. */
  #writes(action: () => void): void {
    const { log, meter, clock } = this.#options;
    try {
      action();
      if (this.#problem !== undefined) log.info('The spool can be written again');
      this.#problem = undefined;
    } catch (thrown) {
      meter.count('spool_write_failures_total');
      const reason = messageOf(thrown);
      if (this.#problem === undefined) log.error({ reason, held: this.#held.length }, 'The spool cannot be written');
      this.#problem = reason;
      this.#timer ??= clock.after(SYNC_EVERY, () => this.#synchronise());
    }
  }

  #probe(): void {
    const path = join(this.#options.directory, PROBE);
    mkdirSync(this.#options.directory, { recursive: true });
    rmSync(path, { force: true });
    const probe = new LineWriter(path);
    try {
      probe.append([' '.repeat(PROBE_BYTES)]);
    } finally {
      probe.close();
      rmSync(path, { force: true });
    }
  }

  #open(): LineWriter {
    const { directory, fileBytes, files } = this.#options;
    if (this.#writing !== undefined && this.#writing.lines.bytes >= fileBytes) this.#seal();
    if (this.#writing === undefined) {
      if (this.#files.length >= files) throw new Error('as many spool files as allowed');
      mkdirSync(directory, { recursive: true });
      const number = this.#lastNumber + 1;
      this.#writing = { number, lines: new LineWriter(this.#path(number)) };
      this.#lastNumber = number;
      this.#files.push(number);
    }
    return this.#writing.lines;
  }

  #seal(): void {
    const lines = this.#writing?.lines;
    this.#writing = undefined;
    lines?.synchronise(() => lines.close());
  }

  #synchronise(): void {
    this.#timer = undefined;
    this.#writing?.lines.synchronise();
    if (this.#held.length > 0) this.#flush();
    else if (this.#problem !== undefined) this.#writes(() => this.#probe());
  }

  /** The oldest file with something in it; then, with none left, what only memory has. */
  #read(): Reading | undefined {
    while (this.#reading === undefined) {
      const [number] = this.#files;
      if (number === undefined) {
        if (this.#held.length === 0) return undefined;
        this.#reading = Reading.ofMemory(this.#held);
        this.#held = [];
        return this.#reading;
      }
      if (this.#writing?.number === number) this.#seal();
      this.#reading = this.#load(number);
      if (this.#reading?.left === 0) this.#finish();
    }
    return this.#reading;
  }

  /** Undefined: it cannot be read, and was set aside. */
  #load(number: number): Reading | undefined {
    const { meter, log } = this.#options;
    const path = this.#path(number);
    try {
      const reading = Reading.ofFile(path);
      if (reading.damaged > 0) {
        meter.count('spool_damaged_total', {}, reading.damaged);
        log.error({ path, damaged: reading.damaged }, 'Damaged lines in the spool were skipped');
      }
      return reading;
    } catch (thrown) {
      meter.count('spool_unreadable_total');
      log.error({ path: `${path}.unreadable`, reason: messageOf(thrown) }, 'A spool file cannot be read: set aside');
      this.#files.shift();
      this.#removes(() => renameSync(path, `${path}.unreadable`));
      return undefined;
    }
  }

  #finish(): void {
    const path = this.#reading?.path;
    this.#reading?.close();
    this.#reading = undefined;
    if (path === undefined) return;
    this.#files.shift();
    this.#removes(() => unlinkSync(path));
  }

  /** A file that stays is not read again by this process; the next one looks through it once more. */
  #removes(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.#options.log.error({ reason: messageOf(thrown) }, 'A spool file could not be taken away');
    }
  }

  #lose(count: number): void {
    this.#options.meter.count('spool_lost_total', {}, count);
    this.#options.log.error({ count }, 'Entries are lost: neither Redis nor the disk takes them');
  }
}

function alike(first: SpoolEntry | undefined, other: SpoolEntry | undefined): boolean {
  if (first?.kind !== other?.kind) return false;
  if (first?.kind !== 'record' || other?.kind !== 'record') return true;
  return first.tried?.sender === other.tried?.sender;
}
