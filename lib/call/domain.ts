import { isIP } from 'node:net';
import { uriOf } from '../sip/address.js';
import { hostOfSipUri } from '../sip/uri.js';
import type { IncomingRequest } from '../sip-server/sip-server.js';

const isDomain = (host: string | undefined): host is string => host?.includes('.') === true && isIP(host) === 0;
const written = (host: string): string => (host.includes(':') ? `[${host}]` : host);

type Dialled = Pick<IncomingRequest, 'uri' | 'headers'>;

/**
 * Where a pilot's number lives, for addresses that name it: as configured, else the domain that the caller dialled, else the
 * address by which we were reached. Undefined: the caller named no host at all (RFC 3966).
 */
export function domainOf(invite: Dialled, configured: string | undefined): string | undefined {
  if (configured !== undefined) return configured;
  const dialled = hostOfSipUri(invite.uri);
  if (isDomain(dialled)) return written(dialled);
  const { to = '' } = invite.headers;
  const called = isNamed(invite.uri, to) ? dialled : hostNamedIn(to, invite.uri, dialled);
  const host = called !== dialled && isDomain(called) ? called : (dialled ?? called);
  return host === undefined ? undefined : written(host);
}

/** Nearly always both are the same: the address is this URI in its brackets, and nothing else. */
const isNamed = (uri: string, address: string): boolean =>
  address.length === uri.length + 2 && address.startsWith('<') && address.endsWith('>') && address.startsWith(uri, 1);

function hostNamedIn(address: string, uri: string, host: string | undefined): string | undefined {
  const named = uriOf(address);
  return named === undefined || named === uri ? host : hostOfSipUri(named);
}

/** The host of a member's URI, in the one case left. */
export const hostIn = (uri: string): string => written(hostOfSipUri(uri) ?? 'anonymous.invalid');
