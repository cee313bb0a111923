import { startOfDay, temporal } from './calendar.js';

/** A month as people in one time zone live it: where the clocks change, a day has 23 or 25 hours. */
export interface Month {
  /** `2026-11` */
  readonly name: string;
  readonly timeZone: string;
  /** `2026-11-01`, … */
  readonly dates: readonly string[];
  /** When each of the days begins, in milliseconds since 1970. */
  readonly starts: readonly number[];
  readonly start: number;
  /** When the next month begins: its first moment is none of this one. */
  readonly end: number;
}

const NAME = /^\d{4}-(?:0[1-9]|1[0-2])$/;

export const isMonthName = (text: string): boolean => NAME.test(text);

/** @param name one that isMonthName takes */
export function monthOf(name: string, timeZone: string): Month {
  const month = temporal().PlainYearMonth.from(name);
  const dates = Array.from({ length: month.daysInMonth }, (_, day) => month.toPlainDate({ day: day + 1 }).toString());
  const starts = dates.map((date) => startOfDay(date, timeZone));
  const end = startOfDay(`${month.add({ months: 1 })}-01`, timeZone);
  return { name, timeZone, dates, starts, start: starts[0] as number, end };
}

/** The name of the month in which a moment is. */
export const monthNameAt = (time: number, timeZone: string): string =>
  temporal()
    .Instant.fromEpochMilliseconds(time)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toPlainYearMonth()
    .toString();

/** Which day of the month a moment within it is on, from 0. */
export const dayOf = ({ starts }: Month, time: number): number => {
  const next = starts.findIndex((start) => start > time);
  return (next === -1 ? starts.length : next) - 1;
};
