/** How we are called at a trunk. Pure. */
import { octetsOf } from '../../base/text.js';
import { formatUri, parseSipUri } from '../../sip/uri.js';

/** RFC 3261 §10.2: the Request-URI of a REGISTER has no user. */
export function registrarIn(uri: string): string {
  const parsed = parseSipUri(uri);
  return parsed === undefined ? uri : formatUri({ ...parsed, user: undefined, password: undefined });
}

/**
 * The address of record: the user at that domain, by default at the trunk's host without port and parameters; or a user name that
 * has its own.
 */
export function addressOf(uri: string, username: string, domain: string | undefined): string {
  if (username.includes('@')) return `sip:${octetsOf(username)}`;
  const host = parseSipUri(uri)?.host ?? '';
  const user = encodeURIComponent(username).replaceAll('%2B', '+');
  return `sip:${user}@${domain ?? (host.includes(':') ? `[${host}]` : host)}`;
}

export const userOf = (address: string): string => parseSipUri(address)?.user ?? '';

/** A registrar reaches us over what it was reached by. */
export function transportOf(uri: string): string {
  const transport = parseSipUri(uri)?.params.get('transport')?.toLowerCase();
  return transport === 'tcp' || transport === 'tls' ? `;transport=${transport}` : '';
}

/** For logs and labels: without user and password. */
export const nameOf = (uri: string): string => uriWithUser(uri, undefined).replace(/^sips?:/, '');

/** The trunk's URI with that user in place of its own; what is no SIP URI stays as it is. */
export function uriWithUser(trunk: string, user: string | undefined): string {
  const uri = parseSipUri(trunk);
  return uri === undefined ? trunk : formatUri({ ...uri, user, password: undefined, headers: '' });
}
