/** Who comes in: within his share of requests, with a secret that is known, and a role that may. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problems.js';
import { type Identity, mayDo, type Right, rolesWith } from './roles.js';
import { bearerOf, type Tokens } from './tokens.js';

/** Requests within a minute. */
export interface RequestLimits {
  /** From one address, before anything is looked at; a network of IPv6 of 64 bits counts as one. */
  readonly address: number;
  readonly token: number;
}

/** Addresses, and tokens, of which the number of requests is known at once. */
const REMEMBERED = 10_000;
const MINUTE_MS = 60_000;
const REALM = 'Bearer realm="virkne"';

type Check = (
  request: FastifyRequest,
) => Promise<{ isAllowed: true } | { isAllowed: boolean; isExceeded: boolean; ttlInSeconds: number }>;

export class Admission {
  readonly #tokens: Tokens;
  readonly #ofAddress: Check;
  readonly #ofToken: Check;
  readonly #who = new WeakMap<FastifyRequest, Identity>();

  private constructor(server: FastifyInstance, tokens: Tokens, limits: RequestLimits) {
    this.#tokens = tokens;
    const about = { timeWindow: MINUTE_MS, ipv6Subnet: 64 };
    this.#ofAddress = server.createRateLimit({
      ...about,
      max: limits.address,
      keyGenerator: ({ ip }) => `address ${rateLimit.normalizeIP(ip, 64)}`,
    }) as Check;
    this.#ofToken = server.createRateLimit({
      ...about,
      max: limits.token,
      keyGenerator: (request) => `token ${this.#who.get(request)?.name}`,
    }) as Check;
  }

  static async open(server: FastifyInstance, tokens: Tokens, limits: RequestLimits): Promise<Admission> {
    await server.register(rateLimit, { global: false, cache: REMEMBERED });
    return new Admission(server, tokens, limits);
  }

  /** Throws TOO_MANY_REQUESTS. For what needs no token. */
  async count(request: FastifyRequest): Promise<void> {
    await refuseExcess(this.#ofAddress, request);
  }

  /** Throws UNAUTHENTICATED, FORBIDDEN or TOO_MANY_REQUESTS, with what RFC 6750 §3 wants said. The secret is taken from its header alone. */
  async admit(request: FastifyRequest, right: Right | undefined): Promise<Identity> {
    await this.count(request);
    const who = this.#authenticated(request.headers.authorization);
    this.#who.set(request, who);
    await refuseExcess(this.#ofToken, request);
    if (right !== undefined) demand(who, right);
    return who;
  }

  /** Of a request that was admitted. */
  of(request: FastifyRequest): Identity {
    const who = this.#who.get(request);
    if (who === undefined) throw new TypeError('the request was not admitted');
    return who;
  }

  #authenticated(authorization: string | undefined): Identity {
    // RFC 6750 §3.1: whoever shows nothing is told no error.
    if (authorization === undefined)
      throw unauthenticated('send Authorization: Bearer and a token of the configuration', '');
    const secret = bearerOf(authorization);
    const who = secret === undefined ? undefined : this.#tokens.find(secret);
    if (who === undefined) throw unauthenticated('this token is not known', ', error="invalid_token"');
    return who;
  }
}

const unauthenticated = (detail: string, error: string): Problem =>
  new Problem('UNAUTHENTICATED', detail, { headers: { 'www-authenticate': `${REALM}${error}` } });

/** Throws FORBIDDEN. */
export function demand(who: Identity, right: Right): void {
  if (mayDo(who, right)) return;
  const headers = { 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${right}"` };
  throw new Problem('FORBIDDEN', `role ${who.role} may not: ${rolesWith(right).join(' or ')} may`, { headers });
}

async function refuseExcess(check: Check, request: FastifyRequest): Promise<void> {
  const result = await check(request);
  if (!('isExceeded' in result) || !result.isExceeded) return;
  const headers = { 'retry-after': String(result.ttlInSeconds) };
  throw new Problem('TOO_MANY_REQUESTS', `again in ${result.ttlInSeconds} s`, { headers });
}
