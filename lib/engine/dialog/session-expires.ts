/** What messages say of the session timer, and what ours say (RFC 4028 §5, §7.4, §9). Pure. */
import { parseDigits } from '../../sip/chars.js';
import { canonicalName, mainValue, paramsOf } from '../../sip/headers.js';
import type { Field, SipMessage } from '../../sip/message.js';

/** Seconds; RFC 4028 §4. */
export const SHORTEST_SESSION = 90;
const MAX_SECONDS = 2 ** 31 / 1000;

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

/** The Session-Expires of a message; undefined when it has none or it is malformed. */
export function sessionExpires(message: SipMessage): SessionExpires | undefined {
  const value = message.first('session-expires');
  if (value === undefined) return undefined;
  const seconds = parseDigits(mainValue(value));
  if (Number.isNaN(seconds)) return undefined;
  const refresher = paramsOf(value).get('refresher')?.toLowerCase();
  return {
    seconds: Math.min(seconds, MAX_SECONDS),
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  };
}

/** What a 2xx has settled, by the role that we had in that transaction; undefined: no session timer. */
export function intervalIn(response: SipMessage, role: 'uac' | 'uas'): SessionInterval | undefined {
  const settled = sessionExpires(response);
  if (settled === undefined) return undefined;
  const seconds = role === 'uas' ? Math.max(SHORTEST_SESSION, settled.seconds) : Math.max(1, settled.seconds);
  return { seconds, weRefresh: (settled.refresher ?? 'uac') === role };
}

/** The Min-SE of a message, at least the shortest interval that there is. */
export function minSe(message: SipMessage): number {
  const match = /^\d{1,9}/.exec(message.first('min-se') ?? '');
  return match === null ? SHORTEST_SESSION : Math.min(Math.max(SHORTEST_SESSION, Number(match[0])), MAX_SECONDS);
}

export const supportsTimer = (message: SipMessage): boolean =>
  message.has('supported') && message.values('supported').some((option) => option.toLowerCase() === 'timer');

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
export function fieldsForAnswer(request: SipMessage, running: SessionInterval | undefined): Field[] {
  const asked = sessionExpires(request);
  if (asked === undefined && running === undefined) return [];
  const supported = supportsTimer(request);
  const peerRefreshes = supported && running?.weRefresh === false;
  const refresher = asked?.refresher ?? (peerRefreshes ? 'uac' : 'uas');
  const seconds = asked?.seconds ?? Math.max(running?.seconds ?? 0, minSe(request));
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
export const settlesSession = (fields: readonly Field[]): boolean =>
  fields.some(([name]) => (name.length === NAME.length || name.length === 1) && canonicalName(name) === NAME);
