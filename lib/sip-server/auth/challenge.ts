/** Digest challenges as they stand in WWW-Authenticate and Proxy-Authenticate (RFC 7616 §3.3, RFC 8760 §2). Pure. */
import { COMMA, EQUALS, isTokenCode, QUOTE, SPACE, skipQuoted, skipSpace, TAB } from '../../sip/chars.js';

/** The strongest last (RFC 8760 §2.1). */
const ALGORITHMS = ['MD5', 'SHA-256', 'SHA-512-256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface Challenge {
  /** This and all texts below are as between the quotes, with their backslashes: `unq` of RFC 7616 §3.4 does not take them away. */
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the server wrote it, to be repeated; undefined means MD5. */
  readonly algorithmText: string | undefined;
  readonly algorithm: Algorithm;
  /** One of the `-sess` algorithms. */
  readonly session: boolean;
  /** Undefined: the challenge of RFC 2069, which has none. */
  readonly qop: 'auth' | 'auth-int' | undefined;
  /** The nonce is too old, but the password was right. */
  readonly stale: boolean;
}

/** More is no challenge but an attack. */
const MAX_LENGTH = 8192;
const MAX_CHALLENGES = 16;
const DELETE = 127;

/**
 * The Digest challenges that can be answered, in order: other schemes, unknown algorithms, unknown qops and what is malformed
 * are left out.
 * @param value several fields may be joined by commas
 */
export function parseChallenges(value: string): Challenge[] {
  if (value.length > MAX_LENGTH || !isRepeatable(value)) return [];
  const challenges: Challenge[] = [];
  for (const { scheme, params } of parseSchemes(value)) {
    const challenge = scheme === 'digest' ? challengeFrom(params) : undefined;
    if (challenge !== undefined && challenges.length < MAX_CHALLENGES) challenges.push(challenge);
  }
  return challenges;
}

/** One for each realm, the strongest; of equals the topmost (RFC 8760 §2.4). */
export function strongest(challenges: readonly Challenge[]): Challenge[] {
  const best = new Map<string, Challenge>();
  for (const challenge of challenges) {
    const other = best.get(challenge.realm);
    if (other === undefined || strength(challenge) > strength(other)) best.set(challenge.realm, challenge);
  }
  return [...best.values()];
}

/** A qop counts less than the hash: it protects against replay of one nonce only. */
const strength = ({ algorithm, qop }: Challenge): number =>
  2 * ALGORITHMS.indexOf(algorithm) + (qop === undefined ? 0 : 1);

function challengeFrom(params: ReadonlyMap<string, string>): Challenge | undefined {
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  const algorithmText = params.get('algorithm');
  const [, name, suffix] = /^(.+?)(-sess)?$/i.exec(algorithmText ?? 'MD5') ?? [];
  const algorithm = ALGORITHMS.find((known) => known === name?.toUpperCase());
  const qop = qopOf(params.get('qop'));
  if (realm === undefined || nonce === undefined || algorithm === undefined || qop === 'unknown') return undefined;
  return {
    realm,
    nonce,
    opaque: params.get('opaque'),
    algorithmText,
    algorithm,
    session: suffix !== undefined,
    qop,
    stale: params.get('stale')?.toLowerCase() === 'true',
  };
}

/** Without control characters, so that it may stand in a header of ours. */
function isRepeatable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < SPACE && code !== TAB) || code === DELETE) return false;
  }
  return true;
}

/** `auth` where it is offered: a proxy or SBC on the way may change the body (RFC 3261 §22.4 item 8). */
function qopOf(offered: string | undefined): Challenge['qop'] | 'unknown' {
  if (offered === undefined || offered.trim() === '') return undefined;
  const values = offered
    .toLowerCase()
    .split(',')
    .map((value) => value.trim());
  return (['auth', 'auth-int'] as const).find((known) => values.includes(known)) ?? 'unknown';
}

interface Scheme {
  readonly scheme: string;
  readonly params: Map<string, string>;
}

/** A word that no `=` follows begins another challenge (RFC 7235 §2.1). */
function parseSchemes(text: string): Scheme[] {
  const schemes: Scheme[] = [];
  let at = 0;
  let last = '';
  while (at < text.length) {
    at = skipSpace(text, at);
    const from = at;
    while (at < text.length && isTokenCode(text.charCodeAt(at))) at++;
    if (at === from) {
      at = behindComma(text, at);
      continue;
    }
    const word = text.slice(from, at).toLowerCase();
    const next = skipSpace(text, at);
    const isAlone = next === text.length || text.charCodeAt(next) === COMMA;
    if (isAlone && last === 'qop') {
      // RFC 3261 §25.1 has the list quoted, and servers forget it.
      const params = schemes.at(-1)?.params;
      params?.set('qop', `${params.get('qop')},${word}`);
      at = behindComma(text, next);
      continue;
    }
    last = word;
    if (text.charCodeAt(next) !== EQUALS) {
      schemes.push({ scheme: word, params: new Map() });
      continue;
    }
    const valueFrom = skipSpace(text, next + 1);
    const quoted = text.charCodeAt(valueFrom) === QUOTE;
    const valueTo = quoted ? skipQuoted(text, valueFrom) : endOfWord(text, valueFrom);
    if (valueTo < 0) break;
    const value = quoted ? text.slice(valueFrom + 1, valueTo - 1) : text.slice(valueFrom, valueTo);
    const params = schemes.at(-1)?.params;
    if (params !== undefined && !params.has(word)) params.set(word, value);
    at = behindComma(text, valueTo);
  }
  return schemes;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== COMMA && text.charCodeAt(at) > SPACE) at++;
  return at;
}

function behindComma(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  return comma < 0 ? text.length : comma + 1;
}
