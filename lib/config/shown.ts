/** Values of the configuration as they may be printed: mistakes end up in logs, and what is wrong may well be a password. */
import { parseHostPort } from '../base/host-port.js';
import type { Path } from './layers.js';

const HIDDEN = '***';
const SECRET_KEYS: ReadonlySet<PropertyKey> = new Set(['password', 'secret', 'sha256', 'signingKey']);
/** Their values have a place for a password. */
const URL_KEYS: ReadonlySet<PropertyKey> = new Set(['url', 'uri']);

/** As JSON. Of objects the keys only: one that is not known may be a misspelt `password`. */
export function shown(path: Path, value: unknown): string {
  const key = path.findLast((one) => typeof one === 'string') ?? '';
  return SECRET_KEYS.has(key) ? HIDDEN : JSON.stringify(printed(key, value));
}

function printed(key: PropertyKey, value: unknown): unknown {
  if (SECRET_KEYS.has(key)) return HIDDEN;
  if (Array.isArray(value)) return value.map((one) => printed(key, one));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, URL_KEYS.has(name) ? printed(name, one) : HIDDEN]),
    );
  }
  if (typeof value !== 'string') return value;
  return URL_KEYS.has(key) ? url(value) : plain(value);
}

/** The scheme and the hosts, if they are hosts: a password may have any sign in it that nobody encoded, `@`, `/`, `?` and `,` too. */
function url(text: string): string {
  const scheme = /^(?:sips?:|[a-z][a-z\d+.-]*:\/\/)/i.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  const behind = rest.slice(at + 1);
  const hosts = /^[^/?#;]*/.exec(behind)?.[0] ?? '';
  const areHosts = (scheme !== '' || at >= 0) && hosts.split(',').every((host) => parseHostPort(host) !== undefined);
  return `${scheme}${at < 0 ? '' : `${HIDDEN}@`}${areHosts ? hosts : HIDDEN}${behind === hosts ? '' : '…'}`;
}

/** A URL may stand in a wrong place. */
const plain = (text: string): string =>
  text.includes('://') ? url(text) : text.replace(/:.*@/s, `:${HIDDEN}@`).replace(/\?.*/s, `?${HIDDEN}`);

/** V8 quotes the text around the place where JSON ends, or all of a short one: there may be the password. */
export const withoutExcerpt = (message: string): string =>
  message.replace(/(?:^|, )(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON/s, ' is not valid JSON').trim();
