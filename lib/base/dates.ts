/** Dates and times as people and programs write them: what is no day of the calendar is none, as 2026-02-30. */

const DATE = /^\d{4}-\d\d-\d\d$/;

/** Whether the text is a day of the calendar, as 2026-02-28. */
export const isDate = (text: string): boolean => DATE.test(text) && isOfCalendar(text);

/** Milliseconds since 1970 of a text that begins with a date, as ISO 8601 has it; NaN where it is no time. */
export const timeOf = (text: string): number => (isOfCalendar(text.slice(0, 10)) ? Date.parse(text) : Number.NaN);

/** `Date` takes the 30th of February for the 2nd of March. */
function isOfCalendar(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
