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
}

/** Challenges of one request that are answered at most: user agent, proxies, and a stale nonce of each. */
const MAX_ANSWERS = 4;
const MAX_REALMS = 4;

export class DigestSession {
  readonly #credentials: Credentials;
  readonly #cnonce: () => string;
  readonly #realms = new Map<string, Realm>();

  /** @param cnonce gives an unguessable token */
  constructor(credentials: Credentials, cnonce: () => string) {
    this.#credentials = credentials;
    this.#cnonce = cnonce;
  }

  /** A new request, whose repetitions belong to it. Several may be under way at once. */
  begin(): DigestExchange {
    return new DigestExchange(this);
  }

  get realms(): ReadonlyMap<string, Realm> {
    return this.#realms;
  }

  /** False: there are too many realms. */
  learn(key: string, carries: Realm['carries'], challenge: Challenge): boolean {
    const known = this.#realms.get(key);
    if (known === undefined && this.#realms.size >= MAX_REALMS) return false;
    // Another request may have been asked the same meanwhile: its nonce is counted on (RFC 7616 §3.4).
    if (known?.challenge.nonce === challenge.nonce) return true;
    this.#realms.set(key, { carries, challenge, cnonce: this.#cnonce(), nonceCount: 0 });
    return true;
  }

  /** Nothing of what was refused is sent again. */
  forget(): void {
    this.#realms.clear();
  }

  answer(realm: Realm, request: DigestRequest): string {
    realm.nonceCount++;
    return answerChallenge(realm.challenge, request, this.#credentials, realm);
  }
}

/** One request and its repetitions. */
export class DigestExchange {
  readonly #session: DigestSession;
  /** The nonce of its last sending, by realm. */
  readonly #sent = new Map<string, string>();
  /** Realms whose challenge it has answered. */
  readonly #answered = new Set<string>();
  #answers = 0;

  constructor(session: DigestSession) {
    this.#session = session;
  }

  /** Takes the challenges of a 401 or 407. False: sending the request again would come to the same. */
  take(headers: Headers): boolean {
    if (++this.#answers > MAX_ANSWERS) return this.#giveUp();
    let taken = false;
    for (const { asks, carries } of HEADERS) {
      for (const challenge of strongest(parseChallenges(headers[asks] ?? '').filter(canAnswer))) {
        const key = `${carries} ${challenge.realm}`;
        if (this.#isRefused(key, challenge) || !this.#session.learn(key, carries, challenge)) return this.#giveUp();
        this.#answered.add(key);
        this.#sent.set(key, challenge.nonce);
        taken = true;
      }
    }
    return taken;
  }

  /** The headers for the next sending; none as long as nothing was challenged. */
  headersFor(request: DigestRequest): HeadersToSend {
    const headers: Record<string, string[]> = {};
    for (const [key, realm] of this.#session.realms) {
      this.#sent.set(key, realm.challenge.nonce);
      headers[realm.carries] ??= [];
      headers[realm.carries]?.push(this.#session.answer(realm, request));
    }
    return headers;
  }

  /** RFC 7616 §3.3: only `stale` says that the password was right. A nonce that was refused is never used again. */
  #isRefused(key: string, { nonce, stale }: Challenge): boolean {
    return this.#sent.get(key) === nonce || (this.#answered.has(key) && !stale);
  }

  #giveUp(): false {
    this.#session.forget();
    return false;
  }
}
