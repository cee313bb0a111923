import { isIP } from 'node:net';
import { parseSipUri } from '../sip/uri.js';
import { entriesOf, isEmbedded, type Read, type Refuse } from './check.js';
import { CONFIG } from './schema.js';

const { sip, trunks, trunkDefaults } = CONFIG.shape;

/** Trunks that cannot mean what they say. */
export function checkTrunks(read: Read, refuse: Refuse, merged: unknown): void {
  const [registerAll = false] = read(trunkDefaults.shape.register, ['trunkDefaults', 'register']);
  const [listen] = isEmbedded(read) ? read(sip.shape.listen, ['sip', 'listen']) : [];
  const seen = new Map<string, number>();
  for (const { index, value } of entriesOf(read, merged, ['trunks'], trunks.element)) {
    const { uri, username, password, register = registerAll, preferredIdentity } = value;
    if (preferredIdentity === 'account' && username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with the preferredIdentity account');
    }
    if (username === undefined && (password !== undefined || register)) {
      const what = password !== undefined ? 'a password' : 'register';
      refuse(['trunks', index, 'username'], undefined, `must be given with ${what}`);
    }
    if (username !== undefined && password === undefined) {
      refuse(['trunks', index, 'password'], undefined, 'must be given with a username');
    }
    const protocol = protocolOf(uri);
    if (listen && protocol !== undefined && !listen.some((entry) => entry.protocol === protocol)) {
      refuse(['trunks', index, 'uri'], uri, `must have a transport that sip.listen has: no entry there is ${protocol}`);
    }
    const place = `${placeOf(uri)} ${username ?? ''}`;
    const first = seen.get(place);
    if (first === undefined) seen.set(place, index);
    else refuse(['trunks', index, 'uri'], uri, `must lead elsewhere than trunks[${first}]`);
  }
}

/** The transport that a URI demands. */
function protocolOf(uri: string): string | undefined {
  const { scheme, params } = parseSipUri(uri) ?? {};
  return scheme === 'sips' ? 'tls' : params?.get('transport')?.toLowerCase();
}

/** Where requests to it go: its user is replaced by the number, and an address without a port has the default one (RFC 3261 §19.1.2). */
export function placeOf(uri: string): string {
  const { scheme, host = '', port } = parseSipUri(uri) ?? {};
  const transport = protocolOf(uri);
  if (isIP(host) === 0) return `${scheme} ${host} ${port ?? ''} ${transport ?? ''}`;
  return `${host} ${port ?? (transport === 'tls' ? 5061 : 5060)} ${transport ?? 'udp'}`;
}
