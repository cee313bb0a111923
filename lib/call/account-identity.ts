/** Who calls, as an account trunk wants it said: From, P-Asserted-Identity, P-Preferred-Identity (RFC 3325 §9). Pure. */
import { parseNameAddress, withUri } from '../sip/address.js';
import { splitValues } from '../sip/headers.js';
import { formatUri, parseSipUri, parseTelUri } from '../sip/uri.js';
import type { Headers } from '../sip-server/sip-server.js';
import type { Trust } from './headers.js';
import type { NumberOf } from './history.js';
import type { Dialect } from './trunks/dialect.js';

export interface CallerAsReceived {
  readonly received: Headers;
  /** E.164. */
  readonly pilot: string;
  /** Where the pilot's number lives. */
  readonly domain: string;
  readonly numberOf: NumberOf;
}

/** RFC 3323 §4.1.1.3 */
const ANONYMOUS = 'anonymous.invalid';

/** @param usual From as it would be sent otherwise */
export function accountIdentity(
  usual: string,
  { received, pilot, domain, numberOf }: CallerAsReceived,
  dialect: Dialect,
  { isWithheld }: Trust,
): Record<string, string> {
  const identity: Record<string, string> = { from: withUri(usual, (uri) => rewritten(uri, dialect, numberOf, true)) };
  const asserted = received['p-asserted-identity'];
  const { preferredIdentity, account, fromDomain, userFor, phone } = dialect;
  const anew = (value: string): string => withUri(value, (uri) => rewritten(uri, dialect, numberOf, false));
  if (preferredIdentity === undefined) {
    if (asserted !== undefined && !isWithheld && dialect.writesNumbers) {
      identity['p-asserted-identity'] = splitValues(asserted).map(anew).join(', ');
    }
  } else if (preferredIdentity === 'pilot') {
    identity['p-preferred-identity'] = `<sip:${userFor(pilot)}@${fromDomain ?? domain}${phone}>`;
  } else if (preferredIdentity === 'account') {
    if (account !== '') identity['p-preferred-identity'] = `<${account}>`;
  } else if (!isWithheld) {
    // RFC 3325 §9.2: one value is enough, and its address is all that counts.
    const from = `<${parseNameAddress(received.from ?? '')?.uri ?? ''}>`;
    const caller = asserted === undefined ? from : (splitValues(asserted)[0] ?? from);
    if (parseNameAddress(caller) !== undefined) identity['p-preferred-identity'] = anew(caller);
  }
  return identity;
}

/** The number as the trunk writes it, and in From at the domain that it wants there. Nobody is nobody anywhere. */
function rewritten(uri: string, dialect: Dialect, numberOf: NumberOf, isFrom: boolean): string {
  const { fromDomain, writesNumbers, userFor, phone } = dialect;
  const sip = parseSipUri(uri);
  const domain = isFrom ? fromDomain : undefined;
  if (sip?.host === ANONYMOUS || (sip === undefined && (domain === undefined || parseTelUri(uri) === undefined)))
    return uri;
  const number = domain !== undefined || writesNumbers ? numberOf(uri) : undefined;
  if (sip === undefined) return number === undefined ? uri : `sip:${userFor(number)}@${domain}${phone}`;
  const user = writesNumbers && number !== undefined ? userFor(number) : sip.user;
  const isLocal = number !== undefined && writesNumbers && phone === '';
  const paramText = isLocal ? sip.paramText.replace(/;user=phone(?=;|$)/i, '') : sip.paramText;
  if (domain === undefined) return formatUri({ ...sip, user, paramText });
  return `${sip.scheme}:${user === undefined ? '' : `${user}@`}${domain}${paramText}`;
}
