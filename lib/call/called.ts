/** Which number was called. An INVITE to the contact that we registered at a trunk names it elsewhere. Pure. */
import { parseNameAddress } from '../sip/address.js';
import { splitValues } from '../sip/headers.js';
import type { Credentials, IncomingRequest } from '../sip-server/sip-server.js';

/** Where the called number may stand. `p-called-party-id`: RFC 7315 §4.2; `diversion`: whoever diverted the call to us last. */
export type CalledSource = 'request-uri' | 'p-called-party-id' | 'to' | 'diversion';

/** What is known of the way on which an INVITE came. */
export interface Arrival {
  /** The Request-URI is a contact of ours: an account, and not a number that somebody dialled (RFC 3261 §10.3, §16.5). */
  readonly isToContact: boolean;
  /** In which order the trunk names the number; undefined: as usual. */
  readonly calledFrom: readonly CalledSource[] | undefined;
  /** What challenges within the call are answered with: it comes from a trunk where we have an account. */
  readonly credentials?: Credentials | undefined;
  /** Whoever calls there hears nothing of us before the answer. */
  readonly isDeaf?: boolean;
  /** It lets what callers hear before the answer pass where it is asked to (RFC 5009). */
  readonly isGated?: boolean | undefined;
}

export interface Called {
  /** E.164. */
  readonly number: string;
  /** The URI that names it. */
  readonly uri: string;
}

/** The first number that is found in that order. */
export function calledIn(
  { uri, headers }: Pick<IncomingRequest, 'uri' | 'headers'>,
  order: readonly CalledSource[],
  isToContact: boolean,
  numberOf: (uri: string) => string | undefined,
): Called | undefined {
  for (const source of order) {
    if (source === 'request-uri' && isToContact) continue;
    const named = source === 'request-uri' ? uri : addressIn(headers[source]);
    const number = named === undefined ? undefined : numberOf(named);
    if (named !== undefined && number !== undefined) return { number, uri: named };
  }
  // An account may be named by its main number: better than none.
  const number = isToContact && order.includes('request-uri') ? numberOf(uri) : undefined;
  return number === undefined ? undefined : { number, uri };
}

/** Of the first value. */
function addressIn(header: string | undefined): string | undefined {
  const [first] = header === undefined ? [] : splitValues(header);
  return first === undefined ? undefined : parseNameAddress(first)?.uri;
}
