import { type Params, parseParams } from './params.js';

export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** Undecoded; undefined when the URI has none. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower-case, without the brackets of an IPv6 reference. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** The part behind `?`, as written. */
  readonly headers: string;
}

export interface TelUri {
  readonly scheme: 'tel';
  /** As written, visual separators included. */
  readonly number: string;
  readonly params: Params;
}

const SIP =
  /^(sips?):(?:([^@:;?]+)(?::([^@]*))?@)?(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?((?:;[^?]*)?)(?:\?(.*))?$/i;

/** Undefined for another scheme or a malformed URI. */
export function parseSipUri(text: string): SipUri | undefined {
  const match = SIP.exec(text);
  if (match === null) return undefined;
  return {
    scheme: (match[1] as string).toLowerCase() as 'sip' | 'sips',
    user: match[2],
    password: match[3],
    host: (match[4] ?? (match[5] as string)).toLowerCase(),
    port: match[6] === undefined ? undefined : Number(match[6]),
    params: parseParams(match[7] ?? ''),
    headers: match[8] ?? '',
  };
}

/** Undefined for another scheme or a malformed number (RFC 3966 §3). */
export function parseTelUri(text: string): TelUri | undefined {
  const match = /^tel:(\+?[\dA-Fa-f*#().-]+)((?:;.*)?)$/i.exec(text);
  if (match === null) return undefined;
  return { scheme: 'tel', number: match[1] as string, params: parseParams(match[2] ?? '') };
}
