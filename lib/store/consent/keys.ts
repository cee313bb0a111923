/** Every key name of the consent register. A person's share a hash tag; there is no number in any of them. */

const person = (sid: string): string => `consent:{${sid}}`;

/** List: one record an act, the first one first. */
export const logKey = (sid: string): string => `${person(sid)}:log`;

/** Hash: #seq, #head, #at, #restricted, #erased, #closed, and an entry for each `purpose:channel`. */
export const stateKey = (sid: string): string => `${person(sid)}:state`;

/** Text: the receipt of a request, for a day. */
export const onceKey = (sid: string, request: string): string => `${person(sid)}:once:${request}`;

/** Hash: what the customer said at a correction or an objection, by the number of the act. It goes with an erasure. */
export const wordsKey = (sid: string): string => `${person(sid)}:words`;

/** List: who asked whether something is allowed, the last one first. */
export const askedKey = (sid: string): string => `${person(sid)}:asked`;

/** Stream: what is kept of calls for that purpose alone. */
export const metadataKey = (sid: string, purpose: string): string => `meta:{${sid}}:${purpose}`;

/** Hash: what the person is not interested in, by kind. */
export const interestsKey = (sid: string): string => `${person(sid)}:interests`;

/** Set: the reviews of the person's decisions, by id. */
export const reviewsKey = (sid: string): string => `${person(sid)}:reviews`;

/** Hash: a decision, and what a human made of it: `decision`, `contested`, `resolution`, each written once. */
export const reviewKey = (id: string): string => `review:${id}`;

/** Sorted set: the reviews that wait for a human, by when they must be done; milliseconds since 1970. */
export const OPEN_REVIEWS_KEY = 'review:open';

/** Hash: the published numbers of a period, as one document. Nobody is in it. */
export const statisticKey = (metric: string, period: string): string => `stat:${metric}:${period}`;

/** Text: a notice, for ever. `name` as in the state: `offers@1:lv`. */
export const noticeKey = (name: string): string => `notice:${name}`;

/** Stream: changes, for those who must be told. */
export const OUTBOX_KEY = 'consent:outbox';

/** Text: by which the register knows its secret again. */
export const SECRET_KEY = 'consent:secret';
