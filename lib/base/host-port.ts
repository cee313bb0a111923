import { isIP } from 'node:net';

export interface HostPort {
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

const FORM = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i;
const LAST_PORT = 65_535;

/** Reads `host`, `host:port` or `[IPv6]:port`; undefined for anything else, such as four numbers that are no address. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = FORM.exec(text);
  if (match === null || (match[1] !== undefined && isIP(match[1]) !== 6)) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && port > LAST_PORT) return undefined;
  const host = match[1] ?? (match[2] as string);
  return /^[\d.]+$/.test(host) && isIP(host) === 0 ? undefined : { host, port };
}
