import { type DestinationStream, destination, type Logger, type LoggerOptions, pino } from 'pino';
import { type Clock, systemClock } from './clock.js';
import { printable, shortFields, shortText, withoutSecrets } from './log-lines.js';
import { type LogLine, LogQueue } from './log-queue.js';
import { LogThrottle } from './log-throttle.js';

export type Log = Logger;

const BATCH_BYTES = 4096;
/** A reader of our output that hangs costs lines, not memory. */
const WAITING_BYTES = 16 * 1024 * 1024;

/** Levels of pino between which lines are throttled: peers can call forth warnings and errors, and the last word is always told. */
const WARN = 40;
const FATAL = 60;

const named = (level: string): object => ({ level });

/**
 * What a line says; or what gives that when the line is written, with many others: it may then read what does not change any more.
 * Lines of a level that nobody wants ask for nothing.
 */
type Told = object | (() => object);

/** The line is told also where what it says cannot be. */
function fieldsOf(told: Told): object {
  if (typeof told !== 'function') return told;
  try {
    return (told as () => object)();
  } catch (thrown) {
    return { err: thrown };
  }
}

/** Errors are described already. */
const asIs = (described: unknown): unknown => described;

export interface LogOptions {
  readonly clock: Clock;
  /** Never written, whatever line they would be in. */
  readonly secrets: readonly string[];
  /** Levels as `info`, not 30. */
  readonly levelNames?: boolean;
  /** Times as 2026-11-25T20:26:50.123Z, not as milliseconds since 1970. */
  readonly isoTime?: boolean;
}

/**
 * A pino logger that writes JSON lines. Numbers belong into logs only through {@link maskNumber}. Values are cut, control characters
 * escaped, and warnings and errors of one kind (one text) come ten at once and then one a second.
 * @param level a pino level: trace, debug, info, warn, error, fatal or silent
 * @param output where they go; by default standard output, line by line
 */
export function createLog(level: string, output?: LogOutput, options?: LogOptions): Log {
  const { clock = systemClock, secrets = [], levelNames = true, isoTime = true } = options ?? {};
  const bare = withoutSecrets(secrets);
  const throttle = options === undefined ? undefined : new LogThrottle(clock);
  const queue = output?.queue;
  const timeOf = isoTime ? isoTimes() : String;
  /** When the line that is being written was called for. */
  let wall = 0;
  const hooks: LoggerOptions['hooks'] = {
    streamWrite: (line) => bare(printable(line)),
    logMethod(parts, tell, severity) {
      const [first, second] = parts as unknown[];
      const text = shortText(typeof first === 'string' ? first : second);
      const said = typeof first === 'string' ? {} : first instanceof Error ? { err: first } : (first as Told);
      const line = (told: Told): LogLine => {
        const at = clock.wall();
        return () => {
          wall = at;
          tell.call(this, fieldsOf(told), text);
        };
      };
      if (severity < WARN && queue !== undefined) {
        queue.add(line(said));
        return;
      }
      const writeNow = (swallowed: number): void => {
        queue?.drain();
        line(swallowed > 0 ? { ...fieldsOf(said), swallowed } : said)();
      };
      if (throttle === undefined || severity < WARN || severity >= FATAL) writeNow(0);
      else throttle.line(text, writeNow);
    },
  };
  const formatters = levelNames ? { log: shortFields, level: named } : { log: shortFields };
  const timestamp = (): string => `,"time":${timeOf(wall)}`;
  return pino({ level, base: null, hooks, formatters, timestamp, serializers: { err: asIs } }, output?.stream);
}

/** `"2026-11-25T20:26:50.123Z"`. What the lines of one second have in common is made once. */
function isoTimes(): (wall: number) => string {
  let second = -1;
  let upToSecond = '';
  return (wall) => {
    const current = Math.floor(wall / 1000);
    if (current !== second) {
      second = current;
      upToSecond = new Date(current * 1000).toISOString().slice(0, -4);
    }
    return `"${upToSecond}${String(Math.floor(wall) - current * 1000).padStart(3, '0')}Z"`;
  };
}

export interface LogOutput {
  readonly stream: DestinationStream;
  /** Where lines below a warning wait; absent: they are written at once. */
  readonly queue?: LogQueue;
  /** Writes what waits. Lines that come later are written at exit. */
  close(): void;
}

/** Standard output, some lines at a time: a write for each line was 2 % of a call. A line is out within 100 ms. */
export function batchedOutput(clock: Clock): LogOutput {
  const output = destination({ dest: 1, sync: false, minLength: BATCH_BYTES, maxLength: WAITING_BYTES });
  const queue = new LogQueue(clock, () => output.flush());
  const stream = {
    write(line: string): void {
      output.write(line);
      queue.soon();
    },
    flushSync: () => output.flushSync(), // pino's for a fatal line
  };
  return {
    stream,
    queue,
    close: () => {
      queue.close();
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
