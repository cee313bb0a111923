/** Times and durations for people. Pure. */
import type { Lang } from './language.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Less than this is no time to speak of. */
export const AT_ONCE_MS = 100;

/** `0.4 s`, `4 s`, `2 min 3 s`, `1 h 2 min`. */
export function duration(milliseconds: number, lang: Lang): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 10 * SECOND) {
    const text = String(Math.round(ms / 100) / 10);
    return `${lang === 'lv' ? text.replace('.', ',') : text} s`;
  }
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (ms < HOUR) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** By zone, of which the configuration names one: a format is dear to make. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
    FORMATS.set(timeZone, format);
  }
  return format;
}

/** Of one zone. */
export class Times {
  readonly #format: Intl.DateTimeFormat;

  /** Throws RangeError for a zone that there is not. */
  constructor(timeZone: string) {
    this.#format = formatOf(timeZone);
  }

  /** `2026-11-25 12:03:11 +02:00`: the hour that is there twice in October is told apart. */
  whole(at: number): string {
    const { year, month, day, hour, minute, second, offset } = this.#parts(at);
    return `${year}-${month}-${day} ${hour}:${minute}:${second} ${offset}`;
  }

  /** `12:03:11`. */
  clock(at: number): string {
    const { hour, minute, second } = this.#parts(at);
    return `${hour}:${minute}:${second}`;
  }

  #parts(at: number): Readonly<Record<string, string>> {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(at)) parts[type] = value;
    const zone = (parts.timeZoneName ?? '').replace('GMT', '');
    return { ...parts, offset: zone === '' ? '+00:00' : zone };
  }
}
