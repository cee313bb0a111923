/** What a registrar said of our registration (RFC 3261 §10.3, RFC 3608). Pure. */
import { parseNameAddress } from '../../sip/address.js';
import { splitValues } from '../../sip/headers.js';
import { parseSipUri, type SipUri, unescapeUri } from '../../sip/uri.js';
import type { Headers } from '../../sip-server/sip-server.js';

/** What the registrar said last. */
export interface Binding {
  /** Contacts of our account, with ours among them. */
  readonly contacts: readonly SipUri[];
  readonly route: readonly string[] | undefined;
  /** When it lapses. */
  readonly until: number;
}

export const NO_BINDING: Binding = { contacts: [], route: undefined, until: 0 };

/** Values that are no addresses make no route, and half a route leads nowhere. */
export function routeIn(header: string | undefined): readonly string[] | undefined {
  const values = header === undefined ? [] : splitValues(header);
  const isRoute = values.length > 0 && values.every((value) => parseSipUri(parseNameAddress(value)?.uri ?? ''));
  return isRoute ? values : undefined;
}

/** Whether a URI is that of our account, wherever it leads. */
export const isOf = (account: string, { user }: SipUri): boolean => user !== undefined && unescapeUri(user) === account;

/** @param account the user part of our contact, without escapes */
export function contactsIn(headers: Headers, account: string): readonly SipUri[] {
  return splitValues(headers.contact ?? '').flatMap((value) => {
    const contact = parseSipUri(parseNameAddress(value)?.uri ?? '');
    return contact !== undefined && isOf(account, contact) ? [contact] : [];
  });
}
