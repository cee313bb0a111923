/** Where requests within a dialog go whose path nobody recorded (RFC 3261 §12.2.1.1). */
import { isIP } from 'node:net';
import { parseSipUri } from '../../sip/uri.js';
import type { Flow } from '../api.js';
import type { Destination } from '../destination.js';
import { hostOf } from '../resolver.js';
import { canonicalAddress } from '../transport/addresses.js';

/** `target` undefined: to the Contact. */
export interface NextHop {
  readonly target: Destination | undefined;
  /** The Contact names its host: only DNS can tell whether it lies, and until then it is taken to lie. */
  readonly isGuess: boolean;
}

const TO_CONTACT: NextHop = { target: undefined, isGuess: false };

/** @param routeSet where there is one, it says where requests go */
export const findNextHop = (
  routeSet: readonly string[],
  remoteTarget: string,
  flow: Flow,
  natDetection: boolean,
): NextHop => (routeSet.length > 0 ? TO_CONTACT : nextHopFor(remoteTarget, flow, natDetection));

/**
 * Over TCP and TLS the peer's connection is used again. Over UDP, a Contact on another host than the message came from is a
 * NAT's work, and requests go to the real source; another port on the same host is the peer's own choice (`rport` of RFC 3581 is
 * for responses). A Contact with `ob` asks for the way on which it came (RFC 5626 §4.3).
 */
export function nextHopFor(contact: string, flow: Flow, natDetection: boolean): NextHop {
  if (flow.protocol !== 'udp') return { target: flow, isGuess: false };
  const uri = parseSipUri(contact);
  if (uri === undefined) return natDetection ? { target: flow, isGuess: false } : TO_CONTACT;
  if (uri.params.has('ob')) return { target: flow, isGuess: false };
  if (!natDetection) return TO_CONTACT;
  const host = hostOf(uri);
  if (isSameHost(host, flow.address)) return TO_CONTACT;
  // Without a port DNS may name any; with the source's own port it could tell nothing that matters.
  return { target: flow, isGuess: isIP(host) === 0 && uri.port !== flow.port };
}

const isSameHost = (host: string, address: string): boolean =>
  host === address || (host.includes(':') && canonicalAddress(host) === canonicalAddress(address));

/** What DNS says of a Contact's name, and the source: the name's own addresses first if the source is one of them. */
export function judged(source: Destination, named: readonly Destination[]): readonly Destination[] {
  const isTrue = named.some(({ address }) => isSameHost(address, source.address));
  return isTrue ? [...named, source] : [source, ...named];
}
