/** Who calls, as it is written down: whom the network asserts, whom the phone shows, and through whom the call came. Pure. */
import { bounded, detached, readable } from '../base/text.js';
import { parseNameAddress, uriOf } from '../sip/address.js';
import { paramsOf, splitValues } from '../sip/headers.js';
import { parseSipUri, parseTelUri } from '../sip/uri.js';
import type { Headers } from '../sip-server/sip-server.js';
import { entriesOf, isAnonymous } from './history.js';
import { callerUris } from './identity.js';
import type { Numbers } from './numbers.js';

export interface Parties {
  /** E.164: those of the caller's addresses that have one. */
  readonly callerNumbers: readonly string[];
  /** As people read it: E.164, or the user part as received, or empty. */
  readonly caller: string;
  /** The number of From, where the network asserted another one; else empty. */
  readonly presented: string;
  /** He asked not to be shown. */
  readonly hidden: boolean;
  /** Through whom the call came, the last one first. */
  readonly diverted: readonly string[];
}

/** Whoever is named longer is recognised by less. */
const LONGEST_NAME = 128;
/** RFC 3323 §4.1.1.3, and what gateways write in its place: it names nobody. */
const NOBODY = new Set(['anonymous', 'restricted', 'private', 'withheld', 'hidden', 'unknown', 'unavailable']);
/** Of those, the ones who are not known and have asked for nothing. */
const UNKNOWN = new Set(['unknown', 'unavailable']);
const NOBODYS_HOST = 'anonymous.invalid';
const NOBODY_ELSE: readonly string[] = [];
const MOST_DIVERTED = 20;

export function partiesOf(headers: Headers, numbers: Numbers): Parties {
  const uris = callerUris(headers);
  const [uri = ''] = uris;
  const callerNumbers: string[] = [];
  let first: string | undefined;
  for (const one of uris) {
    const number = numbers.fromUri(one);
    if (one === uri) first = number;
    if (number !== undefined) callerNumbers.push(number);
  }
  const caller = callerNumbers[0] ?? nameIn(uri);
  const from = headers['p-asserted-identity'] === undefined ? uri : (uriOf(headers.from ?? '') ?? '');
  const number = from === uri ? first : numbers.fromUri(from);
  const shown = from === uri ? caller : (number ?? nameIn(from));
  return {
    callerNumbers,
    caller,
    presented: shown === caller ? '' : shown,
    hidden: isAnonymous(headers) || isHiddenBefore(headers) || (number === undefined && isNobody(from)),
    diverted: divertedIn(headers, numbers),
  };
}

const userOf = (uri: string): string => parseSipUri(uri)?.user ?? parseTelUri(uri)?.number ?? '';

/** A number or name that is none in E.164; empty for what stands for nobody, so that all of those are no one person. */
function nameIn(uri: string): string {
  const user = userOf(uri);
  if (NOBODY.has(user.toLowerCase()) || parseSipUri(uri)?.host === NOBODYS_HOST) return '';
  return detached(bounded(readable(user), LONGEST_NAME));
}

/** As it was said before there was Privacy. */
const isHiddenBefore = ({ 'remote-party-id': said }: Headers): boolean =>
  said !== undefined && splitValues(said).some((one) => /^(?:full|uri)/i.test(privacyIn(one)));

const privacyIn = (value: string): string => (parseNameAddress(value)?.params ?? paramsOf(value)).get('privacy') ?? '';

/** RFC 3323 §4.1: he calls himself so. */
function isNobody(from: string): boolean {
  const user = userOf(from).toLowerCase();
  return (NOBODY.has(user) && !UNKNOWN.has(user)) || parseSipUri(from)?.host === NOBODYS_HOST;
}

/** RFC 5806 §4: the last diversion stands first. RFC 7044 §10.3: the last entry is where the call goes, the others are before it. */
function divertedIn({ diversion, 'history-info': history }: Headers, numbers: Numbers): readonly string[] {
  if (diversion === undefined && history === undefined) return NOBODY_ELSE;
  const uris = entriesOf(diversion ?? history).map(({ uri }) => uri);
  const before = diversion === undefined ? uris.slice(0, -1).reverse() : uris;
  const names: string[] = [];
  for (const uri of before.slice(0, MOST_DIVERTED)) {
    const name = numbers.fromUri(uri) ?? nameIn(uri);
    // Several entries of History-Info may be steps of one number.
    if (name !== '' && name !== names.at(-1)) names.push(name);
  }
  return names;
}
