import { isIP } from 'node:net';
import { z } from 'zod';
import { type AddressBlock, parseAddressBlock } from '../base/address-block.js';
import { CodedError } from '../base/errors.js';
import { parseHostPort } from '../base/host-port.js';
import { canonicalName } from '../sip/headers.js';
import { ownerOfHeader } from '../sip/own-headers.js';
import { parseSipUri } from '../sip/uri.js';
import { parseRedisUrl, REDIS_URL_FORMS, type Target } from '../store/url.js';

/** The kinds of value that the configuration holds as text, and what each is read into. */

interface SocketAddress {
  /** An IP address, IPv6 without brackets. */
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
}

interface SipListenAddress extends SocketAddress {
  readonly protocol: 'udp' | 'tcp' | 'tls';
  /** What Via and Contact name instead: an address or host name, and a port. */
  readonly advertise?: SocketAddress;
}

export interface DrachtioServer {
  readonly host: string;
  readonly port: number;
  /** Absent: drachtio.secret. */
  readonly secret: string | undefined;
}

const DRACHTIO_PORT = 9022;

/** A text that `parse` reads, or a mistake: what is `allowed`, or what `parse` says itself by throwing CONFIG_INVALID. */
const text = <Value>(allowed: string, parse: (value: string) => Value | undefined) =>
  z.string({ error: allowed }).transform((value, context): Value => {
    let message = allowed;
    try {
      const parsed = parse(value.trim());
      if (parsed !== undefined) return parsed;
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      message = thrown.message;
    }
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

function socketAddress(value: string): SocketAddress | undefined {
  const parsed = parseHostPort(value);
  if (parsed?.port === undefined || isIP(parsed.host) === 0) return undefined;
  return { address: parsed.host, port: parsed.port };
}

export const SOCKET_ADDRESS = text<SocketAddress>(
  'must be address:port with an IP address, such as 127.0.0.1:8080 or [::1]:8080',
  socketAddress,
);

export const SIP_LISTEN_ADDRESS = text<SipListenAddress>(
  'must be protocol:address:port with udp, tcp or tls and an IP address, such as udp:0.0.0.0:5060 or tcp:[::]:5060, ' +
    'and behind it, if peers reach it elsewhere, ;advertise=host:port',
  (value) => {
    const match = /^(udp|tcp|tls):([^;]+)(?:;advertise=(.+))?$/i.exec(value);
    const address = match === null ? undefined : socketAddress(match[2] as string);
    if (match === null || address === undefined) return undefined;
    const listen = { protocol: (match[1] as string).toLowerCase() as SipListenAddress['protocol'], ...address };
    if (match[3] === undefined) return listen;
    const { host, port } = parseHostPort(match[3]) ?? {};
    return host === undefined || !port ? undefined : { ...listen, advertise: { address: host, port } };
  },
);

interface CollectorAddress extends SocketAddress {
  readonly protocol: 'udp' | 'tcp';
}

export const HEP_COLLECTOR = text<CollectorAddress>(
  'must be udp:address:port or tcp:address:port with an IP address, such as udp:192.0.2.7:9060',
  (value) => {
    const [, protocol, where = ''] = /^(udp|tcp):(.+)$/i.exec(value) ?? [];
    const address = socketAddress(where);
    if (protocol === undefined || address === undefined || address.port === 0) return undefined;
    return { protocol: protocol.toLowerCase() as CollectorAddress['protocol'], ...address };
  },
);

export const ADDRESS_BLOCK = text<AddressBlock>(
  'must be an IP address or a network in CIDR notation, such as 10.1.0.1, 10.1.0.0/24 or 2001:db8::/32',
  parseAddressBlock,
);

export const DRACHTIO_URL = text<DrachtioServer>(
  'must be drachtio://:secret@host:port, such as drachtio://:secret@127.0.0.1:9022, or without secret drachtio://127.0.0.1:9022',
  (value) => {
    const match = /^drachtio:\/\/(?::([^@]+)@)?([^@/]+)\/?$/.exec(value);
    const server = match === null ? undefined : parseHostPort(match[2] as string);
    return server && { host: server.host, port: server.port ?? DRACHTIO_PORT, secret: match?.[1] };
  },
);

interface MediaServerAddress {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

const EVENT_SOCKET_PORT = 8021;

export const MEDIA_URL = text<MediaServerAddress>(
  'must be freeswitch://:password@host:port, such as freeswitch://:ClueCon@127.0.0.1:8021; the port may be left out',
  (value) => {
    // What ends a line of the event socket cannot be part of a command.
    const match = /^freeswitch:\/\/:([^@\s]+)@([^@/]+)\/?$/.exec(value);
    const server = match === null ? undefined : parseHostPort(match[2] as string);
    return server && { host: server.host, port: server.port ?? EVENT_SOCKET_PORT, password: match?.[1] as string };
  },
);

export const REDIS_URL = text<Target>(`must be one of ${REDIS_URL_FORMS}`, parseRedisUrl);

export const HOST = text<string>(
  'must be a host name or an IP address without port, such as operator.example',
  (value) => {
    const { host, port } = parseHostPort(value) ?? {};
    if (host === undefined || port !== undefined) return undefined;
    return host.includes(':') ? `[${host}]` : host;
  },
);

export const NAME_SERVER = text<string>(
  'must be the IP address of a name server, with a port where that is not 53, such as 10.0.0.53 or [2001:db8::1]:5353',
  (value) => {
    const { host, port } = parseHostPort(value) ?? {};
    if (host === undefined || isIP(host) === 0) return undefined;
    const address = isIP(host) === 6 ? `[${host}]` : host;
    return port === undefined ? host : `${address}:${port}`;
  },
);

/** What stands behind a question mark is no part of an address (RFC 3261 §19.1.5), and is a place where passwords are put. */
export const TRUNK_URI = text<string>(
  'must be a SIP URI without headers, such as sip:10.1.0.1:5060;transport=udp',
  (value) => {
    const uri = parseSipUri(value);
    if (uri?.password === undefined) return uri?.headers === '' ? value : undefined;
    // It would stand in requests, for everybody on the way (RFC 3261 §19.1.1).
    throw new CodedError('CONFIG_INVALID', 'must not hold a password: a trunk has username and password for it');
  },
);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== undefined;
  } catch {
    return false;
  }
}

/** By name, as only that knows when the clocks change. */
export const TIME_ZONE = text<string>('must be the name of a time zone, such as Europe/Riga or UTC', (value) =>
  /^[A-Za-z]/.test(value) && isTimeZone(value) ? value : undefined,
);

/** Scheme, host and port of a site, as browsers write it in Origin. */
export const ORIGIN = text<string>(
  'must be the scheme and host of a site, and nothing behind them, such as https://my.operator.example',
  (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const isSite = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '';
    return isSite && `${url.origin}/` === url.href ? url.origin : undefined;
  },
);

const HEADER_NAME = /^[\w.!%+`'~-]+(?:-\*)?$/;

const OWN_NAME = /^(?:[\w.!%+`'~-]+)?$/;

/** A header that we write ourselves, as it shall be spelled; empty: none. */
export const OWN_HEADER = text<string>(
  'must be the name of a header that belongs to nobody else, such as X-CID, or empty',
  (value) => (OWN_NAME.test(value) && ownerOfHeader(canonicalName(value)) === undefined ? value : undefined),
);

/** A header that passes from one leg to the other, or a prefix such as `X-*`. */
export const PASSED_HEADER = z.string({ error: 'must be the name of a header' }).transform((value, context) => {
  const name = canonicalName(value.trim());
  const owner = ownerOfHeader(name);
  if (HEADER_NAME.test(name) && owner === undefined) return name;
  const message =
    owner === undefined
      ? 'must be the name of a header, such as User-Agent, or a prefix that ends with -*, such as X-*'
      : `must not pass from one leg to the other: it belongs to ${owner}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});
