/** What people write behind a command, read and checked. What is wrong is wrong usage. */
import { InvalidArgumentError } from 'commander';
import { timeOf } from '../base/dates.js';
import { isMonthName } from '../charges/month.js';

const E164 = /^\+[1-9]\d{6,14}$/;
const PUNCTUATION = /[\s().-]/g;

/** A number in E.164; what people put between its digits is left out. */
export function number(text: string): string {
  const digits = text.replace(PUNCTUATION, '');
  if (E164.test(digits)) return digits;
  throw new InvalidArgumentError('write the number in E.164: + and 7 to 15 digits, as +37167000000.');
}

/** A member is a number or a SIP URI. */
export const member = (text: string): string => (/^sips?:/i.test(text) ? text : number(text));

/** A caller is known by what came: a number in E.164, or what was in the place of one. */
export function caller(text: string): string {
  const digits = text.replace(PUNCTUATION, '');
  if (E164.test(digits)) return digits;
  if (text !== '') return text;
  throw new InvalidArgumentError('name the number of the caller.');
}

/** A month, as people call it. */
export function month(text: string): string {
  if (isMonthName(text)) return text;
  throw new InvalidArgumentError('write the month as 2026-11.');
}

export function count(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('write a whole number from 1.');
}

const AGO = /^(\d{1,6})([smhd])$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** With its offset: a time without one is another time in each place. */
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A time, or how long ago: milliseconds since 1970. A date alone is its midnight in UTC. */
export const instant =
  (now: () => number) =>
  (text: string): number => {
    const [, amount, unit = ''] = AGO.exec(text) ?? [];
    if (amount !== undefined) return now() - Number(amount) * (UNIT_MS[unit] ?? 0);
    const time = INSTANT.test(text) ? timeOf(text) : Number.NaN;
    if (!Number.isNaN(time)) return time;
    throw new InvalidArgumentError(
      'write 2026-11-25, 2026-11-25T18:00Z, 2026-11-25T20:00+02:00, or how long ago: 30m, 2h, 3d.',
    );
  };

export const separator = (text: string): string => {
  const value = text === 'tab' || text === '\\t' ? '\t' : text;
  if (value.length === 1 && !/["\r\n]/.test(value)) return value;
  throw new InvalidArgumentError('write one sign, as ; or tab.');
};

export { isoTime } from '../lookups/call-view.js';
