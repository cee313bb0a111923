import { CodedError } from '../base/errors.js';
import { parseHostPort } from '../base/host-port.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is, read from one URL. */
export interface Target {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** One address for `single`, none where it is a Unix socket; the Sentinels, or some nodes of the Cluster, otherwise. */
  readonly addresses: readonly Address[];
  /** The Unix socket of a `single` Redis; empty otherwise. */
  readonly path: string;
  /** The name under which the Sentinels know the master; empty otherwise. */
  readonly master: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
  /** The URL without its password: for logs. */
  readonly shown: string;
}

const KINDS = {
  redis: { kind: 'single', tls: false, port: 6379 },
  rediss: { kind: 'single', tls: true, port: 6379 },
  'redis+sentinel': { kind: 'sentinel', tls: false, port: 26379 },
  'redis+cluster': { kind: 'cluster', tls: false, port: 6379 },
} as const;

export const REDIS_URL_FORMS =
  'redis://h:p/db, rediss://h:p/db, redis+sentinel://h1:p1,h2:p2/name, redis+cluster://h1:p1,h2:p2, redis+unix:///path?db=n';
const URL_FORM = /^([a-z+]+):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^@?#]*))?$/;

/** As in redis://, with a path where the host would be, and the database behind it: the path has slashes of its own. */
const SOCKET_FORM = /^redis\+unix:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\/[^?#]+)(?:\?db=(\d{1,5}))?$/;

/** Never names a part that may be a password: an @ or / in it that nobody encoded makes the whole URL not understood. */
const invalid = (wrong: string): CodedError =>
  new CodedError('CONFIG_INVALID', `must be one of ${REDIS_URL_FORMS}: ${wrong}`);

const withoutPassword = (url: string): string => url.replace(/(:\/\/[^:@/]*):[^@]*@/, '$1:***@');

/** Throws CONFIG_INVALID, naming what is wrong and the forms allowed. */
export function parseRedisUrl(url: string): Target {
  if (url.startsWith('redis+unix:')) return parseSocketUrl(url);
  const match = URL_FORM.exec(url);
  if (match === null) throw invalid('not understood');
  const [, scheme = '', username, password, hosts = '', path = ''] = match;
  const form = Object.hasOwn(KINDS, scheme) ? KINDS[scheme as keyof typeof KINDS] : undefined;
  if (form === undefined) throw invalid('unknown scheme');
  const addresses = hosts.split(',').map((host) => parseAddress(host, form.port));
  if (form.kind === 'single' && addresses.length > 1) throw invalid('names several hosts');
  const [first = '', second] = path.split('/');
  const master = form.kind === 'sentinel' ? decoded(first) : '';
  if (form.kind === 'sentinel' && master === '') throw invalid("lacks the master's name");
  const database = (form.kind === 'sentinel' ? second : first) || '0';
  if (!/^\d{1,5}$/.test(database)) throw invalid('what stands behind the host is no database number');
  if (form.kind === 'cluster' && database !== '0') throw invalid('a Cluster has only database 0');
  return {
    kind: form.kind,
    addresses,
    path: '',
    master,
    ...credentials(username, password),
    database: Number(database),
    tls: form.tls,
    shown: withoutPassword(url),
  };
}

const credentials = (username: string | undefined, password: string | undefined) => ({
  username: username ? decoded(username) : undefined,
  password: password ? decoded(password) : undefined,
});

export function socketUrl(path: string, password?: string): string {
  const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return `redis+unix://${user}${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}

function parseSocketUrl(url: string): Target {
  const match = SOCKET_FORM.exec(url);
  if (match === null) throw invalid('not understood');
  const [, username, password, path = '', database = '0'] = match;
  return {
    kind: 'single',
    addresses: [],
    path: decoded(path),
    master: '',
    ...credentials(username, password),
    database: Number(database),
    tls: false,
    shown: withoutPassword(url),
  };
}

function parseAddress(text: string, defaultPort: number): Address {
  const { host, port = defaultPort } = parseHostPort(text) ?? {};
  if (host === undefined || port === 0) throw invalid('what stands in the place of a host is no host:port');
  return { host, port };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('has a % that is not followed by two hexadecimal digits of UTF-8');
  }
}
