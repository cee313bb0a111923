import { parseNameAddress } from '../../sip/address.js';
import type { SipMessage } from '../../sip/message.js';
import { parseSipUri } from '../../sip/uri.js';
import type { Protocol } from '../api.js';
import type { Context } from '../context.js';

/** Where a copy of the request goes: its Request-URI, and the URI that is resolved. */
export interface Target {
  readonly uri: string;
  readonly next: string;
}

/** Redirections included, so that nobody turns one request into many. */
const MAX_TARGETS = 32;

const PROTOCOLS: readonly Protocol[] = ['udp', 'tcp', 'tls'];

/** Whether a URI names an address of ours, whatever transport it asks for. */
export function isOwnUri(context: Context, uri: string): boolean {
  const target = context.resolver.resolveNumeric(uri);
  return target !== undefined && PROTOCOLS.some((protocol) => context.network.isOwn({ ...target, protocol }));
}

/**
 * What the application names (RFC 3261 §16.5). A request that was addressed to us is readdressed; any other keeps its
 * Request-URI, and the target is only its next hop.
 */
export function targetsOf(context: Context, request: SipMessage, named: readonly string[]): readonly Target[] {
  const isOurs = isOwnUri(context, request.uri);
  return [...new Set(named)]
    .filter((next) => parseSipUri(next) !== undefined)
    .slice(0, MAX_TARGETS)
    .map((next) => ({ uri: isOurs ? next : request.uri, next }));
}

/** The new targets that a 3xx names, the most wanted first (§16.5, §20.10); `known` ones are left out and new ones added. */
export function redirections(context: Context, response: SipMessage, known: Set<string>): readonly Target[] {
  const wanted: { uri: string; q: number }[] = [];
  for (const value of response.values('contact')) {
    const contact = parseNameAddress(value);
    if (contact === undefined || parseSipUri(contact.uri) === undefined || isOwnUri(context, contact.uri)) continue;
    if (known.has(contact.uri) || known.size >= MAX_TARGETS) continue;
    known.add(contact.uri);
    wanted.push({ uri: contact.uri, q: Number(contact.params.get('q') ?? 1) });
  }
  return wanted.sort((a, b) => b.q - a.q).map(({ uri }) => ({ uri, next: uri }));
}
