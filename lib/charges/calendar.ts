import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let loaded: typeof import('@js-temporal/polyfill') | undefined;

/** Loaded when a month or a day is asked for: the service itself, and most commands, do without. */
export function temporal(): typeof import('@js-temporal/polyfill')['Temporal'] {
  loaded ??= require('@js-temporal/polyfill') as typeof import('@js-temporal/polyfill');
  return loaded.Temporal;
}

/** The first moment of a day, `2026-11-01`, in milliseconds since 1970, also where the clocks skip midnight or have it twice. */
export const startOfDay = (date: string, timeZone: string): number =>
  temporal().PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds;

export const dayAfter = (date: string): string => temporal().PlainDate.from(date).add({ days: 1 }).toString();
