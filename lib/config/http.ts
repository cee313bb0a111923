/** The HTTP side of the configuration. */
import { z } from 'zod';
import { ROLES } from '../api/roles.js';
import { list, oneOf, section, whole } from './shapes.js';
import { ADDRESS_BLOCK, SOCKET_ADDRESS } from './values.js';

/** What has so many chars, and 600 guesses a minute, is not guessed. */
const SHORTEST_TOKEN = 20;
const TOKEN_RULE = `must be a text of at least ${SHORTEST_TOKEN} letters, digits, or signs of -._~+/ (RFC 6750 §2.1)`;
const DIGEST_RULE = 'must be a SHA-256 in 64 hexadecimal digits, as sha256sum prints it';
const NAME_RULE = 'must be 1 to 64 letters, digits, or signs of -._@';

const token = section({
  /** Stands in audits as who made a change. */
  name: z.string({ error: NAME_RULE }).regex(/^[\w.@-]{1,64}$/, { error: NAME_RULE }),
  /** What it may do (lib/api/roles.ts). */
  role: oneOf(ROLES),
  /** The token itself, or … */
  secret: z
    .string({ error: TOKEN_RULE })
    .regex(/^[\w.~+/-]+=*$/, { error: TOKEN_RULE })
    .min(SHORTEST_TOKEN, { error: TOKEN_RULE })
    .optional(),
  /** … only how it is recognised: `printf %s "$TOKEN" | sha256sum`. */
  sha256: z
    .string({ error: DIGEST_RULE })
    .regex(/^[\da-fA-F]{64}$/, { error: DIGEST_RULE })
    .optional(),
});

const most = whole(1, 1_000_000);

export const HTTP = section({
  listen: SOCKET_ADDRESS,
  /** Who may use the API and the pages; none: nobody. */
  tokens: list(token),
  /** Proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host are believed. */
  trustedProxies: list(ADDRESS_BLOCK),
  /** Beyond them requests to the API and the pages get 429. */
  requestsPerMinute: section({
    /** Of one address, before a token is looked at. */
    address: most,
    token: most,
  }),
});
