import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { LocalTurn } from '../turns.js';
import type { CallRecord } from '../types.js';
import { decodeLine, encodeLine } from './spool-line.js';

/** A first attempt to write an entry, whose answer was lost: Redis may hold it. */
export interface Attempt {
  /** Named in the command: what record_replay fences off. */
  readonly sender: string;
}

export type SpoolEntry =
  /** `turn`: that of the call, where only its replay says the number. */
  | { readonly kind: 'record'; readonly record: CallRecord; tried: Attempt | null; readonly turn?: LocalTurn }
  | { readonly kind: 'turn'; readonly turn: LocalTurn };

/** Says that entries before byte `upto` of the file have been tried, and those before byte `from` are in Redis. */
interface Mark {
  readonly kind: 'sent';
  readonly from: number;
  readonly upto: number;
  readonly tried: Attempt;
}

const NEWLINE = 10;

/** Appends lines to one file: each whole, or not at all. */
export class LineWriter {
  readonly #fd: number;
  /** The file may end in a torn line: what is appended must begin its own. */
  #torn: boolean;
  #bytes: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#fd).size;
    this.#torn = this.#bytes > 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the lines that were written off the front of `lines`. Throws where the disk takes no more of them. */
  append(lines: string[]): void {
    const begin = this.#torn ? 1 : 0;
    const bytes = Buffer.from('\n'.repeat(begin) + lines.join(''));
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
      this.#torn = false;
      this.#bytes += at;
      lines.length = 0;
    } catch (thrown) {
      const whole = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
      this.#cutBack(whole, at);
      lines.splice(0, Math.max(0, newlines(bytes.subarray(0, whole)) - begin));
      throw thrown;
    }
  }

  /** Calls back when what was appended is on the disk itself. */
  synchronise(then: () => void = () => {}): void {
    fdatasync(this.#fd, then);
  }

  close(): void {
    closeSync(this.#fd);
  }

  // What a full disk took of the next line would spoil that line when it comes again.
  #cutBack(whole: number, written: number): void {
    try {
      ftruncateSync(this.#fd, this.#bytes + whole);
      this.#bytes += whole;
    } catch {
      this.#bytes += written;
    }
    this.#torn = this.#bytes > 0;
  }
}

const newlines = (bytes: Buffer): number => bytes.reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0);

/** The damaged line may have been the mark that this record was sent. */
function doubt(entry: SpoolEntry): void {
  if (entry.kind === 'record') entry.tried ??= { sender: 'damaged' };
}

interface Placed {
  /** The byte of the file at which the entry's line begins; a damaged line moves no other. */
  readonly at: number;
  readonly entry: SpoolEntry;
}

/** Entries on their way to Redis: a file that is sealed, or what only memory has. */
export class Reading {
  /** Undefined: these are in memory alone. */
  readonly path: string | undefined;
  readonly #placed: readonly Placed[];
  #done = 0;
  #marks: LineWriter | undefined;

  /** Lines that could not be read. */
  readonly damaged: number;

  /** Of a file, whole, with what an earlier process had marked in it. Throws where it cannot be read. */
  static ofFile(path: string): Reading {
    const bytes = readFileSync(path);
    const placed: Placed[] = [];
    let from = 0;
    let damaged = 0;
    for (let at = 0, end = 0; at < bytes.length; at = end + 1) {
      end = bytes.indexOf(NEWLINE, at);
      if (end < 0) end = bytes.length;
      if (end === at) continue;
      const value = decodeLine(bytes.toString('utf8', at, end)) as SpoolEntry | Mark | undefined;
      if (value === undefined) damaged += 1;
      else if (value.kind !== 'sent') placed.push({ at, entry: value });
      else {
        from = value.from;
        for (const { at: begin, entry } of placed)
          if (entry.kind === 'record' && begin >= from && begin < value.upto) entry.tried ??= value.tried;
      }
    }
    if (damaged > 0) for (const { entry } of placed) doubt(entry);
    return new Reading(
      path,
      placed.filter(({ at }) => at >= from),
      damaged,
    );
  }

  static ofMemory(entries: readonly SpoolEntry[]): Reading {
    return new Reading(
      undefined,
      entries.map((entry) => ({ at: 0, entry })),
      0,
    );
  }

  private constructor(path: string | undefined, placed: readonly Placed[], damaged: number) {
    this.path = path;
    this.#placed = placed;
    this.damaged = damaged;
  }

  /** How many are not in Redis yet. */
  get left(): number {
    return this.#placed.length - this.#done;
  }

  /** The first of them, at most `limit`. */
  first(limit: number): readonly SpoolEntry[] {
    return this.#placed.slice(this.#done, this.#done + limit).map(({ entry }) => entry);
  }

  done(count: number): void {
    this.#done += count;
  }

  /** Notes that the first `count` are sent now, for the first time. Throws where the disk does not take the note. */
  mark(count: number, tried: Attempt): void {
    const batch = this.#placed.slice(this.#done, this.#done + count);
    for (const { entry } of batch) if (entry.kind === 'record') entry.tried = tried;
    const [first, last] = [batch[0], batch.at(-1)];
    if (this.path === undefined || first === undefined || last === undefined) return;
    this.#marks ??= new LineWriter(this.path);
    this.#marks.append([encodeLine({ kind: 'sent', from: first.at, upto: last.at + 1, tried } satisfies Mark)]);
  }

  close(): void {
    this.#marks?.close();
    this.#marks = undefined;
  }
}
