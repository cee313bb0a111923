/** How long a session lasts without a refresh (RFC 4028): what the caller asks for, and what each side gets. Pure. */
import { paramsOf } from '../sip/headers.js';
import { numberHeld } from '../sip/number.js';
import { optionsOf } from '../sip-server/abilities.js';
import type { Headers, HeadersToSend } from '../sip-server/sip-server.js';

/** Seconds (RFC 4028 §4). */
export const SHORTEST_SESSION = 90;

const knowsTimer = ({ supported, require }: Headers): boolean =>
  optionsOf(supported).includes('timer') || optionsOf(require).includes('timer');

/** RFC 4028 §9: to be refused with 422, which only a caller understands who knows session timers. */
export function isTooShort(caller: Headers): boolean {
  const asked = numberHeld(caller['session-expires'], 0, SHORTEST_SESSION);
  return asked !== undefined && asked < SHORTEST_SESSION && knowsTimer(caller);
}

/**
 * What the 2xx to the caller says of it. What he asks for is never raised, and shortened only to the longest there is, as is his
 * Min-SE, above which it otherwise stays (RFC 4028 §9). We refresh unless he has settled who does (table 2), also where he knows no session
 * timers: a caller that is gone without a BYE must not hold a phone for ever.
 * @param ours seconds for a caller who asks for nothing; 0: no session timer
 * @param longest the longest there is
 */
export function grantedInterval(caller: Headers, ours: number, longest: number): HeadersToSend {
  const expires = caller['session-expires'];
  const least = numberHeld(caller['min-se'], 0, longest) ?? 0;
  const wanted = ours > 0 ? Math.min(Math.max(ours, least), longest) : 0;
  const seconds = numberHeld(expires, 0, longest) ?? wanted;
  if (seconds === 0) return {};
  if (!knowsTimer(caller)) return { 'session-expires': `${seconds};refresher=uas` };
  const wish = paramsOf(expires ?? '').get('refresher');
  const refresher = wish?.toLowerCase() === 'uac' ? 'uac' : 'uas';
  return { require: 'timer', 'session-expires': `${seconds};refresher=${refresher}` };
}

/**
 * What an INVITE to a member asks for: what the caller does, within the limits of both.
 * @param member the Min-SE with which the member refused an INVITE (RFC 4028 §7.3)
 * @param longest the longest there is
 */
export function askedInterval(caller: Headers, member: number | undefined, longest: number): HeadersToSend {
  const asked = numberHeld(caller['session-expires'], 0, longest) ?? 0;
  if (asked === 0 && member === undefined) return {};
  const least = Math.max(numberHeld(caller['min-se'], 0, longest) ?? 0, member ?? 0);
  const seconds = Math.max(asked, SHORTEST_SESSION, least);
  const expires = { 'session-expires': String(seconds) };
  // Without Min-SE it is 90 (RFC 4028 §5).
  return least > SHORTEST_SESSION || member !== undefined ? { ...expires, 'min-se': String(least) } : expires;
}
