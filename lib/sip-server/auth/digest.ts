/** The answer to a digest challenge (RFC 3261 §22.4, RFC 7616 §3.4, RFC 8760). Pure. */
import { createHash } from 'node:crypto';
import { octetsOf } from '../../base/text.js';
import type { Credentials } from '../sip-server.js';
import type { Algorithm, Challenge } from './challenge.js';

export interface DigestRequest {
  readonly method: string;
  /** The Request-URI. */
  readonly uri: string;
  readonly body: string;
}

interface DigestUse {
  /** How often this nonce is used, this time included: from 1. */
  readonly nonceCount: number;
  /** Ours, the same as long as the nonce is. */
  readonly cnonce: string;
}

const HASHES: Record<Algorithm, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** Whether this machine has the hash: under FIPS it has no MD5. */
export function canAnswer({ algorithm }: Challenge): boolean {
  try {
    createHash(HASHES[algorithm]);
    return true;
  } catch {
    return false;
  }
}

/** The value of the Authorization or Proxy-Authorization header. Credentials are text, all else octets of messages. */
export function answerChallenge(
  challenge: Challenge,
  { method, uri, body }: DigestRequest,
  credentials: Credentials,
  { nonceCount, cnonce }: DigestUse,
): string {
  const { realm, nonce, opaque, algorithm, algorithmText, session, qop } = challenge;
  const hash = (text: string): string => createHash(HASHES[algorithm]).update(text, 'latin1').digest('hex');
  const username = escaped(octetsOf(credentials.username));
  const count = nonceCount.toString(16).padStart(8, '0');

  const secret = hash(`${username}:${realm}:${octetsOf(credentials.password)}`);
  const a1 = session ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`);
  const middle = qop === undefined ? nonce : `${nonce}:${count}:${cnonce}:${qop}`;

  let value = `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}"`;
  value += `, response="${hash(`${a1}:${middle}:${a2}`)}"`;
  if (algorithmText !== undefined) value += `, algorithm=${algorithmText}`;
  if (opaque !== undefined) value += `, opaque="${opaque}"`;
  if (qop !== undefined) value += `, qop=${qop}, nc=${count}`;
  if (qop !== undefined || session) value += `, cnonce="${cnonce}"`;
  return value;
}

const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&');
