/** What we know of one peer's challenges: which to answer, and when to give up (RFC 3261 §22.2 and §22.3). */
import type { Credentials, Headers, HeadersToSend } from '../sip-server.js';
import { type Challenge, parseChallenges, strongest } from './challenge.js';
import { answerChallenge, canAnswer, type DigestRequest } from './digest.js';

/** From what asks for credentials to what carries them: a user agent and each proxy may ask (RFC 3261 §22.3). */
const HEADERS = [
  { asks: 'www-authenticate', carries: 'authorization' },
  { asks: 'proxy-authenticate', carries: 'proxy-authorization' },
] as const;

interface Realm {
  readonly carries: (typeof HEADERS)[number]['carries'];
  readonly challenge: Challenge;
  readonly cnonce: string;
  nonceCount: number;
  /** Challenged during the request that goes on now, and not before it. */
  isAnswered: boolean;
}

/** Challenges of one request that are answered at most: user agent, proxies, and a stale nonce of each. */
const MAX_ANSWERS = 4;
const MAX_REALMS = 4;

export class DigestSession {
  readonly #credentials: Credentials;
  readonly #cnonce: () => string;
  readonly #realms = new Map<string, Realm>();
  #answers = 0;

  /** @param cnonce gives an unguessable token */
  constructor(credentials: Credentials, cnonce: () => string) {
    this.#credentials = credentials;
    this.#cnonce = cnonce;
  }

  /** A new request, not a repeated one: whatever is challenged may be answered again. */
  begin(): void {
    this.#answers = 0;
    for (const realm of this.#realms.values()) realm.isAnswered = false;
  }

  /** Takes the challenges of a 401 or 407. False: sending the request again would come to the same. */
  take(headers: Headers): boolean {
    if (++this.#answers > MAX_ANSWERS) return this.#giveUp();
    let taken = false;
    for (const { asks, carries } of HEADERS) {
      for (const challenge of strongest(parseChallenges(headers[asks] ?? '').filter(canAnswer))) {
        const key = `${carries} ${challenge.realm}`;
        const known = this.#realms.get(key);
        if (known !== undefined && isRefused(known, challenge)) return this.#giveUp();
        if (known === undefined && this.#realms.size >= MAX_REALMS) return this.#giveUp();
        this.#realms.set(key, { carries, challenge, cnonce: this.#cnonce(), nonceCount: 0, isAnswered: true });
        taken = true;
      }
    }
    return taken;
  }

  /** The headers for the next request; none as long as nothing was challenged. */
  headersFor(request: DigestRequest): HeadersToSend {
    const headers: Record<string, string[]> = {};
    for (const realm of this.#realms.values()) {
      realm.nonceCount++;
      headers[realm.carries] ??= [];
      headers[realm.carries]?.push(answerChallenge(realm.challenge, request, this.#credentials, realm));
    }
    return headers;
  }

  /** Nothing of what was refused is sent again. */
  #giveUp(): false {
    this.#realms.clear();
    return false;
  }
}

/** RFC 7616 §3.3: only `stale` says that the password was right. A nonce that was refused is never used again. */
const isRefused = (known: Realm, { nonce, stale }: Challenge): boolean =>
  known.challenge.nonce === nonce || (known.isAnswered && !stale);
