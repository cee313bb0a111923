/** The customers' own pages, `/my/`: there with `baseUrl` and `secret`, not without. */
import { z } from 'zod';
import { section, whole } from './shapes.js';
import { ORIGIN } from './values.js';

/** What signs is guessed without asking us. */
const SHORTEST_KEY = 32;
const KEY_RULE = `must be a text of at least ${SHORTEST_KEY} characters, such as openssl rand -base64 33 gives`;
const DAY_MINUTES = 1_440;

export const PAGES = section({
  /** Where customers reach the service: links begin with it, whatever a request says. */
  baseUrl: ORIGIN.optional(),
  /** Signs links; the same for all nodes, and for the command `virkne`. */
  secret: z.string({ error: KEY_RULE }).min(SHORTEST_KEY, { error: KEY_RULE }).optional(),
  /** How long a link may be used, unless `virkne link` says otherwise. */
  linkMinutes: whole(1, DAY_MINUTES),
  /** A session ends so long after its last request, and so long after it began. */
  idleMinutes: whole(5, DAY_MINUTES),
  longestMinutes: whole(5, DAY_MINUTES),
  /** Of one address, or one /64 of IPv6: requests in a minute; and tries of links, which also each link may have. */
  requestsPerMinute: whole(1, 100_000),
  triesPerMinute: whole(1, 100_000),
});
