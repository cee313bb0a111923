/** What messages say of the session timer, and what ours say (RFC 4028 §5, §7.4, §9). Pure. */
import { canonicalName, paramsOf } from '../../sip/headers.js';
import type { Field, SipMessage } from '../../sip/message.js';
import { MIN_SE, SESSION_EXPIRES, SUPPORTED } from '../../sip/names.js';
import { numberHeld } from '../../sip/number.js';

/** Seconds; RFC 4028 §4. */
export const SHORTEST_SESSION = 90;

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** What both sides have settled. */
export interface SessionInterval {
  readonly seconds: number;
  /** We send the refreshes. */
  readonly weRefresh: boolean;
}

/**
 * The Session-Expires of a message; undefined when it has none or it is malformed.
 * @param longest what it is held to, in seconds: a timer that never fires would be none
 */
export function sessionExpires(message: SipMessage, longest: number): SessionExpires | undefined {
  const value = message.firstNumbered(SESSION_EXPIRES);
  if (value === undefined) return undefined;
  const seconds = numberHeld(value, 0, longest);
  if (seconds === undefined) return undefined;
  const refresher = paramsOf(value).get('refresher')?.toLowerCase();
  return {
    seconds,
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  };
}

/** What a 2xx has settled, by the role that we had in that transaction; undefined: no session timer. */
export function intervalIn(response: SipMessage, role: 'uac' | 'uas', longest: number): SessionInterval | undefined {
  const settled = sessionExpires(response, longest);
  if (settled === undefined) return undefined;
  const seconds = role === 'uas' ? Math.max(SHORTEST_SESSION, settled.seconds) : Math.max(1, settled.seconds);
  return { seconds, weRefresh: (settled.refresher ?? 'uac') === role };
}

/** The Min-SE of a message, at least the shortest interval that there is. */
export const minSe = (message: SipMessage, longest: number): number =>
  numberHeld(message.firstNumbered(MIN_SE), SHORTEST_SESSION, longest) ?? SHORTEST_SESSION;

export const supportsTimer = (message: SipMessage): boolean =>
  message.firstNumbered(SUPPORTED) !== undefined &&
  message.values('supported').some((option) => option.toLowerCase() === 'timer');

const says = (seconds: number, refresher: 'uac' | 'uas'): Field => [
  'Session-Expires',
  `${seconds};refresher=${refresher}`,
];
const REQUIRE_TIMER: Field = ['Require', 'timer'];

/**
 * Of our 2xx to an INVITE or UPDATE (§9, table 2): what is asked for is granted and never raised, and a timer that runs goes on also where nothing
 * is asked for. The peer's choice of the refresher stands; where it made none the role does not change, and at first it is ours,
 * as we know of ourselves that we do it.
 */
export function fieldsForAnswer(request: SipMessage, running: SessionInterval | undefined, longest: number): Field[] {
  const asked = sessionExpires(request, longest);
  if (asked === undefined && running === undefined) return [];
  const supported = supportsTimer(request);
  const peerRefreshes = supported && running?.weRefresh === false;
  const refresher = asked?.refresher ?? (peerRefreshes ? 'uac' : 'uas');
  const seconds = asked?.seconds ?? Math.max(running?.seconds ?? 0, minSe(request, longest));
  const field = says(seconds, refresher);
  return refresher === 'uac' || supported ? [REQUIRE_TIMER, field] : [field];
}

/**
 * Of our INVITE or UPDATE in a dialog with a session timer (§7.4).
 * @param least the largest Min-SE that was heard in this dialog
 */
export function fieldsForRequest({ seconds, weRefresh }: SessionInterval, least: number): Field[] {
  return [['Supported', 'timer'], says(Math.max(seconds, least), weRefresh ? 'uac' : 'uas'), ['Min-SE', String(least)]];
}

const NAME = 'session-expires';

/** Whether fields of an application settle the session timer themselves. Nearly all others are told apart by their length. */
export function settlesSession(fields: readonly Field[]): boolean {
  for (const [name] of fields) {
    if ((name.length === NAME.length || name.length === 1) && canonicalName(name) === NAME) return true;
  }
  return false;
}
