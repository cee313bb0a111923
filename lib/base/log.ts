import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Clock, Timer } from './clock.js';

export type Log = Logger;

const BATCH_BYTES = 4096;
const FLUSH_MS = 100;
/** A reader of our output that hangs costs lines, not memory. */
const WAITING_BYTES = 16 * 1024 * 1024;

/**
 * A pino logger that writes JSON lines. Numbers belong into logs only through {@link maskNumber}.
 * @param level a pino level: trace, debug, info, warn, error, fatal or silent
 * @param output where they go; by default standard output, line by line
 */
export const createLog = (level: string, output?: LogOutput): Log => pino({ level, base: null }, output?.stream);

export interface LogOutput {
  readonly stream: DestinationStream;
  /** Writes what waits. Lines that come later are written at exit. */
  close(): void;
}

/** Standard output, some lines at a time: a write for each line was 2 % of a call. A line is out within 100 ms. */
export function batchedOutput(clock: Clock): LogOutput {
  const output = destination({ dest: 1, sync: false, minLength: BATCH_BYTES, maxLength: WAITING_BYTES });
  let timer: Timer | undefined;
  const flush = (): void => {
    timer = undefined;
    output.flush();
  };
  const stream = {
    write(line: string): void {
      output.write(line);
      timer ??= clock.after(FLUSH_MS, flush);
    },
    flushSync: () => output.flushSync(), // pino's for a fatal line
  };
  return {
    stream,
    close: () => {
      timer?.cancel();
      output.flushSync();
    },
  };
}

const NUMBERS = /\+?\d{6,15}/g;
const ONE_NUMBER = /^\+?\d{6,15}$/;
const STARS = '*'.repeat(15);
const VISIBLE_END = 3;
const VISIBLE_START = 4;

/** `+37120000001` → `+371*****001`: enough to recognise a line one already knows, not enough to call it. */
export const maskNumber = (text: string): string =>
  ONE_NUMBER.test(text) ? masked(text) : text.replace(NUMBERS, masked);

function masked(number: string): string {
  const start = number.startsWith('+') ? VISIBLE_START : VISIBLE_START - 1;
  const hidden = number.length - start - VISIBLE_END;
  return number.slice(0, start) + STARS.slice(0, hidden) + number.slice(-VISIBLE_END);
}
