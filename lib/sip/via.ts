import { type Params, parseParams } from './params.js';

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** Upper-case: UDP, TCP, TLS. */
  readonly transport: string;
  /** Without the brackets of an IPv6 reference. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}

const VIA =
  /^\s*SIP\s*\/\s*2\.0\s*\/\s*([\w-]+)\s+(?:\[([\da-fA-F:.]+)\]|([\w.-]+))\s*(?::\s*(\d{1,5}))?\s*((?:;.*)?)$/i;

/** Undefined when malformed. */
export function parseVia(text: string): Via | undefined {
  const match = VIA.exec(text);
  if (match === null) return undefined;
  return {
    transport: (match[1] as string).toUpperCase(),
    host: match[2] ?? (match[3] as string),
    port: match[4] === undefined ? undefined : Number(match[4]),
    params: parseParams(match[5] ?? ''),
  };
}
