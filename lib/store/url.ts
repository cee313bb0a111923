import { CodedError } from '../base/errors.js';

export interface Address {
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

const FORMS =
  'redis://h:p/db, rediss://h:p/db, redis+sentinel://h1:p1,h2:p2/name, redis+cluster://h1:p1,h2:p2, redis+unix:///path?db=n';
const URL_FORM = /^([a-z+]+):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#]+)(?:\/([^?#]*))?$/;

/** As in redis://, with a path where the host would be, and the database behind it: the path has slashes of its own. */
const SOCKET_FORM = /^redis\+unix:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\/[^?#]+)(?:\?db=(\d{1,5}))?$/;

const invalid = (shown: string, wrong: string): CodedError =>
  new CodedError('CONFIG_INVALID', `Redis URL ${shown}: ${wrong}. Write one of ${FORMS}`);

export const withoutPassword = (url: string): string => url.replace(/(:\/\/[^:@/]*):[^@]*@/, '$1:***@');

/** Throws CONFIG_INVALID, naming what is wrong and the forms allowed. */
export function parseRedisUrl(url: string): Target {
  const shown = withoutPassword(url);
  if (url.startsWith('redis+unix:')) return parseSocketUrl(url, shown);
  const match = URL_FORM.exec(url);
  if (match === null) throw invalid(shown, 'not understood');
  const [, scheme = '', username, password, hosts = '', path = ''] = match;
  const form = Object.hasOwn(KINDS, scheme) ? KINDS[scheme as keyof typeof KINDS] : undefined;
  if (form === undefined) throw invalid(shown, `unknown scheme "${scheme}"`);
  const addresses = hosts.split(',').map((host) => parseAddress(host, form.port, shown));
  if (form.kind === 'single' && addresses.length > 1) throw invalid(shown, 'names several hosts');
  const [first = '', second] = path.split('/');
  const master = form.kind === 'sentinel' ? decodeURIComponent(first) : '';
  if (form.kind === 'sentinel' && master === '') throw invalid(shown, "lacks the master's name");
  const database = (form.kind === 'sentinel' ? second : first) || '0';
  if (!/^\d{1,5}$/.test(database)) throw invalid(shown, `"${database}" is no database number`);
  if (form.kind === 'cluster' && database !== '0') throw invalid(shown, 'a Cluster has only database 0');
  return {
    kind: form.kind,
    addresses,
    path: '',
    master,
    ...credentials(username, password),
    database: Number(database),
    tls: form.tls,
    shown,
  };
}

const credentials = (username: string | undefined, password: string | undefined) => ({
  username: username ? decodeURIComponent(username) : undefined,
  password: password ? decodeURIComponent(password) : undefined,
});

export const socketUrl = (path: string): string =>
  `redis+unix://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;

function parseSocketUrl(url: string, shown: string): Target {
  const match = SOCKET_FORM.exec(url);
  if (match === null) throw invalid(shown, 'not understood');
  const [, username, password, path = '', database = '0'] = match;
  return {
    kind: 'single',
    addresses: [],
    path: decodeURIComponent(path),
    master: '',
    ...credentials(username, password),
    database: Number(database),
    tls: false,
    shown,
  };
}

function parseAddress(text: string, defaultPort: number, shown: string): Address {
  const match = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const port = Number(match?.[3] ?? defaultPort);
  if (match === null || port < 1 || port > 65535) throw invalid(shown, `"${text}" is no host:port`);
  return { host: match[1] ?? (match[2] as string), port };
}
