/** How long a session lasts without a refresh (RFC 4028): what the caller asks for, and what each side gets. Pure. */
import { parseDigits } from '../sip/chars.js';
import { mainValue, paramsOf } from '../sip/headers.js';
import { optionsOf } from '../sip-server/abilities.js';
import type { Headers, HeadersToSend } from '../sip-server/sip-server.js';

/** Seconds (RFC 4028 §4). */
export const SHORTEST_SESSION = 90;
/** Nobody is better off with a longer one. */
const LONGEST_SESSION = 86_400;

/** Of a Session-Expires or Min-SE; undefined: there is none, or none that can be read. */
function secondsOf(header: string | undefined): number | undefined {
  const seconds = parseDigits(mainValue(header ?? ''));
  return Number.isNaN(seconds) ? undefined : seconds;
}

const knowsTimer = ({ supported, require }: Headers): boolean =>
  optionsOf(supported).includes('timer') || optionsOf(require).includes('timer');

/** RFC 4028 §9: to be refused with 422, which only a caller understands who knows session timers. */
export function isTooShort(caller: Headers): boolean {
  const asked = secondsOf(caller['session-expires']);
  return asked !== undefined && asked < SHORTEST_SESSION && knowsTimer(caller);
}

/**
 * What the 2xx to the caller says of it. What he asks for is never raised, and shortened only if it is beyond a day; otherwise
 * it is not below his Min-SE (RFC 4028 §9). We refresh unless he has settled who does (table 2), also where he knows no session
 * timers: a caller that is gone without a BYE must not hold a phone for ever.
 * @param ours seconds for a caller who asks for nothing; 0: no session timer
 */
export function grantedInterval(caller: Headers, ours: number): HeadersToSend {
  const expires = caller['session-expires'];
  const asked = secondsOf(expires);
  const least = secondsOf(caller['min-se']) ?? 0;
  const wanted = asked ?? (ours > 0 ? Math.max(ours, least) : 0);
  const seconds = asked !== undefined && asked > LONGEST_SESSION ? Math.max(LONGEST_SESSION, least) : wanted;
  if (seconds === 0 || seconds > LONGEST_SESSION) return {};
  if (!knowsTimer(caller)) return { 'session-expires': `${seconds};refresher=uas` };
  const wish = paramsOf(expires ?? '').get('refresher');
  const refresher = wish?.toLowerCase() === 'uac' ? 'uac' : 'uas';
  return { require: 'timer', 'session-expires': `${seconds};refresher=${refresher}` };
}

/**
 * What an INVITE to a member asks for: what the caller does, within the limits of both.
 * @param member the Min-SE with which the member refused an INVITE (RFC 4028 §7.3)
 */
export function askedInterval(caller: Headers, member: number | undefined): HeadersToSend {
  const asked = secondsOf(caller['session-expires']) ?? 0;
  if (asked === 0 && member === undefined) return {};
  const least = Math.max(secondsOf(caller['min-se']) ?? 0, member ?? 0);
  const seconds = Math.max(Math.min(asked, LONGEST_SESSION), SHORTEST_SESSION, least);
  if (seconds > LONGEST_SESSION) return {};
  const expires = { 'session-expires': String(seconds) };
  // Without Min-SE it is 90 (RFC 4028 §5).
  return least > SHORTEST_SESSION || member !== undefined ? { ...expires, 'min-se': String(least) } : expires;
}
