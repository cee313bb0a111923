/** Why a page says no, and with which status. */
import type { Refusal } from './words/words.js';

export const STATUS: Readonly<Record<Refusal, number>> = {
  'dead-link': 410,
  'signed-out': 403,
  foreign: 403,
  'bad-form': 400,
  'not-found': 404,
  method: 405,
  'too-large': 413,
  'media-type': 415,
  'too-many': 429,
  away: 503,
  failed: 500,
};

/** Thrown wherever a request cannot go on; the plugin makes the page of it. */
export class Refused extends Error {
  readonly kind: Refusal;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: Refusal, headers: Readonly<Record<string, string>> = {}) {
    super(kind);
    this.kind = kind;
    this.headers = headers;
  }
}

const BY_STATUS: Readonly<Record<number, Refusal>> = { 413: 'too-large', 415: 'media-type', 503: 'away' };

/** What was thrown at us, as one of ours: by the server, by Redis, or by an error of ours. */
export function refusalOf(thrown: unknown): Refused {
  if (thrown instanceof Refused) return thrown;
  const { statusCode, code } = thrown as { statusCode?: unknown; code?: unknown };
  if (code === 'STORE_UNAVAILABLE') return new Refused('away');
  if (code === 'CONSENT_REFUSED') return new Refused('bad-form');
  const status = typeof statusCode === 'number' ? statusCode : 500;
  return new Refused(BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'bad-form' : 'failed'));
}
