import type { Kit, Visitor } from './kit.js';
import type { SessionShown } from './views/layout.js';

const MINUTE = 60_000;

/** What every page says of the session. */
export const sessionShown = (kit: Kit, { number, formToken, till, group }: Visitor): SessionShown => ({
  number,
  formToken,
  idleMinutes: Math.round(kit.options.life.idle / MINUTE),
  till: kit.time(till),
  hasGroup: group !== undefined,
  hasConsents: kit.hasConsents,
  hasAdvice: group !== undefined && kit.options.advise !== undefined,
});
