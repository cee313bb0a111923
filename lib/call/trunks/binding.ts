/** What a registrar said of our registration (RFC 3261 §10.3, RFC 3608). Pure. */
import { parseNameAddress } from '../../sip/address.js';
import { splitValues } from '../../sip/headers.js';
import { numberHeld } from '../../sip/number.js';
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

/** What our Contact is told by, among those of our account. */
export interface Registrant {
  /** The user part of our Contact, without escapes. */
  readonly user: string;
  /** A parameter of our Contact. */
  readonly line: string;
}

/** What a 2xx to REGISTER grants. */
export interface Granted {
  readonly contacts: readonly SipUri[];
  /** 0: we are not registered. */
  readonly seconds: number;
}

interface Contact {
  readonly uri: SipUri;
  readonly line: string | null | undefined;
  readonly expires: string | null | undefined;
}

const MAX_INTERVAL_SECONDS = 86_400;
/** More than an account has phones. */
const MAX_CONTACTS = 100;

/** Values that are no addresses make no route, and half a route leads nowhere. */
export function routeIn(header: string | undefined): readonly string[] | undefined {
  const values = header === undefined ? [] : splitValues(header);
  const isRoute = values.length > 0 && values.every((value) => parseSipUri(parseNameAddress(value)?.uri ?? ''));
  return isRoute ? values : undefined;
}

/** Whether a request to this URI is one to that Contact: a registrar may keep no parameters. */
export const isSameContact = (uri: SipUri, contact: SipUri): boolean =>
  uri.host === contact.host && uri.port === contact.port && isOf(unescapeUri(contact.user ?? ''), uri);

/** @param asked the interval that we asked for, which holds where the registrar names none (RFC 3261 §10.2.4) */
export function grantedIn(headers: Headers, registrant: Registrant, asked: number): Granted {
  const contacts = splitValues(headers.contact ?? '')
    .slice(0, MAX_CONTACTS)
    .flatMap(contactOf);
  const ours = oursAmong(contacts, registrant);
  const secondsOf = (said: string | null | undefined): number =>
    numberHeld(said ?? headers.expires, 0, MAX_INTERVAL_SECONDS) ?? asked;
  // Of several that may be ours the first to lapse: too early does no harm.
  const lives = ours.map(({ expires }) => secondsOf(expires)).filter((seconds) => seconds > 0);
  const named = contacts.filter((contact) => ours.includes(contact) || isOf(registrant.user, contact.uri));
  return {
    contacts: named.map(({ uri }) => uri),
    seconds: contacts.length === 0 ? secondsOf(undefined) : lives.length === 0 ? 0 : Math.min(...lives),
  };
}

/**
 * RFC 3261 §10.2.4: the UA looks for its own among all bindings. A registrar behind a NAT or an SBC may have rewritten it: then
 * it is the only one, or one of our user that names nobody else's line.
 */
function oursAmong(contacts: readonly Contact[], { user, line }: Registrant): readonly Contact[] {
  const marked = contacts.filter((contact) => contact.line === line);
  if (marked.length > 0 || contacts.length === 1) return marked.length > 0 ? marked : contacts;
  return contacts.filter((contact) => contact.line == null && isOf(user, contact.uri));
}

function contactOf(value: string): Contact[] {
  const address = parseNameAddress(value);
  const uri = parseSipUri(address?.uri ?? '');
  if (address === undefined || uri === undefined) return [];
  const { params } = address;
  // Without brackets all parameters are the header's (RFC 3261 §20.10).
  return [{ uri, line: uri.params.get('line') ?? params.get('line'), expires: params.get('expires') }];
}

/** Whether a URI is that of our account, wherever it leads. */
const isOf = (account: string, { user }: SipUri): boolean => user !== undefined && unescapeUri(user) === account;
