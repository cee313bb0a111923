import { type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * A pino logger that writes JSON lines to standard output. Numbers belong into logs only through {@link maskNumber}.
 * @param level a pino level: trace, debug, info, warn, error, fatal or silent
 */
export const createLog = (level: string): Log => pino({ level, base: null });

const VISIBLE_END = 3;
const VISIBLE_START = 4;

/** `+37120000001` → `+371*****001`: enough to recognise a line one already knows, not enough to call it. */
export function maskNumber(text: string): string {
  return text.replace(/\+?\d{6,15}/g, (number) => {
    const start = number.slice(0, number.startsWith('+') ? VISIBLE_START : VISIBLE_START - 1);
    return start + '*'.repeat(number.length - start.length - VISIBLE_END) + number.slice(-VISIBLE_END);
  });
}
