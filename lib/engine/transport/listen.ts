import { isIP } from 'node:net';
import { CodedError } from '../../base/errors.js';
import type { Protocol } from '../api.js';

export interface Endpoint {
  /** Without the brackets of an IPv6 reference. */
  readonly address: string;
  readonly port: number;
}

/** One place to listen at. Port 0: any free port. An IPv6 address, also `[::]`, takes no IPv4 peers. `advertise`: what peers are told instead of the bound address. */
export interface Listen extends Endpoint {
  readonly protocol: Protocol;
  readonly advertise?: Endpoint;
}

const ENTRY = /^(udp|tcp|tls):(\[[\da-f:.]+\]|[\d.]+):(\d{1,5})(?:;advertise=(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5}))?$/i;
const ALLOWED = 'udp|tcp|tls:<IPv4 or [IPv6] address>:<port>, optionally followed by ;advertise=<host>:<port>';
const MAX_PORT = 65_535;

/**
 * Reads a comma-separated list of listen entries, such as `udp:0.0.0.0:5060,tls:[::]:5061;advertise=sip.example.net:5061`.
 * @throws CodedError CONFIG_INVALID that names the wrong entry
 */
export function parseListen(list: string): Listen[] {
  const entries = list.split(',').map((entry) => entry.trim());
  const seen = new Set<string>();
  return entries.map((entry) => {
    const listen = parseEntry(entry);
    const key = formatListen(listen);
    if (listen.port !== 0 && seen.has(key)) throw invalid(entry, 'is there twice');
    seen.add(key);
    return listen;
  });
}

function parseEntry(entry: string): Listen {
  const match = ENTRY.exec(entry);
  if (match === null) throw invalid(entry, 'is not understood');
  const protocol = (match[1] as string).toLowerCase() as Protocol;
  const address = withoutBrackets(match[2] as string);
  const port = Number(match[3]);
  if (isIP(address) === 0) throw invalid(entry, `has no numeric address (${address})`);
  if (port > MAX_PORT) throw invalid(entry, `has a port above ${MAX_PORT}`);
  if (match[4] === undefined) return { protocol, address, port };
  const advertise = { address: withoutBrackets(match[4]), port: Number(match[5]) };
  if (advertise.port === 0 || advertise.port > MAX_PORT)
    throw invalid(entry, 'advertises a port that nobody can reach');
  return { protocol, address, port, advertise };
}

/** `udp:0.0.0.0:5060` */
export const formatListen = ({ protocol, address, port }: Listen): string =>
  `${protocol}:${formatEndpoint({ address, port })}`;

/** `10.0.0.1:5060` or `[::1]:5060` */
export const formatEndpoint = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const withoutBrackets = (address: string): string => (address.startsWith('[') ? address.slice(1, -1) : address);

const invalid = (entry: string, what: string): CodedError =>
  new CodedError('CONFIG_INVALID', `Listen entry "${entry}" ${what}; allowed: ${ALLOWED}`);
