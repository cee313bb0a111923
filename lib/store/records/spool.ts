import {
  closeSync,
  fdatasync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import type { LocalTurn, TurnBacklog } from '../turns.js';
import type { CallRecord } from '../types.js';
import { decodeLine, encodeLine } from './spool-line.js';

/** A first attempt to write an entry, whose answer was lost: Redis may hold it. */
export interface Attempt {
  /** Redis's time of the attempt, in milliseconds. */
  readonly at: number;
  /** The sender named in the command: what record_replay fences off. */
  readonly sender: string;
}

export type SpoolEntry =
  | { readonly kind: 'record'; readonly record: CallRecord; tried: Attempt | null }
  | { readonly kind: 'turn'; readonly turn: LocalTurn };

/** Says that entries up to `upto` (a count within the file) have been tried, and those before `from` are in Redis. */
interface Mark {
  readonly kind: 'mark';
  readonly from: number;
  readonly upto: number;
  readonly tried: Attempt;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Bytes after which a new file is begun; a file is read whole. */
  readonly fileBytes?: number;
  /** Files kept at most; what does not fit any more is lost, counted and logged. */
  readonly files?: number;
}

const FILE_BYTES = 4 * 1024 * 1024;
const FILES = 256;
const SYNC_EVERY = 1000;
/** Entries held in memory while the disk refuses them. */
const HELD = 10_000;
const NAME = /^spool-(\d{10})\.jsonl$/;

/** The oldest file, sealed and being replayed. */
interface Reading {
  readonly path: string;
  readonly fd: number;
  readonly entries: SpoolEntry[];
  done: number;
}

/**
 * What Redis has not got yet, in append-only files: one line an entry, with its CRC-32. Each addition is handed to the
 * operating system at once (it survives the death of the process) and synchronised to the disk within a second (it may lose
 * that second to a power failure), at once on close. Lines that are torn or damaged are skipped, counted and logged.
 */
export class Spool implements TurnBacklog {
  readonly #options: SpoolOptions;
  readonly #files: number[];
  #writing: { readonly number: number; readonly fd: number; bytes: number } | undefined;
  #reading: Reading | undefined;
  #held: SpoolEntry[] = [];
  #broken = false;
  #sync: Timer | undefined;

  /** Opens the directory, making it where absent; what an earlier process left is there to be replayed. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
    this.#files = readdirSync(options.directory)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    options.meter.gauge('spool_files', 'Spool files waiting for Redis', () => this.#files.length);
  }

  get empty(): boolean {
    return this.#files.length === 0 && this.#held.length === 0;
  }

  addTurn(turn: LocalTurn): void {
    this.add([{ kind: 'turn', turn }]);
  }

  /** Never throws: with the disk full, the latest entries are held in memory, a bounded number, and tried again. */
  add(entries: readonly SpoolEntry[]): void {
    for (const entry of entries) {
      if (this.#held.length >= HELD) this.#lose(1);
      else this.#held.push(entry);
    }
    this.#flush();
  }

  /** The oldest entries, at most `limit`, all of one kind and, of records, all tried in the same attempt. */
  next(limit: number): readonly SpoolEntry[] {
    const reading = this.#read();
    if (reading === undefined) return [];
    const first = reading.entries[reading.done];
    let end = reading.done + 1;
    while (end < reading.entries.length && end - reading.done < limit && alike(first, reading.entries[end])) end += 1;
    return reading.entries.slice(reading.done, end);
  }

  /** Notes, before the entries that `next` gave are sent for the first time, that from now on they are in doubt. */
  mark(batch: readonly SpoolEntry[], tried: Attempt): void {
    if (this.#reading === undefined) return;
    const { fd, done } = this.#reading;
    for (const entry of batch) if (entry.kind === 'record') entry.tried = tried;
    try {
      writeSync(fd, encodeLine({ kind: 'mark', from: done, upto: done + batch.length, tried } satisfies Mark));
    } catch (thrown) {
      // A full disk must not keep the spool from being emptied; only a crash right now could write these twice.
      this.#options.log.error({ reason: messageOf(thrown) }, 'The spool cannot be marked');
    }
  }

  /** The first `count` entries are in Redis. */
  done(count: number): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    reading.done += count;
    if (reading.done >= reading.entries.length) this.#finish(reading);
  }

  async close(): Promise<void> {
    this.#sync?.cancel();
    this.#sync = undefined;
    this.#flush();
    if (this.#held.length > 0) this.#lose(this.#held.length);
    if (this.#reading !== undefined) closeSync(this.#reading.fd);
    this.#reading = undefined;
    const writing = this.#writing;
    this.#writing = undefined;
    if (writing === undefined) return;
    await new Promise<void>((resolve) => fdatasync(writing.fd, () => resolve()));
    closeSync(writing.fd);
  }

  #path(number: number): string {
    return join(this.#options.directory, `spool-${String(number).padStart(10, '0')}.jsonl`);
  }

  #flush(): void {
    if (this.#held.length === 0) return;
    try {
      const file = this.#open();
      // A line that was torn by a full disk ends here, so that it spoils no other.
      const text = (this.#broken ? '\n' : '') + this.#held.map(encodeLine).join('');
      this.#broken = true;
      const bytes = Buffer.from(text);
      file.bytes += bytes.length;
      for (let at = 0; at < bytes.length; ) at += writeSync(file.fd, bytes, at);
      this.#broken = false;
      this.#held = [];
    } catch (thrown) {
      this.#options.meter.count('spool_write_failures_total');
      this.#options.log.error({ reason: messageOf(thrown), held: this.#held.length }, 'The spool cannot be written');
    }
    this.#sync ??= this.#options.clock.after(SYNC_EVERY, () => this.#synchronise());
  }

  #open(): { readonly fd: number; bytes: number } {
    if (this.#writing !== undefined && this.#writing.bytes >= (this.#options.fileBytes ?? FILE_BYTES)) this.#seal();
    if (this.#writing === undefined) {
      if (this.#files.length >= (this.#options.files ?? FILES)) throw new Error('as many spool files as allowed');
      const number = (this.#files.at(-1) ?? 0) + 1;
      this.#writing = { number, fd: openSync(this.#path(number), 'a', 0o600), bytes: 0 };
      this.#files.push(number);
    }
    return this.#writing;
  }

  #seal(): void {
    if (this.#writing === undefined) return;
    const { fd } = this.#writing;
    this.#writing = undefined;
    fdatasync(fd, () => closeSync(fd));
  }

  #synchronise(): void {
    this.#sync = undefined;
    if (this.#writing !== undefined) fdatasync(this.#writing.fd, () => {});
    this.#flush();
  }

  #read(): Reading | undefined {
    while (this.#reading === undefined) {
      this.#flush();
      const [number] = this.#files;
      if (number === undefined) return undefined;
      if (this.#writing?.number === number) this.#seal();
      const reading = this.#load(this.#path(number));
      if (reading.done < reading.entries.length) this.#reading = reading;
      else this.#finish(reading);
    }
    return this.#reading;
  }

  #load(path: string): Reading {
    const entries: SpoolEntry[] = [];
    let done = 0;
    let damaged = 0;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      const value = decodeLine(line) as SpoolEntry | Mark | undefined;
      if (value === undefined) damaged += 1;
      else if (value.kind !== 'mark') entries.push(value);
      else {
        done = value.from;
        for (const entry of entries.slice(value.from, value.upto))
          if (entry.kind === 'record') entry.tried ??= value.tried;
      }
    }
    if (damaged > 0) {
      this.#options.meter.count('spool_damaged_total', {}, damaged);
      this.#options.log.error({ path, damaged }, 'Damaged lines in the spool were skipped');
    }
    // The file may end in a torn line: what is appended must begin its own.
    const fd = openSync(path, 'a', 0o600);
    if (statSync(path).size > 0) writeSync(fd, '\n');
    return { path, fd, entries, done };
  }

  #finish(reading: Reading): void {
    closeSync(reading.fd);
    unlinkSync(reading.path);
    this.#files.shift();
    this.#reading = undefined;
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
