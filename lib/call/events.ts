/**
 * Events that the ends of a call tell each other by NOTIFY without a subscription, as gateways do with DTMF. Each end says so in
 * Call-Info of the INVITE and of its answer: `<sip:…>;method="NOTIFY;Event=telephone-event;Duration=2000"`. Pure.
 */
import { parseNameAddress } from '../sip/address.js';
import { mainValue, paramsOf, splitValues } from '../sip/headers.js';
import type { Headers, HeadersToSend } from '../sip-server/sip-server.js';

const NONE: ReadonlySet<string> = new Set();

/** A cheap look at a Call-Info: most have nothing of the kind. */
export const notifiesBy = (callInfo: HeadersToSend[string] | undefined): boolean =>
  typeof callInfo === 'string' && /\bnotify\s*;/i.test(callInfo);

function eventsIn(callInfo: string | undefined): string[] {
  if (callInfo === undefined || !notifiesBy(callInfo)) return [];
  return splitValues(callInfo).flatMap((value) => {
    const method = parseNameAddress(value)?.params.get('method') ?? '';
    return mainValue(method).toLowerCase() === 'notify' ? (paramsOf(method).get('event') ?? []) : [];
  });
}

/** What both ends have said that they take. */
export function agreedEvents(caller: Headers, member: Headers): ReadonlySet<string> {
  const offered = eventsIn(caller['call-info']);
  if (offered.length === 0) return NONE;
  const taken = eventsIn(member['call-info']);
  return new Set(offered.filter((event) => taken.includes(event)));
}

/** The event package of a NOTIFY, which is compared byte by byte (RFC 6665 §8.2.1). */
export const eventOf = ({ event }: Headers): string => mainValue(event ?? '');
