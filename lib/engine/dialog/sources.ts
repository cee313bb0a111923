/**
 * Who may speak within a dialog, and where its requests may be sent. What a message says of itself is enough for neither: Call-ID
 * and tags may be known to others, and a Record-Route may name anybody.
 */
import { isIP } from 'node:net';
import { uriOf } from '../../sip/address.js';
import { parseSipUri } from '../../sip/uri.js';
import type { Peers } from '../api.js';
import type { Destination } from '../destination.js';
import { hostOf } from '../resolver.js';
import { canonicalAddress } from '../transport/addresses.js';
import type { DialogState } from './state.js';

/** Each address is a peer of its own, and none is sent elsewhere. */
export const STRANGERS: Peers = {
  areOne: (one, other) => one === other || canonicalAddress(one) === canonicalAddress(other),
  mayRoute: () => false,
};

/**
 * Whether a request from there is the peer's of that dialog: from where its first message came, whatever the port, as a peer
 * behind NAT changes that; from another address of the same peer; or from where the peer has asked us to send requests, as a
 * proxy that brought the INVITE need not stay on the path.
 */
export function isPeerOf(state: DialogState, address: string, peers: Peers): boolean {
  if (state.source.address === address || peers.areOne(state.source.address, address)) return true;
  const [route] = state.routeSet;
  const named = [state.remoteTarget, ...(route === undefined ? [] : [uriOf(route) ?? ''])];
  return named.some((uri) => {
    const host = numericHostOf(uri);
    return host !== undefined && peers.areOne(host, address);
  });
}

function numericHostOf(uri: string): string | undefined {
  const parsed = parseSipUri(uri);
  const host = parsed === undefined ? '' : hostOf(parsed);
  return isIP(host) === 0 ? undefined : host;
}

/** Of where the route set leads, what is the peer's to say: itself, or anything if it may route. */
export const routable = (state: DialogState, targets: readonly Destination[], peers: Peers): readonly Destination[] =>
  state.routeSet.length === 0 ? targets : ofPeer(state, targets, peers);

/** The same of a Contact over UDP that names another host than the source: it is not tried where the source is silent, either. */
export const behind = (state: DialogState, targets: readonly Destination[], peers: Peers): readonly Destination[] =>
  state.nextHop?.protocol === 'udp' ? ofPeer(state, targets, peers) : targets;

function ofPeer({ source }: DialogState, targets: readonly Destination[], peers: Peers): readonly Destination[] {
  if (peers.mayRoute(source.address)) return targets;
  return targets.filter(({ address }) => address === source.address || peers.areOne(source.address, address));
}
